"""Products as known: what they are, the amounts that percentages start from, and conversions of their units."""

from collections import defaultdict
from collections.abc import Collection
from fractions import Fraction

from mdm.pricing import Conversion, ProductFacts
from mdm.public_ids import public_id
from mdm.selectors.price_facts.known import Knowledge, window_of

_TERMS = """
SELECT golden_record_id, base_unit, category, brand, list_price, list_price_currency, cost, cost_currency, successor_id
FROM mdm_productterms AS fact WHERE golden_record_id = ANY(%(ids)s) AND {known} ORDER BY id
"""
_CONVERSIONS = """
SELECT golden_record_id, unit, numerator, denominator, {window}
FROM mdm_unitconversion AS fact WHERE golden_record_id = ANY(%(ids)s) AND {known} ORDER BY id
"""


def products_of(golden_ids: Collection[int], known: Knowledge) -> dict[int, ProductFacts]:
    """What is known of each product; of one that is retired or was not known yet, that it is not active."""
    ids = {"ids": sorted(golden_ids)}
    conversions: dict[int, list[Conversion]] = defaultdict(list)
    for pk, unit, numerator, denominator, *window in known.rows(_CONVERSIONS, ids):
        conversions[pk].append(Conversion(unit, Fraction(numerator, denominator), window_of(*window)))
    found = {pk: ProductFacts(public_id("PRO", pk), is_active=False) for pk in golden_ids}
    for pk, unit, category, brand, price, price_currency, cost, cost_currency, successor in known.rows(_TERMS, ids):
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
            conversions=tuple(conversions[pk]),
        )
    return found
