"""Products as known: what they are, the amounts that percentages start from, and conversions of their units."""

from collections.abc import Collection
from datetime import date
from fractions import Fraction

from mdm.pricing import Conversion, ProductFacts, Window
from mdm.public_ids import public_id
from mdm.selectors.price_facts.known import Knowledge

# Conversions come as an array of (unit, numerator, denominator, from, to): as text, since an array is of one type.
_PRODUCTS = """
SELECT golden_record_id, base_unit, category, brand, list_price, list_price_currency, cost, cost_currency, successor_id,
       ARRAY(
           SELECT ARRAY[fact.unit, fact.numerator::text, fact.denominator::text, lower(fact.valid)::text,
                        upper(fact.valid)::text]
           FROM mdm_unitconversion AS fact
           WHERE fact.golden_record_id = product.golden_record_id AND NOT isempty(fact.valid) AND {known}
           ORDER BY fact.id
       )
FROM (SELECT * FROM mdm_productterms AS fact WHERE golden_record_id = ANY(%(ids)s) AND {known}) AS product
ORDER BY id
"""


def products_of(golden_ids: Collection[int], known: Knowledge) -> dict[int, ProductFacts]:
    """What is known of each product; of one that is retired or was not known yet, that it is not active."""
    found = {pk: ProductFacts(public_id("PRO", pk), is_active=False) for pk in golden_ids}
    for pk, unit, category, brand, price, price_currency, cost, cost_currency, successor, conversions in known.rows(
        _PRODUCTS, {"ids": sorted(golden_ids)}
    ):
        found[pk] = ProductFacts(
            product=public_id("PRO", pk),
            base_unit=unit,
            category=category,
            brand=brand,
            list_price=price,
            list_price_currency=price_currency,
            cost=cost,
            cost_currency=cost_currency,
            successor=public_id("PRO", successor) if successor else "",
            conversions=tuple(_conversion(*each) for each in conversions),
        )
    return found


def _conversion(unit: str, numerator: str, denominator: str, start: str | None, end: str | None) -> Conversion:
    days = Window(date.fromisoformat(start) if start else None, date.fromisoformat(end) if end else None)
    return Conversion(unit, Fraction(int(numerator), int(denominator)), days)
