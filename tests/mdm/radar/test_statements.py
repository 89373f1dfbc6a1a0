"""Lines compared: every line of the hub is counted once, as the worst that any system makes of it."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.radar import statements
from mdm.radar.statements import Difference, Standing, Tally, compare, lines_of

TODAY = "2026-06-01"
Saying = tuple[str, str, tuple[tuple[str, str], ...]]  # product, value, breaks

sayings = st.lists(
    st.tuples(
        st.sampled_from(["P", "Q", "R"]),
        st.sampled_from(["10", "11"]),
        st.sampled_from([(), (("10", "9"),), (("5", "9"), ("10", "8"))]),
    ),
    max_size=3,
    unique_by=lambda each: each[0],
)
worlds = st.tuples(sayings, st.lists(sayings, max_size=2), st.lists(sayings, max_size=2))
World = tuple[list[Saying], list[list[Saying]], list[list[Saying]]]


def document(said: list[Saying], **fields: Any) -> dict[str, Any]:
    return {
        "currency": "EUR",
        "lines": [
            {
                "product": {"entity_type": "product", "id": f"PRO-{name}"},
                "method": "net",
                "value": value,
                "breaks": [{"quantity_from": start, "value": each} for start, each in breaks],
            }
            for name, value, breaks in said
        ],
        **fields,
    }


def compared(world: World) -> tuple[list[Difference], Tally]:
    hub, crm, erp = world
    systems = {
        name: [lines_of(document(said), until=TODAY) for said in records]
        for name, records in (("crm", crm), ("erp", erp))
    }
    tally = Tally(Counter(), {"crm": Counter(), "erp": Counter()})
    return list(compare(lines_of(document(hub), until=TODAY), systems, tally)), tally


def naive(world: World) -> tuple[dict[str, str], Counter[str], set[str]]:
    """Read aloud: what each product's line is at worst, how often, and what only systems have."""
    hub, *systems = world
    worst = {}
    for line in hub:
        told = [[[other for other in record if other[0] == line[0]] for record in records] for records in systems]
        if any(other != line for records in told for record in records for other in record):
            worst[line[0]] = "differs"
        elif any(records and not any(records) for records in told):
            worst[line[0]] = "missing"
        elif not all(systems):
            worst[line[0]] = "untold"
        else:
            worst[line[0]] = "equal"
    extra = {line[0] for records in systems for record in records for line in record} - worst.keys()
    return worst, Counter(worst.values()), extra


LAW = settings(max_examples=300, deadline=None, database=None, derandomize=True)


def holds(world: World) -> None:
    found, tally = compared(world)
    worst, counts, extra = naive(world)
    assert {name.value: count for name, count in tally.worst.items()} == dict(counts)
    assert all(sum(each.values()) == len(world[0]) for each in tally.systems.values())
    told = {each.line.product.removeprefix("PRO-"): each.band for each in found}
    expected = {name: band for name, band in worst.items() if band in ("differs", "missing")}
    assert told == expected | dict.fromkeys(extra, "extra")


@LAW
@given(worlds)
def test_every_line_is_counted_once_as_its_worst(world: World) -> None:
    holds(world)


def test_negative_control_believing_any_record_instead_of_all_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def lenient(line: Any, key: str, records: Any) -> Standing:
        told = [lines[key].statement for lines in records if key in lines]
        if not records or not told:
            return Standing.MISSING if records else Standing.UNTOLD
        return Standing.EQUAL if any(each == line.statement for each in told) else Standing.DIFFERS

    monkeypatch.setattr(statements, "_standing", lenient)
    with pytest.raises(AssertionError):
        LAW(given(worlds)(holds))()


def test_dates_of_the_agreement_count_where_a_line_has_none_and_what_is_over_is_left_out() -> None:
    said: list[Saying] = [("P", "10", ())]
    lines = lines_of(document(said, valid_from="2026-01-01", valid_to="2026-12-31"), until=TODAY)
    (line,) = lines.values()
    assert (line.statement.valid_from, line.statement.valid_to) == ("2026-01-01", "2026-12-31")
    assert lines_of(document(said, valid_to=TODAY), until=TODAY) == {}


def test_breaks_are_compared_in_the_order_of_quantities_whatever_order_they_are_told_in() -> None:
    steps = (("100", "7"), ("20", "8"), ("5", "9"))
    one, other = (lines_of(document([("P", "10", told)]), until=TODAY) for told in (steps, steps[::-1]))
    assert one == other
    assert [start for start, _ in next(iter(one.values())).statement.breaks] == ["5", "20", "100"]
