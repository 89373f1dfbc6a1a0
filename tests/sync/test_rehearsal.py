"""The messages that a rehearsal foretells are those that go out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.models import RuleSet, SourceSystem
from mdm.ports import MovedKeys
from mdm.services.rehearsal import rehearse, telling
from mdm.services.rehearsal.differences import Difference, Kind
from mdm.services.rehearsal.remotes import RemoteHomes
from mdm.services.rule_set_versions import publish_draft
from mdm.services.settlement import settle_pending
from sync.models import Stream, StreamState
from sync.outbound.claims import claim_streams
from sync.outbound.relay import plan_everything
from tests.builders import (
    SYSTEMS,
    Clock,
    a_customer,
    a_hub,
    connect,
    crosswalk,
    load,
    passing,
    roll_out,
    the_same_customer,
)
from tests.laws.foretelling import CHANGES, LOOSER, Change, drafted
from tests.laws.observed import load_all
from tests.laws.universe import LAWS, universes

Told = tuple[str, str, str | None, frozenset[str]]  # target, public id, remote key, attributes


@pytest.fixture
def targets(db: None) -> None:
    """Both systems are told what they do not know; nothing is sent."""
    a_hub()
    for name in SYSTEMS:
        connect(name, connector=f"rest_{name}", at=Clock()())


def at_rest(clock: Clock) -> None:
    """What the loading itself gave to tell is told."""
    plan_everything(at=clock())
    Stream.objects.update(state=StreamState.IDLE)


def foretold(draft: RuleSet, clock: Clock) -> set[Told]:
    known, found = set(crosswalk().values()), list[Difference]()
    rehearse("customer", draft.number, actor=SYSTEM, clock=clock, sink=found.append)
    return {
        (each.about, _id(each.golden_ids[0], known), each.old and each.old["key"], frozenset(each.new))
        for each in found
        if each.kind is Kind.MESSAGE
    }


def sent(draft: RuleSet, clock: Clock) -> set[Told]:
    known = set(crosswalk().values())
    publish_draft("customer", draft.number, actor=SYSTEM, at=clock())
    roll_out(clock)
    settle_pending("customer", actor=SYSTEM, at=clock())
    plan_everything(at=clock())
    return {
        (system.name, _id(claim.public_id, known), claim.remote_key, frozenset(claim.differing))
        for system in SourceSystem.objects.exclude(connector="")
        for claim in claim_streams(system, worker="test", limit=100, at=clock())
        if claim.differing
    }


def _id(public_id: str, known: set[str]) -> str:
    return public_id if public_id in known else "new"


@pytest.mark.django_db
@LAWS
@given(data=st.data())
def test_what_is_foretold_is_sent(targets: None, data: st.DataObject) -> None:
    with passing() as clock:
        load_all([data.draw(universes())], clock)
        at_rest(clock)
        draft = drafted(data.draw(CHANGES), clock)

        assert foretold(draft, clock) == sent(draft, clock)


def a_join(clock: Clock) -> RuleSet:
    """Two that a steward would be asked about become one, of which each system lacks something."""
    nowhere = dict.fromkeys(("street", "house_number", "city", "postcode"))
    load("crm", the_same_customer("1", **nowhere), a_customer("9", parent="1"), at=clock())
    load("erp", the_same_customer("1", phone="+49409999999", vat=None, email=None), at=clock())
    at_rest(clock)
    return drafted(LOOSER, clock)


@pytest.mark.django_db
def test_a_record_that_joins_another_is_told_what_it_lacks(targets: None) -> None:
    with passing() as clock:
        draft = a_join(clock)

        told = foretold(draft, clock)

        assert {(target, key) for target, _, key, _ in told} == {("erp", "1")}
        assert told == sent(draft, clock)


@pytest.mark.django_db
def test_without_following_target_records_messages_would_be_missed(
    targets: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: target records that stay behind are not told of what their source records joined."""

    def left_behind(_grouping: Any) -> RemoteHomes:
        return RemoteHomes({}, {}, MovedKeys(frozenset(), {}))

    monkeypatch.setattr(telling, "remote_homes", left_behind)
    with passing() as clock:
        draft = a_join(clock)

        assert foretold(draft, clock) != sent(draft, clock)


@pytest.mark.django_db
def test_a_target_that_makes_what_it_does_not_know_is_foretold(targets: None) -> None:
    with passing() as clock:
        SourceSystem.objects.filter(name="erp").update(settings={"creates": ["customer"]})
        load("crm", the_same_customer("1"), the_same_customer("2", name="NORDLICHT HANDEL GMBH UND CO"), at=clock())
        at_rest(clock)
        draft = drafted(Change(None, None, vetoes=True, trust=None, strategy="most_complete"), clock)

        told = foretold(draft, clock)

        assert {(target, key) for target, _, key, _ in told} >= {("erp", None)}
        assert told == sent(draft, clock)
