"""Law 3, with plans: whatever came since a merge, and wherever a steward sends it, the plan is what happens."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.errors import ContradictsDecision, StateConflict
from mdm.models import CrosswalkEntry, GoldenRecord, GoldenStatus, GoldenVersion
from mdm.services.change_requests import propose_change
from mdm.services.decisions import merge_pair
from mdm.services.rebuild import Cause, rebuild_golden_records
from mdm.services.unmerging import Plan, unmerge, unmerge_plan
from tests.builders import STEWARD, Clock, author_values, crosswalk, golden_of, passing, source_record
from tests.laws.observed import dangling, load_batch
from tests.laws.universe import LAWS, Told, tellings, universes

SAYINGS = st.sampled_from(["Edited", "Edited again", "Kies AG"])


def goes_on(data: st.DataObject, name: str, clock: Clock) -> None:
    """Something happens to the merged golden record."""
    match data.draw(st.sampled_from(["edit", "pin", "told"])):
        case "edit":
            author_values(golden_of(name), {"name": data.draw(SAYINGS)}, at=clock())
        case "pin":
            values = {"website": f"https://{data.draw(st.sampled_from('abc'))}.example"}
            propose_change(golden_of(name), values, reason="", actor=STEWARD, at=clock(), pin=True)
        case _:
            load_batch([data.draw(tellings())], clock)


def chosen(data: st.DataObject, plan: Plan) -> dict[str, str]:
    lines = [line for line in plan.lines if line.choices]
    some = data.draw(st.lists(st.sampled_from(lines), max_size=3, unique_by=lambda line: line.key)) if lines else []
    return {line.key: data.draw(st.sampled_from(line.choices)) for line in some}


def places(records: tuple[int, ...]) -> dict[int, str]:
    entries = CrosswalkEntry.objects.filter(source_record__in=records, unlinked_at=None)
    return dict(entries.values_list("source_record_id", "golden_record__public_id"))


def values() -> dict[str, Any]:
    records = GoldenRecord.objects.exclude(status=GoldenStatus.MERGED)
    return {record.public_id: record.document["attributes"] for record in records}


@pytest.mark.django_db
@LAWS
@given(universe=universes(least=3, most=5), data=st.data())
def test_a_plan_is_what_happens_or_nothing_is(hub: None, universe: list[Told], data: st.DataObject) -> None:
    left, right = data.draw(st.lists(st.sampled_from(universe), min_size=2, max_size=2, unique_by=id))
    with passing() as clock:
        load_batch(universe, clock)
        pair = [source_record(each.name).pk for each in (left, right)]
        unit = merge_pair(*pair, actor=STEWARD, at=clock()).unit
        for _ in range(data.draw(st.integers(0, 3))):
            goes_on(data, left.name, clock)
        choices = chosen(data, unmerge_plan(unit, at=clock()))
        before = crosswalk(), values(), GoldenVersion.objects.count()
        plan = unmerge_plan(unit, choices=choices, at=clock())
        assert (crosswalk(), values(), GoldenVersion.objects.count()) == before

        try:
            unmerge(unit, choices=choices, state=unmerge_plan(unit, at=clock()).state, actor=STEWARD, at=clock())
        except (ContradictsDecision, StateConflict):
            assert (crosswalk(), values(), GoldenVersion.objects.count()) == before
            return

        now = places(plan.records)
        sides: dict[str, set[str]] = {}
        for record, public_id in now.items():
            sides.setdefault(plan.target[record], set()).add(public_id)
        assert all(len(each) == 1 for each in sides.values())
        assert all(each == {key} for key, each in sides.items() if not key.startswith("new-"))
        assert dangling() == []
        records = list(GoldenRecord.objects.exclude(status=GoldenStatus.MERGED).order_by("pk"))
        assert rebuild_golden_records(records, cause=Cause("again", {}), actor=SYSTEM, at=clock()) == []
