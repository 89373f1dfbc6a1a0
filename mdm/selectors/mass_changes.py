"""Lines of pricing agreements chosen for a mass change, and mass changes by their public id."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db import connection

from mdm.errors import NotFound
from mdm.models import GoldenStatus, MassChange
from mdm.models.mass_changes import ID_PREFIX
from mdm.pricing.facts import IN_FORCE
from mdm.public_ids import parse_public_id
from mdm.rules.errors import MistypedPublicId


@dataclass(frozen=True, slots=True)
class Selection:
    """Which lines in force; a part that is empty leaves them all. Ids are public, dates ISO.

    `customers` are those that agreements are made for themselves, not their subsidiaries. A line is of a category, with
    all that lies in it, or of a brand when it prices that or a product of it. `ending_by`: with an end on that day or
    earlier, by the line's own end or its agreement's. Ends are exclusive.
    """

    agreements: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    customer_groups: tuple[str, ...] = ()
    price_classes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    currency: str = ""
    ending_by: str = ""

    def as_json(self) -> dict[str, Any]:
        """What is said of it, for keeping and showing."""
        told = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        return {name: value for name, value in told.items() if value}


# A part of the selection that nobody asked for is an empty array or null.
_CHOSEN = """
SELECT line.golden_record_id, line.item_key, line.product_id
FROM mdm_priceline AS line
JOIN mdm_goldenrecord AS golden ON golden.id = line.golden_record_id AND golden.status = %(active)s
JOIN mdm_agreementterms AS terms
  ON terms.golden_record_id = line.golden_record_id AND terms.closed_version IS NULL
 AND terms.status = ANY(%(in_force)s)
LEFT JOIN mdm_product AS product ON product.golden_record_id = line.product_id
WHERE line.closed_version IS NULL
  AND (cardinality(%(agreements)s::bigint[]) = 0 OR line.golden_record_id = ANY(%(agreements)s))
  AND (cardinality(%(customers)s::text[]) = 0
       OR terms.scope_kind = 'customer' AND terms.scope = ANY(%(customers)s))
  AND (cardinality(%(customer_groups)s::text[]) = 0
       OR terms.scope_kind = 'group' AND terms.scope = ANY(%(customer_groups)s))
  AND (cardinality(%(price_classes)s::text[]) = 0
       OR terms.scope_kind = 'price_class' AND terms.scope = ANY(%(price_classes)s))
  AND (cardinality(%(categories)s::text[]) = 0 OR EXISTS (
       SELECT FROM unnest(%(categories)s::text[]) AS asked (name)
       WHERE product.category = asked.name OR starts_with(product.category, asked.name || ' > ')
          OR line.product_scope = 'category:' || asked.name
          OR starts_with(line.product_scope, 'category:' || asked.name || ' > ')))
  AND (cardinality(%(brands)s::text[]) = 0 OR product.brand = ANY(%(brands)s)
       OR line.product_scope = ANY(SELECT 'brand:' || asked.name FROM unnest(%(brands)s::text[]) AS asked (name)))
  AND (cardinality(%(products)s::bigint[]) = 0 OR line.product_id = ANY(%(products)s))
  AND (%(currency)s = '' OR line.currency = %(currency)s)
  AND (%(ending_by)s::date IS NULL OR least(upper(line.valid), upper(terms.valid)) <= %(ending_by)s::date)
ORDER BY line.golden_record_id, line.item_key
LIMIT %(limit)s
"""


def chosen_lines(selection: Selection, *, limit: int) -> Mapping[int, Mapping[str, int | None]]:
    """Keys of chosen lines with the product each prices, by agreement; `limit` lines at most.

    Raises MistypedPublicId.
    """
    parameters: dict[str, Any] = {
        name: list(getattr(selection, name))
        for name in ("customers", "customer_groups", "price_classes", "categories", "brands")
    }
    parameters |= {name: _keys(getattr(selection, name)) for name in ("agreements", "products")}
    ending = date.fromisoformat(selection.ending_by) if selection.ending_by else None
    parameters |= {"currency": selection.currency, "ending_by": ending, "limit": limit}
    chosen: dict[int, dict[str, int | None]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_CHOSEN, {**parameters, "active": GoldenStatus.ACTIVE, "in_force": sorted(IN_FORCE)})
        for golden_id, key, product_id in cursor.fetchall():
            chosen[golden_id][key] = product_id
    return chosen


def mass_change_by_id(public_id: str) -> MassChange:
    """The mass change with its approvals. Raises NotFound."""
    try:
        prefix, pk = parse_public_id(public_id)
    except MistypedPublicId as error:
        raise NotFound(f"{public_id} is no mass change: {error}") from error
    found = MassChange.objects.filter(pk=pk).prefetch_related("approvals").first() if prefix == ID_PREFIX else None
    if found is None:
        raise NotFound(f"There is no mass change {public_id}.")
    return found


def _keys(public_ids: Sequence[str]) -> list[int]:
    return [parse_public_id(each)[1] for each in public_ids]
