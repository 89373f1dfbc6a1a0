"""Laws of the ways out of a price conflict: nothing meets after any, and no day loses its price unless it says so."""

from datetime import date, timedelta
from itertools import chain
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mdm.entity_types.agreement_lines import NEVER, Days, days_of, line_days, line_item_key
from mdm.pricing import plans as planning
from mdm.pricing.plans import Plan, PlanKind, Side, plans, without

FIRST = date(2026, 1, 1)
SPAN = range(60)


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


@st.composite
def dates(draw: st.DrawFn, last: int = 40) -> dict[str, str]:
    """Dates of a line or an agreement, either of them perhaps left out."""
    start, length = draw(st.integers(0, last)), draw(st.integers(1, 20))
    said = {"valid_from": day(start), "valid_to": day(start + length)}
    return {name: said[name] for name in said if draw(st.booleans())}


def agreement(*lines: dict[str, str], **fields: Any) -> dict[str, Any]:
    return {"lines": [{"brand": "X", "method": "net", "value": "1", **line} for line in lines], **fields}


def priced(document: dict[str, Any]) -> set[int]:
    """Days on which any line holds."""
    spans = [line_days(document, line).within(days_of(document)) for line in document["lines"]]
    return {number for number in SPAN for span in spans if span.start <= day(number) < span.end}


def first_line(document: dict[str, Any]) -> str:
    return line_item_key(document["lines"][0])


def applied(plan: Plan, document: dict[str, Any]) -> dict[str, Any]:
    return {**document, **plan.values}


@given(dates(), dates(), dates(), dates(), st.tuples(st.integers(0, 3), st.integers(0, 3)))
def test_after_any_plan_two_agreements_no_longer_collide(
    one: dict[str, str], its: dict[str, str], other: dict[str, str], their: dict[str, str], ranks: tuple[int, int]
) -> None:
    a = agreement(one, **its, precedence=ranks[0])
    b = agreement(other, **their, precedence=ranks[1])
    sides = (Side("A", a, first_line(a)), Side("B", b, first_line(b)))
    assume(priced(a) & priced(b))

    found = plans(*sides, taken={2, 3})

    assert {plan.kind for plan in found} >= {PlanKind.RAISE_PRECEDENCE}
    assert len({plan.key for plan in found}) == len(found) >= 4
    for plan in found:
        now_a, now_b = (applied(plan, each) if plan.agreement == name else each for name, each in (("A", a), ("B", b)))
        if plan.kind is PlanKind.RAISE_PRECEDENCE:
            assert now_a["precedence"] != now_b["precedence"]
            raised = (now_a if plan.agreement == "A" else now_b)["precedence"]
            assert raised not in {2, 3}
            continue
        assert not priced(now_a) & priced(now_b)
        lost = (priced(a) | priced(b)) - (priced(now_a) | priced(now_b))
        told = {n for n in SPAN if plan.loses and plan.loses.start <= day(n) < plan.loses.end}
        assert lost == told & (priced(a) | priced(b))
        assert (plan.kind is PlanKind.TRUNCATE) or not lost


@given(dates(), dates(), dates())
def test_after_any_plan_two_lines_of_one_agreement_no_longer_meet(
    one: dict[str, str], other: dict[str, str], its: dict[str, str]
) -> None:
    document = agreement(one, other, **its)
    first, second = (line_item_key(line) for line in document["lines"])
    assume(first != second)
    sides = (Side("A", document, first), Side("A", document, second))
    assume(all(side.days for side in sides))
    assume(sides[0].days is not None and sides[1].days is not None and sides[0].days.meets(sides[1].days))

    for plan in plans(*sides):
        assert plan.kind is not PlanKind.RAISE_PRECEDENCE
        now = applied(plan, document)
        spans = [line_days(now, line).within(days_of(now)) for line in now["lines"]]
        covered = list(chain.from_iterable([n for n in SPAN if s.start <= day(n) < s.end] for s in spans))
        assert len(covered) == len(set(covered))
        told = {n for n in SPAN if plan.loses and plan.loses.start <= day(n) < plan.loses.end}
        assert priced(document) - priced(now) == told & priced(document)


def test_an_open_line_is_split_around_a_promotion_or_ended_by_it() -> None:
    lasting = agreement({"valid_from": day(0), "line_key": "10"})
    promotion = agreement({"valid_from": day(10), "valid_to": day(20)})
    sides = Side("A", lasting, first_line(lasting)), Side("B", promotion, first_line(promotion))
    found = {plan.key: plan for plan in plans(*sides)}

    assert list(found) == [
        "left:split", "left:truncate", "right:drop", "left:raise_precedence", "right:raise_precedence",
    ]  # fmt: skip
    split = found["left:split"]
    assert split.keeps == (Days(day(0), day(10)), Days(day(20), NEVER))
    assert [(line.get("line_key"), line["valid_from"], line.get("valid_to")) for line in split.values["lines"]] == [
        ("10", day(0), day(10)),
        (None, day(20), None),
    ]
    assert found["left:truncate"].loses == Days(day(20), NEVER)


def test_a_line_that_is_taken_over_can_only_be_outranked() -> None:
    heir, rival = agreement(), agreement({"valid_from": day(0)})
    found = plans(Side("A", heir, "brand:X|||"), Side("B", rival, first_line(rival)))
    assert [plan.kind for plan in found] == [PlanKind.RAISE_PRECEDENCE] * 2


def test_without_the_hole_the_laws_would_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = agreement({"valid_from": day(0)}), agreement({"valid_from": day(10)})
    sides = (Side("A", a, first_line(a)), Side("B", b, first_line(b)))
    monkeypatch.setattr(planning, "without", lambda days, _hole: (days,))
    (plan, *_) = plans(*sides)
    assert priced(applied(plan, a)) & priced(b)


@given(dates(), dates())
def test_what_is_left_and_the_hole_make_up_the_days(one: dict[str, str], other: dict[str, str]) -> None:
    days, hole = days_of(one), days_of(other)
    left = without(days, hole)
    for number in SPAN:
        inside = [span for span in left if span.start <= day(number) < span.end]
        is_day = days.start <= day(number) < days.end
        is_hole = hole.start <= day(number) < hole.end
        assert len(inside) == (is_day and not is_hole)
