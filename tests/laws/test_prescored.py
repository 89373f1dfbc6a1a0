"""Law 1 where many wait: keys and pairs of all made first, by one process or by two, come to the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.models import CandidatePair, GoldenVersion, SourceRecord
from mdm.services import prescoring, settlement
from mdm.services.prescoring import Ids, Prescored, prescore
from mdm.services.settlement import settle_pending
from tests.builders import (
    Clock,
    a_customer,
    crosswalk,
    golden_values,
    passing,
    receive,
    source_record,
    the_same_customer,
    together,
)
from tests.laws.observed import dangling, homeless_or_doubled, load_batch
from tests.laws.universe import LAWS, Told, universes


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs are scored with as few records at once as keys are made of, so that most go from portion to portion."""
    monkeypatch.setattr(prescoring, "SCORED_MORE_AT_ONCE", 1)


def told(universe: Sequence[Told], clock: Clock) -> None:
    """Everything is taken in, and waits."""
    for each in universe:
        receive(each.system, [each.payload], at=clock())


def stored_pairs() -> list[tuple[Any, ...]]:
    names = ("left__source_system__name", "left__key", "right__source_system__name", "right__key")
    rows = CandidatePair.objects.values_list(*names, "weight_bits", "vetoed", "decision")
    return sorted((*sorted([(one, key), (other, its)]), *rest) for one, key, other, its, *rest in rows)


def outcome(universe: Sequence[Told], *, at_once: int | None) -> Any:
    with passing() as clock:
        if at_once is None:
            load_batch(universe, clock)
        else:
            told(universe, clock)
            settle_pending("customer", actor=SYSTEM, at=clock(), batch=at_once)
        assert homeless_or_doubled() == []
        return golden_values(), stored_pairs()


@pytest.mark.django_db
@LAWS
@given(data=st.data())
def test_what_waits_comes_to_what_arrives_one_by_one(hub: None, data: st.DataObject) -> None:
    universe = data.draw(universes())

    assert outcome(universe, at_once=data.draw(st.integers(1, 3))) == outcome(universe, at_once=None)


@pytest.mark.django_db
def test_a_pair_left_to_nobody_would_part_them(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: each portion scores only the pairs that it has both records of."""
    universe = [Told(system, the_same_customer(key)) for key in "12" for system in ("crm", "erp")]
    assert outcome(universe, at_once=1) == outcome(universe, at_once=None)

    def both(pairs: Ids, ours: Ids, _waiting: Ids) -> Any:
        return np.isin(pairs, ours).all(axis=1)

    monkeypatch.setattr(prescoring, "_is_ours", both)
    assert outcome(universe, at_once=1) != outcome(universe, at_once=None)


@pytest.mark.django_db
def test_each_golden_record_is_made_once(hub: None) -> None:
    with passing() as clock:
        told([Told(system, the_same_customer(key)) for key in "123" for system in ("crm", "erp")], clock)
        settle_pending("customer", actor=SYSTEM, at=clock(), batch=2)

        assert len(set(crosswalk().values())) == 1
        assert list(GoldenVersion.objects.values_list("version", flat=True)) == [1]


def told_meanwhile(clock: Clock, monkeypatch: pytest.MonkeyPatch, *, unseen: bool) -> bool:
    """Whether a record is placed by what it says after it was scored. `unseen`: as if nobody looked whether it had."""

    def and_then_told(*given: Any, **rest: Any) -> Prescored:
        found = prescore(*given, **rest)
        receive("erp", [the_same_customer("2")], at=clock())
        if unseen:
            versions = SourceRecord.objects.extra(select={"version": "xmin::text::bigint"}).order_by("pk")
            now = np.array(versions.values_list("version", flat=True), dtype=np.int64)
            found = replace(found, records=replace(found.records, row_versions=now))
        return found

    monkeypatch.setattr(settlement, "prescore", and_then_told)
    told([Told("crm", the_same_customer("1")), Told("erp", a_customer("2", name="Zementwerk Ost"))], clock)
    settle_pending("customer", actor=SYSTEM, at=clock(), batch=1)
    assert source_record("erp:2").accepted["name"] == "Nordlicht Handel GmbH"
    return together(["crm:1", "erp:2"])


@pytest.mark.django_db
@pytest.mark.parametrize("unseen", [False, True], ids=["", "negative control"])
def test_what_is_told_after_scoring_is_scored_anew(hub: None, monkeypatch: pytest.MonkeyPatch, *, unseen: bool) -> None:
    with passing() as clock:
        assert told_meanwhile(clock, monkeypatch, unseen=unseen) is not unseen


@pytest.mark.django_db(transaction=True)
def test_two_processes_come_to_what_one_comes_to(committed_hub: None) -> None:
    universe = [
        Told(system, the_same_customer(f"{number}{key}", name=name, vat=None, phone=f"+4940123456{number}"))
        for number, name in enumerate(["Nordlicht Handel GmbH", "Zementwerk Ost", "Suedwind AG"])
        for key in "12"
        for system in ("crm", "erp")
    ]
    with passing() as clock:
        load_batch(universe, clock)
        alone = golden_values(), stored_pairs()
    clock = Clock()
    told(universe, clock)
    seen: list[int] = []

    done = settle_pending("customer", actor=SYSTEM, at=clock(), batch=2, processes=2, progress=seen.append)

    assert (golden_values(), stored_pairs()) == alone
    assert sum(seen) == done.source_records == len(universe)
    assert homeless_or_doubled() == []
    assert dangling() == []
    assert not connection.in_atomic_block
