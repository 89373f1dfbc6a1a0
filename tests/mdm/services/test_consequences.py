"""What a merge is foretold to move and bring into conflict is what it does move."""

from typing import Any

import pytest
from django.db import connection

from mdm.errors import ContradictsDecision, StateConflict
from mdm.models import AuditEntry, GoldenRecord, GoldenVersion, MatchDecision, RemoteRecord
from mdm.services.change_requests import propose_change
from mdm.services.consequences import Consequence, Effect, MergeConsequences, merge_consequences
from mdm.services.decisions import keep_apart
from mdm.services.foresight import foreseeing
from stewardship.models import Task
from tests.builders import STEWARD, Clock, crosswalk, golden_of, load, source_record
from tests.merged_customers import a_location, a_remote, an_agreement, edit, merge, sandhof, says, two_customers

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    two_customers(clock)
    return clock


def foreseen(clock: Clock) -> MergeConsequences:
    return merge_consequences(source_record("crm:1").pk, source_record("erp:1").pk, at=clock())


def only(found: MergeConsequences, effect: Effect) -> Consequence:
    (each,) = found.of(effect)
    return each


def test_children_are_foretold_from_and_to(clock: Clock) -> None:
    an_agreement("erp", "11.90", at=clock())
    a_location("erp", at=clock())
    a, b = (golden_of(name).public_id for name in ("crm:1", "erp:1"))

    found = foreseen(clock)

    assert (found.survivor, found.goes) == (a, (b,))
    assert {(each.entity_type, each.attribute, each.old, each.new) for each in found.of(Effect.CHILD)} == {
        ("pricing_agreement", "customer", b, a),
        ("location", "roles", b, a),
    }
    merge(clock)
    assert says("erp:A-erp", "customer", "pricing_agreement")["id"] == a
    assert says("erp:L-erp", "roles", "location")[0]["customer"]["id"] == a


def test_everything_else_that_moves_is_foretold(clock: Clock) -> None:
    load("crm", {**sandhof(), "id": "2"}, at=clock())
    merge(clock, "crm:1", "crm:2")
    load("crm", sandhof(certificates=None), {**sandhof(certificates=None), "id": "2"}, at=clock())
    load("crm", {**sandhof(name="Kies CRM"), "id": "3"}, at=clock())
    merge(clock, "erp:1", "crm:3")
    load("crm", {**sandhof(), "id": "4"}, at=clock())
    merge(clock, "crm:1", "crm:4")
    edit("erp:1", clock, pin=True, website="https://pinned.example")
    kept, moved = a_remote("crm:1", "S-1"), a_remote("erp:1", "S-2")
    request = propose_change(golden_of("erp:1"), {"name": "Kies AG"}, reason="", actor=STEWARD, at=clock())
    a, b = (golden_of(name).public_id for name in ("crm:1", "erp:1"))

    found = foreseen(clock)

    assert only(found, Effect.REDIRECT).new == a
    pin = only(found, Effect.PIN)
    assert (pin.old["golden_id"], pin.new["golden_id"]) == (b, a)
    assert only(found, Effect.REQUEST).new == a
    assert only(found, Effect.REQUEST).about == f"#{request.pk}"
    merge(clock)
    assert RemoteRecord.objects.get(pk=kept.pk).golden_record.public_id == a
    assert RemoteRecord.objects.get(pk=moved.pk).golden_record.public_id == b


def test_an_item_of_a_list_is_foretold(clock: Clock) -> None:
    load("erp", {**sandhof(certificates=None, name="Kies"), "id": "2"}, at=clock())
    merge(clock, "erp:1", "erp:2")
    a, b = (golden_of(name).public_id for name in ("crm:1", "erp:1"))

    found = foreseen(clock)

    item = only(found, Effect.ITEM)
    assert (item.attribute, item.old["number"], item.golden_id, item.new) == ("exemption_certificates", "K-1", a, b)


def test_two_prices_for_one_thing_are_foretold_as_a_conflict(clock: Clock) -> None:
    an_agreement("crm", "12.50", at=clock())
    an_agreement("erp", "11.90", at=clock())

    price = only(foreseen(clock), Effect.PRICE)

    assert [side["price"]["value"] for side in (price.old, price.new)] == ["12.5", "11.9"]


def test_equal_prices_are_no_conflict(clock: Clock) -> None:
    an_agreement("crm", "11.90", at=clock())
    an_agreement("erp", "11.90", at=clock())

    assert foreseen(clock).of(Effect.PRICE) == []


def test_values_are_foretold_as_the_merge_then_makes_them(clock: Clock) -> None:
    survivor = golden_of("crm:1")
    foretold = {
        each.attribute: each.new for each in foreseen(clock).of(Effect.VALUE) if each.golden_id == survivor.public_id
    }

    merge(clock)

    after = GoldenRecord.objects.get(pk=survivor.pk).document["attributes"]
    before = survivor.document["attributes"]
    assert foretold == {name: value for name, value in after.items() if before.get(name) != value}
    assert foretold


def test_nothing_is_stored(clock: Clock) -> None:
    an_agreement("erp", "11.90", at=clock())

    def stored() -> tuple[Any, ...]:
        models = (GoldenVersion, AuditEntry, MatchDecision, Task)
        return crosswalk(), [model._default_manager.count() for model in models]

    before = stored()
    foreseen(clock)
    assert stored() == before


def test_what_would_be_refused_is_refused(clock: Clock) -> None:
    keep_apart(source_record("crm:1").pk, source_record("erp:1").pk, actor=STEWARD, at=clock())

    with pytest.raises(ContradictsDecision):
        foreseen(clock)


def test_without_the_taking_back_a_preview_would_merge(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    monkeypatch.setattr("mdm.services.foresight.transaction.set_rollback", lambda _rollback: None)

    foreseen(clock)

    assert golden_of("crm:1") == golden_of("erp:1")


def test_a_reader_does_not_wait_long_for_who_writes(clock: Clock) -> None:
    with foreseeing(), connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("3s",)
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def test_a_lock_that_is_not_given_is_told_in_words(clock: Clock) -> None:
    with pytest.raises(StateConflict, match="right now"), foreseeing(), connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '55P03'; END $$")
