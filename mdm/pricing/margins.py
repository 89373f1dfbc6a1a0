"""How the prices of a line stand to a floor margin, before anybody asks for a quantity. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from mdm.entity_types.agreement_lines import Line
from mdm.entity_types.base import JsonValue
from mdm.pricing.amounts import Floor, price_of
from mdm.pricing.facts import AgreementFacts, Break, Candidate, Party, ProductFacts, Question, Window


@dataclass(frozen=True, slots=True)
class Standing:
    """`margin` is percent of the lowest price that the line has at any of its breaks; None without a cost."""

    floor: Floor
    margin: Decimal | None


def standing_of(line: Line, agreement: Mapping[str, JsonValue], product: ProductFacts, on: date) -> Standing:
    """How a net line of the agreement's document, for that product, stands on a day."""
    currency, unit = str(agreement.get("currency") or ""), str(line.get("unit") or product.base_unit)
    floor = agreement.get("floor_margin")
    terms = AgreementFacts(0, "", "", "", "", 0, Window(), None if floor is None else Decimal(floor))
    breaks = tuple(
        sorted(
            (Break(Decimal(tier["quantity_from"]), Decimal(tier["value"])) for tier in line.get("breaks") or ()),
            key=lambda each: each.quantity_from,
        )
    )
    candidate = Candidate(
        agreement=terms,
        source=terms,
        depth=0,
        line="",
        product_scope="",
        ship_from="",
        unit=unit,
        currency=currency,
        method=str(line["method"]),
        value=Decimal(line["value"]),
        per=Decimal(line.get("per") or 1),
        slices=line.get("break_mode") == "slice",
        breaks=breaks,
        valid=Window(),
    )
    smallest = min([Fraction(1), *(Fraction(each.quantity_from) / 2 for each in breaks if each.quantity_from > 0)])
    quantities = [smallest, *(Fraction(each.quantity_from) for each in breaks if each.quantity_from > 0)]
    prices = [
        price_of(Question(Party(), product.product, quantity, unit, currency, on), product, candidate)
        for quantity in quantities
    ]
    worst = min(prices, key=lambda each: each.unit_price)
    return Standing(worst.floor, worst.margin)
