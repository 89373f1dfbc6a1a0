"""What goes wrong over there, and what the hub makes of it."""

from collections.abc import Iterator

import pytest

from mdm import events
from mdm.events import DeliveriesParked, subscribe
from mdm.models import SourceSystem
from mdm.ports import deliveries
from sync.models import Breaker, BreakerState, StreamState
from sync.outbound.breakers import admitted
from tests.sync.builders import ACCOUNT, PARTNER, STEWARD, World, a_shared_customer, change_in_crm, erp_stream


@pytest.fixture
def parked() -> Iterator[list[DeliveriesParked]]:
    heard: list[DeliveriesParked] = []
    subscribe(DeliveriesParked, heard.append)
    yield heard
    events._subscribers[DeliveriesParked].remove(heard.append)


def test_a_write_cut_off_after_it_was_applied_converges(world: World) -> None:
    a_shared_customer(world)
    change_in_crm(world, "https://new.example")
    world.erp.fault(cut_after_apply=True, count=1)

    world.relay()
    assert erp_stream().state == StreamState.DUE
    world.clock.advance(minutes=1)
    world.relay()

    assert erp_stream().state == StreamState.IDLE
    assert world.erp.record("business_partners", PARTNER)["URI_ADDR"] == "https://new.example"


def test_a_cut_off_write_takes_effect_once_where_idempotency_keys_are_honored(world: World) -> None:
    a_shared_customer(world)
    world.erp.edit("business_partners", PARTNER, "PRICE_GROUP", "G1")
    world.pull("erp")
    world.crm.fault(cut_after_apply=True, count=1)

    world.relay()
    world.clock.advance(minutes=1)
    world.relay()

    outcomes = [write.outcome for write in world.crm.writes(ACCOUNT)][-2:]
    assert outcomes == ["applied", "replayed"]


def test_a_value_on_an_unclear_way_is_not_read_back_as_the_systems_own(world: World) -> None:
    golden = a_shared_customer(world)
    change_in_crm(world, "https://new.example")
    world.erp.fault(cut_after_apply=True, count=1)
    world.relay()

    world.pull("erp")  # shows our value, though nobody has confirmed it yet

    record = golden.crosswalk_entries.get(source_record__key=PARTNER, unlinked_at=None).source_record
    assert record.accepted.get("website") != "https://new.example"


def test_a_refused_record_is_parked_alone_and_told_of(world: World, parked: list[DeliveriesParked]) -> None:
    a_shared_customer(world)
    change_in_crm(world, "https://new.example")
    world.erp.fault(status=400, count=1)

    world.relay()

    assert erp_stream().state == StreamState.PARKED
    assert [event.stream_ids for event in parked] == [(erp_stream().pk,)]
    assert "Fault asked for by a test" in parked[0].reasons[0]
    assert not Breaker.objects.exclude(state=BreakerState.CLOSED).exists()


def test_a_parked_delivery_goes_out_when_a_steward_says_so(world: World) -> None:
    golden = a_shared_customer(world)
    change_in_crm(world, "https://new.example")
    world.erp.fault(status=400, count=1)
    world.relay()
    (shown,) = [delivery for delivery in deliveries().of(golden) if delivery.state == "parked"]

    deliveries().retry(shown.stream_id, actor=STEWARD, at=world.clock())
    world.relay()

    assert world.erp.record("business_partners", PARTNER)["URI_ADDR"] == "https://new.example"
    assert {delivery.state for delivery in deliveries().of(golden)} == {"up_to_date"}


def test_a_newer_version_frees_a_parked_stream(world: World) -> None:
    a_shared_customer(world)
    change_in_crm(world, "https://new.example")
    world.erp.fault(status=400, count=1)
    world.relay()

    change_in_crm(world, "https://newer.example")
    world.relay()

    assert world.erp.record("business_partners", PARTNER)["URI_ADDR"] == "https://newer.example"


def test_a_throttled_target_is_left_alone_as_long_as_it_asked(world: World) -> None:
    a_shared_customer(world)
    change_in_crm(world, "https://new.example")
    world.erp.fault(status=429, retry_after=30, count=1)
    world.relay()
    sent = len(world.erp.writes())

    world.clock.advance(seconds=20)
    world.relay()
    assert len(world.erp.writes()) == sent
    assert erp_stream().failures == 0
    world.clock.advance(seconds=15)
    world.relay()

    assert len(world.erp.writes()) == sent + 1
    assert erp_stream().state == StreamState.IDLE


def test_one_worker_probes_an_open_breaker(world: World) -> None:
    a_shared_customer(world)
    erp = SourceSystem.objects.get(name="erp")
    at = world.clock()
    Breaker.objects.update_or_create(target=erp, defaults={"state": "open", "opened_at": at, "probe_at": at})

    assert [admitted(erp, wanted=20, at=world.clock()) for _ in range(3)] == [1, 0, 0]


def test_a_sick_target_does_not_hold_up_the_other(world: World) -> None:
    golden = a_shared_customer(world)
    world.erp.fault(status=503, count=1000)
    world.crm.edit("Account", ACCOUNT, "Phone", "+49 40 9998887")
    world.pull("crm")
    world.relay()

    states = {delivery.target: delivery.state for delivery in deliveries().of(golden)}

    assert states == {"crm": "up_to_date", "erp": "retrying"}
