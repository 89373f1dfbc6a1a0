"""Law 1 where systems are free of duplicates: any order gives the same, and no golden record holds two of one."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.models import SourceRecord
from mdm.rivals import UniqueSources
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import NOON, golden_values, groups, passing, the_same_customer
from tests.laws.observed import load_all
from tests.laws.universe import LAWS, Told, arrivals, universes

Batches = list[list[Told]]


def outcome(batches: Batches, unique: Sequence[str]) -> tuple[dict[Any, Any], bool]:
    """Golden values, and whether a golden record holds two records of such a system."""
    with passing() as clock:
        document = published_rules("customer").document.to_document()
        declared = {**document, "match": {**document["match"], "unique_sources": list(unique)}}
        publish_rule_set("customer", declared, model=None, actor=SYSTEM, at=NOON)
        load_all(batches, clock)
        return golden_values(), _is_crowded(unique)


def _is_crowded(unique: Sequence[str]) -> bool:
    deleted = {
        f"{system}:{key}"
        for system, key in SourceRecord.objects.exclude(tombstoned_at=None).values_list("source_system__name", "key")
    }
    return any(
        count > 1
        for names in groups().values()
        for system, count in Counter(name.split(":")[0] for name in names - deleted).items()
        if system in unique
    )


def in_one_go(universe: list[Told]) -> Batches:
    return [sorted(universe, key=lambda told: told.name)]


@pytest.mark.django_db
@LAWS
@given(data=st.data())
def test_any_order_comes_to_the_same_and_nothing_is_crowded(hub: None, data: st.DataObject) -> None:
    universe = data.draw(universes())
    batches = data.draw(arrivals(universe))
    unique = data.draw(st.sampled_from([["erp"], ["crm", "erp"]]))

    values, is_crowded = outcome(batches, unique)

    assert (values, is_crowded) == (outcome(in_one_go(universe), unique)[0], False)


@pytest.mark.django_db
def test_without_the_rule_in_settlement_golden_records_would_be_crowded(
    hub: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the declaration alone does nothing."""
    universe = [Told("erp", the_same_customer(key)) for key in "12"]
    assert not outcome(in_one_go(universe), ["erp"])[1]

    monkeypatch.setattr(UniqueSources, "of", lambda _unique, _evidence: {})

    assert outcome(in_one_go(universe), ["erp"])[1]
