"""Lease and epoch: only who holds a stream may say what became of it."""

from random import Random

from sync.connectors import connector_for
from sync.models import StreamState
from sync.outbound.acknowledging import Result, acknowledge
from sync.outbound.claims import Claim, claim_streams
from sync.outbound.delivering import Worker
from sync.outcomes import Outcome
from tests.sync.builders import ACCOUNT, PARTNER, World, a_shared_customer, change_in_crm, erp_stream


def _claim(world: World, worker: str) -> list[Claim]:
    return claim_streams(world.system("erp"), worker=worker, limit=5, at=world.clock())


def _acknowledge(world: World, claim: Claim) -> int:
    result = Result(claim, Outcome.UPDATED, world.clock(), world.clock())
    return acknowledge([result], target=world.system("erp"), random=Random(7), at=world.clock())


def test_a_leased_stream_is_nobody_elses(world: World) -> None:
    a_shared_customer(world)
    change_in_crm(world, "https://new.example")

    first, second = _claim(world, "one"), _claim(world, "two")

    assert len(first) == 1
    assert second == []


def test_an_acknowledgement_under_an_old_epoch_is_refused(world: World) -> None:
    a_shared_customer(world)
    change_in_crm(world, "https://new.example")
    (stale,) = _claim(world, "frozen")
    world.clock.advance(minutes=2)
    (fresh,) = _claim(world, "taker")

    assert _acknowledge(world, stale) == 1
    assert erp_stream().acknowledged_version < stale.version
    assert erp_stream().leased_by == "taker"
    # The guard's negative control: under the epoch in force the same words count.
    assert _acknowledge(world, fresh) == 0
    assert erp_stream().acknowledged_version == fresh.version


def test_a_worker_killed_after_sending_leaves_its_stream_to_the_next(world: World) -> None:
    a_shared_customer(world)
    change_in_crm(world, "https://new.example")
    connector = connector_for(world.system("erp"))
    (claim,) = _claim(world, "killed")
    worker = Worker(world.system("erp"), connector, "killed", world.clock, Random(7), lambda: False, print)
    assert worker._outcome_of(claim).outcome is Outcome.UPDATED  # and then it never acknowledged
    connector.close()

    world.clock.advance(minutes=2)
    world.relay()

    assert erp_stream().state == StreamState.IDLE
    assert world.erp.record("business_partners", PARTNER)["URI_ADDR"] == "https://new.example"
    keys = [write.idempotency_key for write in world.erp.writes(PARTNER)][-2:]
    assert keys[0] == keys[1]


def test_versions_strictly_rise_at_a_target_that_guards_them(world: World) -> None:
    a_shared_customer(world)
    world.erp.edit("business_partners", PARTNER, "PRICE_GROUP", "G1")
    world.pull("erp")
    world.relay()
    highest = max(version for version in world.crm.versions_applied(ACCOUNT) if version)

    world.erp.edit("business_partners", PARTNER, "PRICE_GROUP", "B1")
    world.pull("erp")
    world.relay()

    applied = [version for version in world.crm.versions_applied(ACCOUNT) if version]
    assert applied == sorted(set(applied))
    assert applied[-1] > highest
