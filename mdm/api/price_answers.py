"""Prices as the API tells them: amounts as texts, every line with the step that removed it."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from mdm.decimals import canonical_decimal
from mdm.pricing import Candidate, Step
from mdm.pricing.amounts import Part, Price, half_up
from mdm.services.prices import Answer

Told = dict[str, Any]  # JSON
QUANTITY_DIGITS = 6


def told_answer(answer: Answer) -> Told:
    """One line of the answer."""
    question, resolution = answer.question, answer.resolution
    trace = [_candidate(each, None, None) for each in (resolution.winner, *resolution.rivals) if each is not None]
    trace += [_candidate(each.candidate, each.step, each.reason) for each in reversed(resolution.removed)]
    return {
        "outcome": resolution.outcome,
        "product": question.product,
        "successor": answer.product.successor or None,
        "customer": question.party.customer or None,
        "ship_to": question.party.ship_to or None,
        "ship_to_is_its_own": answer.ship_to_is_its_own,
        "ship_from": question.ship_from or None,
        "quantity": _quantity(question.quantity),
        "unit": question.unit,
        "currency": question.currency,
        "valid_on": question.on.isoformat(),
        "price": None if resolution.price is None else _price(resolution.price),
        "winner": None if resolution.winner is None else _name(resolution.winner),
        "conflict": [_name(each) for each in resolution.rivals],
        "trace": trace,
    }


def _name(candidate: Candidate) -> Told:
    return {"agreement": candidate.agreement.agreement, "line": candidate.line}


def _candidate(candidate: Candidate, removed_by: Step | None, reason: str | None) -> Told:
    return {
        "agreement": candidate.agreement.agreement,
        "line": candidate.line,
        "inherited_from": candidate.source.agreement if candidate.depth else None,
        "scope_kind": candidate.agreement.scope_kind,
        "scope": candidate.agreement.scope,
        "product_scope": candidate.product_scope,
        "ship_from": candidate.ship_from or None,
        "precedence": candidate.agreement.precedence,
        "method": candidate.method,
        "value": _decimal(candidate.value),
        "per": _decimal(candidate.per),
        "unit": candidate.unit,
        "currency": candidate.currency,
        "valid_from": candidate.valid.start.isoformat() if candidate.valid.start else None,
        "valid_to": candidate.valid.end.isoformat() if candidate.valid.end else None,
        "removed_by": removed_by,
        "reason": reason,
    }


def _price(price: Price) -> Told:
    return {
        "unit_price": _decimal(price.unit_price),
        "is_exact": price.is_exact,
        "amount": str(price.amount),
        "parts": [_part(part) for part in price.parts],
        "floor": price.floor,
        "margin_percent": None if price.margin is None else _decimal(price.margin),
    }


def _part(part: Part) -> Told:
    return {
        "quantity": _quantity(part.quantity),
        "value": _decimal(part.value),
        "break_from": None if part.quantity_from is None else _decimal(part.quantity_from),
    }


def _quantity(value: Fraction) -> str:
    return _decimal(half_up(value, QUANTITY_DIGITS))


def _decimal(value: Decimal) -> str:
    return canonical_decimal(str(value)) or str(value)
