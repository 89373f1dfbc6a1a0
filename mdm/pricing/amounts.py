"""Amounts of a line that won: exact fractions all the way, rounded once at the end."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from mdm.currencies import minor_digits
from mdm.pricing.facts import Candidate, ProductFacts, Question

UNIT_PRICE_DIGITS = 6  # as many as a line can state


class Floor(StrEnum):
    """How the price stands to the agreement's floor margin; `UNKNOWN` where the product has no cost in the currency."""

    NONE = "none"
    KEPT = "kept"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """A quantity, in the unit asked for, at one value of the line; `quantity_from` is the break's, None below all."""

    quantity: Fraction
    value: Decimal
    quantity_from: Decimal | None
    unit_price: Fraction


@dataclass(frozen=True, slots=True)
class Price:
    """`unit_price` for one unit asked for and `amount` for the whole quantity, both half-up.

    The amount has the currency's minor digits and comes from the exact unit price, never from the rounded one, which
    has `UNIT_PRICE_DIGITS` digits. `is_exact` says that rounding the unit price changed nothing. `margin` is percent of
    the price, None without a cost.
    """

    unit_price: Decimal
    is_exact: bool
    amount: Decimal
    parts: tuple[Part, ...]
    floor: Floor
    margin: Decimal | None


def start_amount(candidate: Candidate, product: ProductFacts, currency: str) -> Decimal | None:
    """What percentages are taken of, for one base unit; None where nobody told it in that currency."""
    if candidate.method == "percent_off":
        return product.list_price if product.list_price_currency == currency else None
    return product.cost if product.cost_currency == currency else None


def price_of(question: Question, product: ProductFacts, candidate: Candidate) -> Price:
    """The line's price. The line can be converted and has what its method starts from: resolving saw to that."""
    unit = candidate.unit or product.base_unit
    line_units = _known(product.ratio(question.unit, unit, question.on))
    parts = tuple(
        Part(
            quantity / line_units,
            value,
            quantity_from,
            _per_line_unit(candidate, product, question, value) * line_units,
        )
        for quantity, value, quantity_from in _portions(candidate, question.quantity * line_units)
    )
    total = sum((part.quantity * part.unit_price for part in parts), Fraction(0))
    exact = total / question.quantity
    unit_price = half_up(exact, UNIT_PRICE_DIGITS)
    floor, margin = _floor(candidate, product, question, exact)
    return Price(
        unit_price=unit_price,
        is_exact=Fraction(unit_price) == exact,
        amount=half_up(total, minor_digits(question.currency)),
        parts=parts,
        floor=floor,
        margin=margin,
    )


def half_up(value: Fraction, digits: int) -> Decimal:
    """The nearest number with so many digits; the middle goes away from zero."""
    scaled = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole if value >= 0 else -whole).scaleb(-digits)


def _portions(candidate: Candidate, quantity: Fraction) -> list[tuple[Fraction, Decimal, Decimal | None]]:
    """(quantity in the line's unit, value, break) of the whole, or of each slice."""
    tiers: list[tuple[Fraction, Decimal, Decimal | None]] = [(Fraction(0), candidate.value, None)]
    tiers += [(Fraction(each.quantity_from), each.value, each.quantity_from) for each in candidate.breaks]
    reached = [tier for tier in tiers if tier[0] <= quantity]
    if not candidate.slices:
        _, value, quantity_from = reached[-1]
        return [(quantity, value, quantity_from)]
    ends = [*(start for start, _, _ in reached[1:]), quantity]
    portions = [(end - start, value, name) for (start, value, name), end in zip(reached, ends, strict=True)]
    return [portion for portion in portions if portion[0] > 0]


def _per_line_unit(candidate: Candidate, product: ProductFacts, question: Question, value: Decimal) -> Fraction:
    if candidate.method == "net":
        return Fraction(value) / Fraction(candidate.per)
    start = Fraction(_known(start_amount(candidate, product, question.currency)))
    base_units = _known(product.ratio(candidate.unit or product.base_unit, product.base_unit, question.on))
    percent = -Fraction(value) if candidate.method == "percent_off" else Fraction(value)
    return start * base_units * (100 + percent) / 100


def _floor(
    candidate: Candidate, product: ProductFacts, question: Question, unit_price: Fraction
) -> tuple[Floor, Decimal | None]:
    base_units = product.ratio(question.unit, product.base_unit, question.on)
    floor = candidate.agreement.floor_margin
    if product.cost is None or product.cost_currency != question.currency or base_units is None:
        return (Floor.NONE if floor is None else Floor.UNKNOWN), None
    cost = Fraction(product.cost) * base_units
    margin = half_up((unit_price - cost) / unit_price * 100, 4) if unit_price else None
    if floor is None:
        return Floor.NONE, margin
    kept = cost <= unit_price * (100 - Fraction(floor)) / 100
    return (Floor.KEPT if kept else Floor.VIOLATED), margin


def _known(value: Fraction | Decimal | None) -> Fraction:
    if value is None:
        raise ValueError("a line without conversion or amount cannot win")
    return Fraction(value)
