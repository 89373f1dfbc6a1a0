"""Law 3: undoing a merge restores both, ids, values and later edits included."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.models import GoldenRecord, GoldenStatus, Redirect
from mdm.partition import place
from mdm.services.decisions import keep_apart, merge_pair, undo
from tests.builders import (
    STEWARD,
    a_customer,
    author_values,
    crosswalk,
    golden_of,
    load,
    passing,
    source_record,
    the_same_customer,
    together,
)
from tests.laws.observed import dangling, load_batch
from tests.laws.universe import LAWS, Told, a_stranger, universes


def documents() -> dict[str, Any]:
    """Public id → values of what is alive."""
    records = GoldenRecord.objects.exclude(status=GoldenStatus.MERGED)
    return {record.public_id: (record.status, record.document["attributes"]) for record in records}


def merged(left: str, right: str, *, at: Any) -> Any:
    return merge_pair(source_record(left).pk, source_record(right).pk, actor=STEWARD, at=at).unit


@pytest.mark.django_db
@LAWS
@given(universe=universes(least=3, most=6), data=st.data())
def test_undoing_a_merge_or_a_parting_restores_ids_values_and_crosswalk(
    hub: None, universe: list[Told], data: st.DataObject
) -> None:
    left, right = data.draw(st.lists(st.sampled_from(universe), min_size=2, max_size=2, unique_by=id))
    with passing() as clock:
        load_batch(universe, clock)
        before = crosswalk(), documents()
        decide = keep_apart if len({crosswalk()[left.name], crosswalk()[right.name]}) == 1 else merge_pair

        unit = decide(source_record(left.name).pk, source_record(right.name).pk, actor=STEWARD, at=clock()).unit
        between = crosswalk()
        undo(unit, actor=STEWARD, at=clock())

        assert between != before[0]
        assert (crosswalk(), documents()) == before


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "second"), [("crm:1", "erp:1"), ("erp:1", "crm:1")])
def test_ids_return_whichever_record_sorts_first(hub: None, first: str, second: str) -> None:
    with passing() as clock:
        for name in (first, second):
            load(name[:3], a_customer("1", name=f"Company of {name}"), at=clock())
        before = crosswalk()

        undo(merged(first, second, at=clock()), actor=STEWARD, at=clock())

        assert crosswalk() == before
        assert not Redirect.objects.filter(recorded__upper_inf=True).exists()


@pytest.mark.django_db
def test_ids_return_though_records_have_joined_since(hub: None) -> None:
    with passing() as clock:
        load("crm", a_customer("1"), at=clock())
        load("erp", the_same_customer("1"), at=clock())
        before = crosswalk()
        unit = merged("crm:1", "erp:1", at=clock())
        load("erp", the_same_customer("2"), the_same_customer("3"), at=clock())
        assert len(set(crosswalk().values())) == 1

        undo(unit, actor=STEWARD, at=clock())

        assert crosswalk() == {**before, "erp:2": before["erp:1"], "erp:3": before["erp:1"]}


SIZES = st.lists(st.integers(1, 4), min_size=3, max_size=4)


@pytest.mark.django_db
@LAWS
@given(sizes=SIZES, data=st.data())
def test_chains_of_merges_unwind_in_any_order(hub: None, sizes: list[int], data: st.DataObject) -> None:
    names = [f"crm:{company}{branch}" for company, size in enumerate(sizes) for branch in range(size)]
    order = data.draw(st.permutations(range(len(sizes) - 1)))
    with passing() as clock:
        for name in data.draw(st.permutations(names)):
            load("crm", a_stranger(name[4:]), at=clock())
        before = crosswalk(), documents()
        assert len(set(before[0].values())) == len(sizes)

        chain = [
            (f"crm:{company}{data.draw(st.integers(0, sizes[company] - 1))}", f"crm:{company + 1}0")
            for company in range(len(sizes) - 1)
        ]
        units = [merged(one, other, at=clock()) for one, other in chain]
        assert len(set(crosswalk().values())) == 1
        for index in order:
            undo(units[index], actor=STEWARD, at=clock())

        assert (crosswalk(), documents()) == before


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "second"), [("0", "1"), ("1", "0")])
def test_ids_return_though_a_larger_one_held_both_when_their_merge_was_undone(
    hub: None, first: str, second: str
) -> None:
    with passing() as clock:
        for company in (first, second):
            load("crm", a_stranger(f"{company}0"), at=clock())
        load("crm", *(a_stranger(f"2{branch}") for branch in range(3)), at=clock())
        before = crosswalk(), documents()
        units = [merged(one, other, at=clock()) for one, other in (("crm:00", "crm:10"), ("crm:10", "crm:20"))]

        whole = crosswalk()
        undo(units[0], actor=STEWARD, at=clock())
        assert crosswalk() == whole, "it divides nothing, so no id changes"
        undo(units[1], actor=STEWARD, at=clock())

        assert (crosswalk(), documents()) == before


@pytest.mark.django_db
def test_what_only_matching_moved_meanwhile_returns_too(hub: None) -> None:
    """Once the second merge is undone, matching puts crm:2 beside crm:4, as long as the third holds erp:2 elsewhere."""
    hafen = {"street": "Hafenstrasse", "house_number": "12", "city": "Hamburg", "postcode": "20457", "country": "DE"}
    linden = {"street": "Lindenallee", "house_number": "3", "city": "Bremen", "postcode": "28195", "country": "DE"}
    info = {"name": "Nordlicht Handel", "email": "info@nordlicht.example", "website": "https://logistik.example"}
    told = {
        "crm:2": {**info, "phone": "+49421765432", **hafen},
        "crm:4": {"name": "Nordlicht Logistik GmbH", "website": "https://logistik.example", **hafen},
        "erp:4": {**info, "phone": "+49401234567", "vat": "DE136695976", **linden},
        "erp:1": {"name": "Nordlicht Handel GmbH", "email": "kontakt@nordlicht.example", "vat": "DE811569869"},
        "erp:2": {"name": "Nordlicht Handel", "phone": "+49421765432", "website": "https://logistik.example"},
    }
    with passing() as clock:
        for name, fields in told.items():
            load(name[:3], a_customer(name[4:], **fields), at=clock())
        before = crosswalk(), documents()
        chain = [("crm:4", "erp:1"), ("erp:1", "erp:2"), ("erp:2", "erp:4")]
        units = [merged(one, other, at=clock()) for one, other in chain]

        for unit in units[:2]:
            undo(unit, actor=STEWARD, at=clock())
        assert together(["crm:2", "crm:4"])
        undo(units[2], actor=STEWARD, at=clock())

        assert (crosswalk(), documents()) == before


@pytest.mark.django_db
def test_a_record_that_joined_a_merged_one_claims_no_id(hub: None) -> None:
    """The first merge is undone while a later one still holds all together, so that nothing comes apart until both."""
    with passing() as clock:
        load("crm", a_stranger("00"), a_stranger("10"), *(a_stranger(f"2{branch}") for branch in range(6)), at=clock())
        before = crosswalk()
        first = merged("crm:00", "crm:10", at=clock())
        load("erp", *(a_stranger(f"1{branch}") for branch in range(3)), at=clock())
        second = merged("crm:10", "crm:20", at=clock())

        undo(first, actor=STEWARD, at=clock())
        undo(second, actor=STEWARD, at=clock())

        assert before.items() <= crosswalk().items()
        assert together(["crm:10", "erp:10", "erp:11", "erp:12"])


@pytest.mark.django_db
def test_an_edit_of_the_merged_record_stays_with_the_one_that_kept_its_id(hub: None) -> None:
    with passing() as clock:
        load("erp", a_customer("1"), at=clock())
        load("crm", a_customer("1", name="Other company"), at=clock())
        load("crm", a_customer("1", name="Other company", website="https://crm.example"), at=clock())
        ours, theirs = golden_of("erp:1"), golden_of("crm:1")
        unit = merged("erp:1", "crm:1", at=clock())
        survivor = golden_of("erp:1")
        assert survivor == ours
        author_values(survivor, {"name": "Edited"}, at=clock())

        undo(unit, actor=STEWARD, at=clock())

        assert golden_of("erp:1") == ours
        assert golden_of("crm:1") == theirs
        assert golden_of("erp:1").document["attributes"]["name"] == "Edited"
        assert golden_of("crm:1").document["attributes"]["name"] == "Other company"


@pytest.mark.django_db
def test_both_can_be_edited_after_the_undoing(hub: None) -> None:
    with passing() as clock:
        load("crm", a_customer("1"), at=clock())
        load("erp", the_same_customer("1"), the_same_customer("2"), at=clock())
        before = crosswalk()
        unit = merged("crm:1", "erp:1", at=clock())
        author_values(golden_of("erp:1"), {"name": "Edited"}, at=clock())
        undo(unit, actor=STEWARD, at=clock())

        for name in ("crm:1", "erp:1"):
            author_values(golden_of(name), {"name": f"{name} edited"}, at=clock())

        assert before.items() <= crosswalk().items()
        assert golden_of("crm:1").document["attributes"]["name"] == "crm:1 edited"
        assert golden_of("erp:1").document["attributes"]["name"] == "erp:1 edited"


@pytest.mark.django_db
def test_an_id_that_others_hold_is_not_taken_from_them(hub: None) -> None:
    with passing() as clock:
        load("crm", the_same_customer("1"), the_same_customer("2"), at=clock())
        other = {"name": "Zementwerk Ost", "email": None, "vat": None, "street": "Am Kai", "city": "Ulm"}
        others = {**other, "phone": "+49731555666", "postcode": "89073", "vat": "DE811569869"}
        load("crm", the_same_customer("3", **others), the_same_customer("4", **others), at=clock())
        load("crm", the_same_customer("2", **others), at=clock())
        assert together(["crm:2", "crm:3", "crm:4"])

        load("crm", a_customer("2", name="Kieswerk West"), at=clock())

        held = crosswalk()
        assert held["crm:3"] == held["crm:4"]
        assert len(set(held.values())) == 3
        assert dangling() == []


@pytest.mark.django_db
def test_without_the_past_an_id_would_not_return(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a placement that knows nothing of earlier homes gives a new id."""

    def forgetful(clusters: Any, current: Any, past: Any, **rest: Any) -> Any:
        return place(clusters, current, {})

    monkeypatch.setattr("mdm.services.clusters.place", forgetful)
    with passing() as clock:
        load("crm", a_customer("1"), a_customer("2"), at=clock())
        before = crosswalk()

        undo(merged("crm:1", "crm:2", at=clock()), actor=STEWARD, at=clock())

        assert crosswalk() != before
