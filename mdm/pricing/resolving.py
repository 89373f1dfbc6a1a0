"""One price for a question, or why there is none; and for every other line the step that removed it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from mdm.pricing.amounts import Price, price_of, start_amount
from mdm.pricing.facts import IN_FORCE, Candidate, ProductFacts, Question, party_scopes, product_scopes


class Step(StrEnum):
    """In this order lines are removed; those made for another place to ship from go before lines are ranked."""

    DATE = "date"
    STATUS = "status"
    INHERITANCE = "inheritance"
    CURRENCY = "currency"
    UNIT = "unit"
    AMOUNT = "amount"
    SCOPE = "scope"
    PRODUCT = "product"
    SHIP_FROM = "ship_from"
    PRECEDENCE = "precedence"
    START = "start"
    ID = "id"


class Outcome(StrEnum):
    """`CONFLICT`: lines of equal rank state different prices, and a person must say which one holds."""

    PRICE = "price"
    NO_PRICE = "no_price"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Removed:
    """A line that does not answer, with the step that removed it and the reason in plain words."""

    candidate: Candidate
    step: Step
    reason: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer. `price` and `winner` are None unless the outcome is `PRICE`; `rivals` are the lines in conflict."""

    outcome: Outcome
    winner: Candidate | None
    price: Price | None
    rivals: tuple[Candidate, ...]
    removed: tuple[Removed, ...]


def resolve(question: Question, product: ProductFacts, candidates: Iterable[Candidate]) -> Resolution:
    """Remove lines step by step until one is left. The order of `candidates` never matters.

    Candidates are lines whose scope and product fit the question; everything else about them is judged here.
    """
    alive = sorted(candidates, key=_identity)
    removed: list[Removed] = []
    for step, judge in _JUDGES:
        if step is Step.INHERITANCE:
            alive = [_with_inherited_breaks(each, alive) for each in alive]
        alive = _sift(alive, removed, step, judge(question, product, alive))
    for step, rank, reason in _rankings(question, product):
        alive = _best(alive, removed, step, rank, reason)
    if _disagree(alive):
        return Resolution(Outcome.CONFLICT, None, None, tuple(alive), tuple(removed))
    for step, rank, reason in _TIES:
        alive = _best(alive, removed, step, rank, reason)
    if not alive:
        return Resolution(Outcome.NO_PRICE, None, None, (), tuple(removed))
    winner = alive[0]
    return Resolution(Outcome.PRICE, winner, price_of(question, product, winner), (), tuple(removed))


Reasons = dict[int, str]  # place among the lines that are left → why it goes
Rank = Callable[[Candidate], tuple[int | str, ...] | int]


def _sift(alive: list[Candidate], removed: list[Removed], step: Step, reasons: Reasons) -> list[Candidate]:
    if not reasons:
        return alive
    removed += [Removed(alive[place], step, reason) for place, reason in reasons.items()]
    return [each for place, each in enumerate(alive) if place not in reasons]


def _best(alive: list[Candidate], removed: list[Removed], step: Step, rank: Rank, reason: str) -> list[Candidate]:
    if len(alive) < 2:
        return alive
    ranks = [rank(each) for each in alive]
    best = min(ranks)
    return _sift(alive, removed, step, {place: reason for place, each in enumerate(ranks) if each != best})


def _identity(candidate: Candidate) -> tuple[int, int, str]:
    return candidate.agreement.number, candidate.source.number, candidate.line


def _disagree(alive: Sequence[Candidate]) -> bool:
    """Whether agreements of equal rank state different prices."""
    said: dict[int, set[object]] = {}
    for each in alive:
        said.setdefault(each.agreement.number, set()).add(each.statement)
    return len({frozenset(statements) for statements in said.values()}) > 1


def _with_inherited_breaks(candidate: Candidate, alive: Sequence[Candidate]) -> Candidate:
    """A line without breaks takes over those that the nearest parent has for the same product, unit and method."""
    if candidate.breaks or len(alive) < 2:
        return candidate
    key = _product_key(candidate), candidate.unit, candidate.currency, candidate.method, candidate.per
    for each in sorted(alive, key=lambda each: (each.depth, _identity(each))):
        same = key == (_product_key(each), each.unit, each.currency, each.method, each.per)
        if same and each.depth > candidate.depth and each.breaks:
            return replace(candidate, breaks=each.breaks, slices=each.slices)
    return candidate


def _by_date(question: Question, product: ProductFacts, alive: Sequence[Candidate]) -> Reasons:
    reasons = {}
    for place, each in enumerate(alive):
        if not each.valid.holds(question.on):
            reasons[place] = "The line does not hold on that day."
        elif not (each.agreement.valid.holds(question.on) and each.source.valid.holds(question.on)):
            reasons[place] = "The agreement does not hold on that day."
    return reasons


def _by_status(question: Question, product: ProductFacts, alive: Sequence[Candidate]) -> Reasons:
    return {
        place: f"The agreement is {status}."
        for place, each in enumerate(alive)
        for status in [next((s for s in (each.agreement.status, each.source.status) if s not in IN_FORCE), None)]
        if status is not None
    }


def _by_inheritance(question: Question, product: ProductFacts, alive: Sequence[Candidate]) -> Reasons:
    """An agreement's own line replaces those its ancestors have for the same product and ship-from."""
    nearest: dict[tuple[int, str, str], int] = {}
    for each in alive:
        key = _product_key(each)
        nearest[key] = min(each.depth, nearest.get(key, each.depth))
    return {
        place: "The agreement, or a nearer parent, has a line of its own for this."
        for place, each in enumerate(alive)
        if each.depth > nearest[_product_key(each)]
    }


def _by_currency(question: Question, product: ProductFacts, alive: Sequence[Candidate]) -> Reasons:
    return {
        place: f"The line is in {each.currency}; amounts are never converted silently."
        for place, each in enumerate(alive)
        if each.currency != question.currency
    }


def _by_unit(question: Question, product: ProductFacts, alive: Sequence[Candidate]) -> Reasons:
    """What cannot be converted goes; and where an agreement prices the unit asked for, its prices of other units."""
    direct = {_product_key(each) for each in alive if _unit(each, product) == question.unit}
    reasons = {}
    for place, each in enumerate(alive):
        unit = _unit(each, product)
        if unit == question.unit:
            continue
        if product.ratio(question.unit, unit, question.on) is None:
            reasons[place] = f"No conversion is known between {question.unit or 'no unit'} and {unit or 'no unit'}."
        elif _product_key(each) in direct:
            reasons[place] = "The agreement prices the unit asked for in a line of its own."
    return reasons


def _by_amount(question: Question, product: ProductFacts, alive: Sequence[Candidate]) -> Reasons:
    reasons = {}
    for place, each in enumerate(alive):
        if each.method == "net":
            if min([each.value, *(tier.value for tier in each.breaks)]) < 0:
                reasons[place] = "The line states a price below zero."
        elif start_amount(each, product, question.currency) is None:
            what = "list price" if each.method == "percent_off" else "cost"
            reasons[place] = f"The product has no {what} in {question.currency}."
        elif each.method == "percent_off" and max([each.value, *(tier.value for tier in each.breaks)]) > 100:
            reasons[place] = "The line takes off more than all of the list price."
    return reasons


def _by_ship_from(question: Question, product: ProductFacts, alive: Sequence[Candidate]) -> Reasons:
    return {
        place: "The line is made for another place to ship from."
        for place, each in enumerate(alive)
        if each.ship_from not in ("", question.ship_from)
    }


def _by_product(question: Question, product: ProductFacts, alive: Sequence[Candidate]) -> Reasons:
    return {} if product.is_active else dict.fromkeys(range(len(alive)), "The product is not active.")


_JUDGES = (
    (Step.PRODUCT, _by_product),
    (Step.DATE, _by_date),
    (Step.STATUS, _by_status),
    (Step.INHERITANCE, _by_inheritance),
    (Step.CURRENCY, _by_currency),
    (Step.UNIT, _by_unit),
    (Step.AMOUNT, _by_amount),
    (Step.SHIP_FROM, _by_ship_from),
)


def _rankings(question: Question, product: ProductFacts) -> tuple[tuple[Step, Rank, str], ...]:
    scopes = {scope: place for place, scope in reversed(list(enumerate(party_scopes(question.party))))}
    products = {scope: place for place, scope in enumerate(product_scopes(product))}
    return (
        (
            Step.SCOPE,
            lambda each: scopes[each.agreement.scope_kind, each.agreement.scope],
            "Another agreement is made for a narrower circle of buyers.",
        ),
        (Step.PRODUCT, lambda each: products[each.product_scope], "Another line names the product more narrowly."),
        (Step.SHIP_FROM, lambda each: not each.ship_from, "Another line is made for the place it ships from."),
        (Step.PRECEDENCE, lambda each: -each.agreement.precedence, "Another agreement has a higher precedence."),
    )


_TIES: tuple[tuple[Step, Rank, str], ...] = (
    (
        Step.START,
        lambda each: -(each.valid.start or date.min).toordinal(),
        "Another line that says the same, or another unit of the same agreement, starts later.",
    ),
    (Step.ID, _identity, "Another line has the lower id; nothing else tells the two apart."),
)


def _product_key(candidate: Candidate) -> tuple[int, str, str]:
    return candidate.agreement.number, candidate.product_scope, candidate.ship_from


def _unit(candidate: Candidate, product: ProductFacts) -> str:
    return candidate.unit or product.base_unit
