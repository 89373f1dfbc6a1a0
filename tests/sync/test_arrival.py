"""A change arrives at every target, once."""

from itertools import pairwise

from mdm.models import AttributePin, GoldenVersion, OutboxMessage, SourceRecord
from mdm.services.change_requests import propose_change
from sync.models import Delivery, DeliveryState, Stream, StreamState
from tests.sync.builders import ACCOUNT, PARTNER, STEWARD, World, a_shared_customer


def test_a_change_in_the_crm_arrives_in_the_erp(world: World) -> None:
    a_shared_customer(world)
    world.crm.edit("Account", ACCOUNT, "Website", "https://new.example")

    world.pull("crm")
    world.relay()

    assert world.erp.record("business_partners", PARTNER)["URI_ADDR"] == "https://new.example"


def test_a_change_authored_in_the_hub_arrives_at_both_targets(world: World) -> None:
    golden = a_shared_customer(world)
    propose_change(golden, {"phones": ["+49401112223"]}, reason="Called them", actor=STEWARD, at=world.clock())

    world.relay()

    assert "1112223" in str(world.crm.record("Account", ACCOUNT)["Phone"])
    assert "1112223" in world.erp.record("business_partners", PARTNER)["TEL_NUMBER"]


def test_repeating_changes_nothing(world: World) -> None:
    a_shared_customer(world)
    before = (world.crm.writes(), world.erp.writes(), Delivery.objects.count())

    world.settle()

    assert (world.crm.writes(), world.erp.writes(), Delivery.objects.count()) == before


def test_what_comes_back_makes_no_version_and_no_message(world: World) -> None:
    a_shared_customer(world)
    world.crm.edit("Account", ACCOUNT, "Website", "https://new.example")
    world.pull("crm")
    world.relay()
    counts = GoldenVersion.objects.count(), OutboxMessage.objects.count()

    world.pull("erp")

    assert (GoldenVersion.objects.count(), OutboxMessage.objects.count()) == counts


def test_versions_strictly_rise_at_the_target(world: World) -> None:
    a_shared_customer(world)
    for number in range(4):
        world.crm.edit("Account", ACCOUNT, "Website", f"https://new{number}.example")
        world.pull("crm")
        world.relay()

    applied = world.erp.versions_applied(PARTNER)

    assert len(applied) >= 4
    assert all(earlier < later for earlier, later in pairwise(applied) if earlier and later)
    assert None not in applied


def test_versions_passed_over_are_recorded_as_superseded(world: World) -> None:
    a_shared_customer(world)
    already = len(world.erp.writes())
    for number in range(3):
        world.crm.edit("Account", ACCOUNT, "Website", f"https://new{number}.example")
        world.pull("crm")

    world.relay()

    stream = Stream.objects.get(target__name="erp", ended_at=None)
    states = [delivery.state for delivery in stream.deliveries.order_by("version")][-3:]
    assert states == [DeliveryState.SUPERSEDED, DeliveryState.SUPERSEDED, DeliveryState.ACKNOWLEDGED]
    assert len(world.erp.writes()) == already + 1


def test_the_owner_of_an_attribute_is_not_told_about_it(world: World) -> None:
    a_shared_customer(world)
    world.crm.edit("Account", ACCOUNT, "Website", "https://new.example")
    crm_writes = len(world.crm.writes())

    world.pull("crm")
    world.relay()

    assert len(world.crm.writes()) == crm_writes


def test_a_merged_golden_records_stream_ends_and_its_remote_record_moves_on(world: World) -> None:
    golden = a_shared_customer(world)

    open_streams = Stream.objects.filter(ended_at=None)

    assert {stream.golden_record_id for stream in open_streams} == {golden.pk}
    assert set(open_streams.values_list("target__name", flat=True)) == {"crm", "erp"}
    assert not Stream.objects.exclude(ended_at=None).exclude(state=StreamState.IDLE).exists()


def test_a_correction_goes_to_the_owner_and_what_it_then_says_is_its_own(world: World) -> None:
    golden = a_shared_customer(world)
    propose_change(golden, {"website": "https://corrected.example"}, reason="", actor=STEWARD, at=world.clock())
    version = world.golden().version

    world.relay()
    assert world.crm.record("Account", ACCOUNT)["Website"] == "https://corrected.example"
    world.settle()

    assert AttributePin.objects.get().state == "dissolved"
    assert world.golden().version == version
    told = SourceRecord.objects.get(source_system__name="crm", key=ACCOUNT)
    assert told.accepted["website"] == "https://corrected.example"
    assert world.golden().lineage["website"]["winner"]["system"] == "crm"
