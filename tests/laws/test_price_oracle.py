"""Law: what is resolved is what a naive reading of the rules says, in any order of the lines."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mdm.pricing import (
    AgreementFacts,
    Break,
    Candidate,
    Conversion,
    Party,
    ProductFacts,
    Question,
    Resolution,
    Window,
    resolve,
    resolving,
)
from mdm.pricing import amounts as amounts_module
from tests.laws.universe import FULL

World = tuple[Question, ProductFacts, list[Candidate]]

DAYS = [date(2026, 1, 1), date(2026, 2, 28), date(2026, 3, 1), date(2026, 7, 1)]
SCOPES = [
    ("location", "L"), ("customer", "C"), ("customer", "PA"), ("customer", "GRAND"), ("group", "G"),
    ("price_class", "K"), ("everyone", ""),
]  # fmt: skip
PRODUCTS = ["product:P", "category:Cables > Power", "category:Cables", "brand:Volta", "all"]
UNITS = {"piece": Fraction(1), "box": Fraction(10), "third": Fraction(1, 3)}

windows = st.builds(Window, st.sampled_from([None, *DAYS]), st.sampled_from([None, *DAYS]))
amounts = st.sampled_from([Decimal(text) for text in ("0", "1.005", "4.44", "9.995", "10", "33.333333", "120")])
breaks = st.lists(
    st.builds(Break, st.sampled_from([Decimal(n) for n in ("1", "2.5", "10", "100")]), amounts),
    max_size=3,
    unique_by=lambda each: each.quantity_from,
).map(lambda found: tuple(sorted(found, key=lambda each: each.quantity_from)))


@st.composite
def agreements(draw: Callable[..., Any], number: int) -> AgreementFacts:
    kind, scope = draw(st.sampled_from(SCOPES))
    return AgreementFacts(
        number=number,
        agreement=f"PAG-{number}",
        status=draw(st.sampled_from(["active", "active", "active", "", "draft"])),
        scope_kind=kind,
        scope=scope,
        precedence=draw(st.sampled_from([0, 0, 1])),
        valid=draw(st.one_of(st.just(Window()), windows)),
        floor_margin=draw(st.sampled_from([None, Decimal(10)])),
    )


@st.composite
def worlds(draw: Callable[..., Any]) -> World:
    stated = [draw(agreements(number)) for number in range(1, draw(st.integers(2, 5)) + 1)]
    lines: list[Candidate] = []
    for _ in range(draw(st.integers(0, 9))):
        agreement = draw(st.sampled_from(stated))
        # An agreement may take over lines of those with a higher number.
        source = draw(st.sampled_from([each for each in stated if each.number >= agreement.number]))
        lines.append(
            Candidate(
                agreement=agreement,
                source=source,
                depth=source.number - agreement.number,
                line=f"line {len(lines)}",
                product_scope=draw(st.sampled_from(PRODUCTS)),
                ship_from=draw(st.sampled_from(["", "", "W", "V"])),
                unit=draw(st.sampled_from(["", "piece", "piece", "box", "third", "pallet"])),
                currency=draw(st.sampled_from(["EUR", "EUR", "EUR", "USD"])),
                method=draw(st.sampled_from(["net", "net", "net", "percent_off", "cost_plus"])),
                value=draw(amounts),
                per=draw(st.sampled_from([Decimal(1), Decimal(100)])),
                slices=draw(st.booleans()),
                breaks=draw(breaks),
                valid=draw(st.one_of(st.just(Window()), windows)),
            )
        )
    product = ProductFacts(
        product="P",
        base_unit="piece",
        category="Cables > Power",
        brand="Volta",
        list_price=draw(st.sampled_from([None, Decimal("19.99")])),
        list_price_currency="EUR",
        cost=draw(st.sampled_from([None, Decimal("7.77")])),
        cost_currency=draw(st.sampled_from(["EUR", "USD"])),
        conversions=tuple(Conversion(unit, size) for unit, size in UNITS.items() if unit != "piece"),
    )
    question = Question(
        party=Party("C", "L", ("PA", "GRAND"), "G", "K"),
        product="P",
        quantity=draw(st.sampled_from([Fraction(text) for text in ("1", "3", "10", "250", "1/8")])),
        unit=draw(st.sampled_from(["piece", "box", "third"])),
        currency="EUR",
        on=draw(st.sampled_from(DAYS)),
        ship_from=draw(st.sampled_from(["", "W"])),
    )
    return question, product, lines


def unit(line: Candidate) -> str:
    return line.unit or "piece"


def thing(line: Candidate) -> tuple[Any, ...]:
    return line.agreement.number, line.product_scope, line.ship_from


def with_breaks(line: Candidate, others: list[Candidate]) -> Candidate:
    if line.breaks:
        return line
    for other in sorted(others, key=lambda other: (other.depth, other.source.number, other.line)):
        same = all(getattr(line, name) == getattr(other, name) for name in ("unit", "currency", "method", "per"))
        if thing(line) == thing(other) and same and other.depth > line.depth and other.breaks:
            return replace(line, breaks=other.breaks, slices=other.slices)
    return line


def naive(question: Question, product: ProductFacts, lines: list[Candidate]) -> tuple[Any, ...]:
    """The rules read aloud: sets of lines, the best of each kind, and decimal arithmetic by hand."""

    def inside(window: Window) -> bool:
        return (window.start or date.min) <= question.on < (window.end or date.max)

    left = [each for each in lines if inside(each.valid) and inside(each.agreement.valid) and inside(each.source.valid)]
    left = [each for each in left if {each.agreement.status, each.source.status} <= {"", "active"}]
    taken = [with_breaks(each, left) for each in left]
    left = [e for e in taken if not any(thing(o) == thing(e) and o.depth < e.depth for o in taken)]
    left = [each for each in left if each.currency == "EUR" and unit(each) in UNITS]
    direct = {thing(each) for each in left if unit(each) == question.unit}
    left = [each for each in left if unit(each) == question.unit or thing(each) not in direct]
    left = [each for each in left if usable(each, product)]
    left = [each for each in left if each.ship_from in ("", question.ship_from)]
    if left:
        order = sorted(left, key=rank)
        left = [each for each in left if rank(each) == rank(order[0])]
    said = {
        each.agreement.number: {o.statement for o in left if o.agreement.number == each.agreement.number}
        for each in left
    }
    if any(one != other for one in said.values() for other in said.values()):
        return "conflict", sorted((each.agreement.number, each.line) for each in left)
    if not left:
        return ("no_price",)
    winner = min(
        left,
        key=lambda e: (-(e.valid.start or date.min).toordinal(), e.agreement.number, e.source.number, e.line),
    )
    unit_price, amount = amounts_of(winner, question, product)
    return "price", winner.agreement.number, winner.line, unit_price, amount


def usable(line: Candidate, product: ProductFacts) -> bool:
    if line.method == "percent_off":
        too_much = any(value > 100 for value in [line.value, *[each.value for each in line.breaks]])
        return product.list_price is not None and not too_much
    return line.method == "net" or (product.cost is not None and product.cost_currency == "EUR")


def rank(line: Candidate) -> tuple[int, ...]:
    scope = SCOPES.index((line.agreement.scope_kind, line.agreement.scope))
    return scope, PRODUCTS.index(line.product_scope), 0 if line.ship_from else 1, -line.agreement.precedence


def amounts_of(line: Candidate, question: Question, product: ProductFacts) -> tuple[Decimal, Decimal]:
    size = UNITS[line.unit or "piece"]
    quantity = question.quantity * UNITS[question.unit] / size

    def each_costs(value: Decimal) -> Fraction:
        if line.method == "net":
            return Fraction(value) / Fraction(line.per)
        start = product.list_price if line.method == "percent_off" else product.cost
        assert start is not None
        sign = -1 if line.method == "percent_off" else 1
        return Fraction(start) * size * (1 + sign * Fraction(value) / 100)

    tiers = [(Fraction(0), line.value), *((Fraction(each.quantity_from), each.value) for each in line.breaks)]
    if line.slices:
        total = Fraction(0)
        for place, (start, value) in enumerate(tiers):
            end = tiers[place + 1][0] if place + 1 < len(tiers) else quantity
            total += max(min(end, quantity) - start, Fraction(0)) * each_costs(value)
    else:
        total = quantity * each_costs([value for start, value in tiers if start <= quantity][-1])
    return rounded(total / question.quantity, "0.000001"), rounded(total, "0.01")


def rounded(value: Fraction, digit: str) -> Decimal:
    """Through far more digits than any example has, so that a middle stays one."""
    whole, rest = divmod(value.numerator * 10**60, value.denominator)
    exact = Decimal(whole).scaleb(-60) + (Decimal(1).scaleb(-61) if rest else 0)
    return exact.quantize(Decimal(digit), ROUND_HALF_UP)


def outcome(found: Resolution) -> tuple[Any, ...]:
    if found.price is not None and found.winner is not None:
        winner = found.winner
        return "price", winner.agreement.number, winner.line, found.price.unit_price, found.price.amount
    if found.rivals:
        return "conflict", sorted((each.agreement.number, each.line) for each in found.rivals)
    return ("no_price",)


LAW = settings(max_examples=5000 if FULL else 200, deadline=None, database=None, derandomize=not FULL)
# A control has to find a difference, not the smallest one.
CONTROL = settings(LAW, max_examples=1000, phases=[Phase.generate], report_multiple_bugs=False)


def holds(world: World) -> None:
    with localcontext(prec=120):
        expected = naive(*world)
    assert outcome(resolve(*world)) == expected


@LAW
@given(worlds())
def test_it_is_what_a_naive_reading_says(world: World) -> None:
    holds(world)


def is_refuted() -> bool:
    try:
        CONTROL(given(worlds())(holds))()
    except (AssertionError, ValueError, KeyError, TypeError):
        return True
    return False


@LAW
@given(worlds(), st.integers())
def test_the_order_of_lines_never_matters_and_each_is_told_once(world: World, seed: int) -> None:
    question, product, lines = world
    found = resolve(question, product, lines)

    assert resolve(question, product, Random(seed).sample(lines, len(lines))) == found
    kept = [*found.rivals, *([found.winner] if found.winner else [])]
    told = sorted(each.line for each in [*kept, *(each.candidate for each in found.removed)])
    assert told == sorted(each.line for each in lines)
    assert (found.price is None) == (found.winner is None)


@pytest.mark.parametrize("skipped", [str(step) for step, _ in resolving._JUDGES if step != "product"])
def test_negative_control_a_judge_left_out_is_found(skipped: str, monkeypatch: pytest.MonkeyPatch) -> None:
    judges = tuple((step, (lambda *_: {}) if step == skipped else judge) for step, judge in resolving._JUDGES)
    monkeypatch.setattr(resolving, "_JUDGES", judges)
    assert is_refuted()


def test_negative_control_another_order_of_ranks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    rankings = resolving._rankings
    monkeypatch.setattr(resolving, "_rankings", lambda *given: rankings(*given)[::-1])
    assert is_refuted()


def test_negative_control_rounding_twice_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = amounts_module.half_up
    monkeypatch.setattr(amounts_module, "half_up", lambda value, digits: exact(Fraction(exact(value, 3)), digits))
    assert is_refuted()
