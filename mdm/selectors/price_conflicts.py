"""Prices that stand against each other: lines of agreements of equal rank, for one thing, on one day, not the same."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from django.db import connection
from django.db.models import QuerySet

from mdm.models import GoldenRecord, PriceConflict
from mdm.pricing.facts import IN_FORCE
from mdm.public_ids import public_id

_OPEN = {"in_force": sorted(IN_FORCE)}

# Ids and item keys are compared in collation C; indexes on other texts have the database's own, and need the same.
# Agreements of one rank are made for the same buyers, with the same precedence, on a common day. Their number is the
# first thing to ask: nearly all agreements have no such rival, and then no line is read.
_PAIRS = """
SELECT DISTINCT least(one.golden_record_id, other.golden_record_id),
                greatest(one.golden_record_id, other.golden_record_id)
FROM mdm_agreementterms AS one
JOIN mdm_agreementterms AS other
  ON other.scope_kind = one.scope_kind AND other.scope = one.scope AND other.precedence = one.precedence
 AND other.valid && one.valid AND other.golden_record_id <> one.golden_record_id
WHERE one.golden_record_id = ANY(%(ids)s)
  AND one.closed_version IS NULL AND one.status = ANY(%(in_force)s)
  AND other.closed_version IS NULL AND other.status = ANY(%(in_force)s)
"""

# A line that is taken over counts on the days that no nearer agreement prices the same product and ship-from. A line
# without breaks may take some over: where either side does, the two are held for different rather than for the same.
_LINES = """
WITH RECURSIVE pair AS (
    SELECT * FROM unnest(%(lefts)s::bigint[], %(rights)s::bigint[]) AS pair (left_id, right_id)
), agreement AS (
    SELECT left_id AS id FROM pair UNION SELECT right_id FROM pair
), lineage AS (
    SELECT terms.golden_record_id AS agreement, terms.golden_record_id AS source, 0 AS depth, terms.valid,
           CASE WHEN terms.inherits THEN terms.parent_key ELSE '' END AS parent_key
    FROM agreement JOIN mdm_agreementterms terms ON terms.golden_record_id = agreement.id
    WHERE terms.closed_version IS NULL
    UNION ALL
    SELECT lineage.agreement, terms.golden_record_id, lineage.depth + 1, lineage.valid * terms.valid,
           CASE WHEN terms.inherits THEN terms.parent_key ELSE '' END
    FROM lineage
    JOIN mdm_goldenrecord parent ON parent.public_id = lineage.parent_key
    JOIN mdm_agreementterms terms ON terms.golden_record_id = parent.id
    WHERE lineage.parent_key <> '' AND lineage.depth < 20
      AND terms.closed_version IS NULL AND terms.status = ANY(%(in_force)s)
), line AS (
    SELECT lineage.agreement, lineage.source, lineage.depth, fact.item_key, fact.product_scope,
           coalesce(fact.ship_from_id, 0) AS ship_from, fact.currency, fact.unit, fact.method, fact.value, fact.per,
           fact.break_mode, fact.valid * lineage.valid AS valid, breaks.told AS breaks,
           breaks.told IS NULL AND (lineage.depth > 0 OR lineage.parent_key <> '') AS may_take_breaks
    FROM lineage
    JOIN mdm_priceline fact ON fact.golden_record_id = lineage.source AND fact.closed_version IS NULL
    LEFT JOIN LATERAL (
        SELECT string_agg(tier.quantity_from || ':' || tier.value, ',' ORDER BY tier.quantity_from) AS told
        FROM mdm_pricebreak tier
        WHERE tier.golden_record_id = fact.golden_record_id AND tier.line_key = fact.item_key COLLATE "default"
          AND tier.closed_version IS NULL
    ) AS breaks ON true
    WHERE NOT isempty(fact.valid * lineage.valid)
), counting AS (
    SELECT line.*, datemultirange(line.valid) - coalesce((
        SELECT range_agg(nearer.valid) FROM line AS nearer
        WHERE nearer.agreement = line.agreement AND nearer.product_scope = line.product_scope
          AND nearer.ship_from = line.ship_from AND nearer.depth < line.depth
    ), '{}'::datemultirange) AS days
    FROM line
    WHERE line.depth > 0
    UNION ALL
    SELECT line.*, datemultirange(line.valid) FROM line WHERE line.depth = 0
)
SELECT pair.left_id, pair.right_id, one.item_key, other.item_key, one.product_scope,
       lower(one.days * other.days), upper(one.days * other.days),
       jsonb_build_object('method', one.method, 'value', trim_scale(one.value)::text, 'per', trim_scale(one.per)::text),
       jsonb_build_object('method', other.method, 'value', trim_scale(other.value)::text,
                          'per', trim_scale(other.per)::text)
FROM pair
JOIN counting one ON one.agreement = pair.left_id
JOIN counting other ON other.agreement = pair.right_id
 AND other.product_scope = one.product_scope AND other.ship_from = one.ship_from AND other.currency = one.currency
WHERE one.days && other.days
  AND (one.source, one.item_key) <> (other.source, other.item_key)
  AND (
      (one.method, one.value, one.per, one.unit) <> (other.method, other.value, other.per, other.unit)
      OR (one.breaks, CASE WHEN one.breaks IS NOT NULL THEN one.break_mode END)
         IS DISTINCT FROM (other.breaks, CASE WHEN other.breaks IS NOT NULL THEN other.break_mode END)
      OR one.may_take_breaks OR other.may_take_breaks
  )
ORDER BY pair.left_id, pair.right_id, one.item_key, other.item_key
"""

_HEIRS = """
WITH RECURSIVE heir (id) AS (
    SELECT unnest(%(ids)s::bigint[])
    UNION
    SELECT terms.golden_record_id
    FROM heir JOIN mdm_goldenrecord parent ON parent.id = heir.id
    JOIN mdm_agreementterms terms ON terms.parent_key = parent.public_id COLLATE "default"
    WHERE terms.inherits AND terms.closed_version IS NULL
)
SELECT id FROM heir
"""
_ABOUT = """
SELECT golden_record_id FROM mdm_agreementterms
WHERE closed_version IS NULL AND scope_kind IN ('customer', 'location') AND scope = ANY(%(public_ids)s)
UNION
SELECT golden_record_id FROM mdm_priceline
WHERE closed_version IS NULL AND (product_id = ANY(%(ids)s) OR ship_from_id = ANY(%(ids)s))
"""


@dataclass(frozen=True, slots=True)
class LineConflict:
    """Two lines by their keys, with the thing both price and the first and last days they meet, open where empty.

    `valid_to` is exclusive. `left` and `right` are the golden ids of the agreements, the lower first; they are the same
    for two lines of one agreement, of which the second is not in force: the keys alone tell of those. Prices have
    `method`, `value` and `per`, without breaks.
    """

    left: str
    right: str
    left_line: str
    right_line: str
    product_scope: str
    valid_from: str
    valid_to: str
    left_price: Mapping[str, str] = field(default_factory=dict)
    right_price: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For keeping."""
        return asdict(self)


def price_conflicts_of(agreement_ids: Collection[int]) -> list[LineConflict]:
    """What stands against lines of these agreements, or would take over from them, as committed and written so far."""
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"ids": list(agreement_ids), **_OPEN})
        pairs = cursor.fetchall()
        if not pairs:
            return []
        asked = {"lefts": [left for left, _ in pairs], "rights": [right for _, right in pairs], **_OPEN}
        cursor.execute(_LINES, asked)
        return [_conflict(row) for row in cursor.fetchall()]


def heirs_of(agreement_ids: Collection[int]) -> set[int]:
    """These agreements and all that take over lines from them, near or far."""
    with connection.cursor() as cursor:
        cursor.execute(_HEIRS, {"ids": list(agreement_ids)})
        return {pk for (pk,) in cursor.fetchall()}


def agreements_about(golden_ids: Collection[int]) -> set[int]:
    """Agreements made for these customers and places, or with lines for these products; their heirs included."""
    public_ids = GoldenRecord.objects.filter(pk__any=list(golden_ids)).values_list("public_id", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, {"ids": list(golden_ids), "public_ids": list(public_ids)})
        found = {pk for (pk,) in cursor.fetchall()}
    return heirs_of(found) if found else found


def open_price_conflicts(agreement_ids: Collection[int]) -> QuerySet[PriceConflict]:
    """Conflicts that are known and open with one of these agreements on either side, in a fixed order."""
    ids = list(agreement_ids)
    rows = PriceConflict.objects.filter(closed_at=None)
    return (rows.filter(left__any=ids) | rows.filter(right__any=ids)).order_by("left_id", "right_id")


def scopes_of(agreement_ids: Collection[int]) -> list[str]:
    """Whom these agreements are made for, as one text each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT scope_kind || '|' || scope FROM mdm_agreementterms"
            " WHERE golden_record_id = ANY(%s) AND closed_version IS NULL",
            [list(agreement_ids)],
        )
        return [scope for (scope,) in cursor.fetchall()]


def _conflict(row: tuple[Any, ...]) -> LineConflict:
    left, right, left_line, right_line, scope, start, end, left_price, right_price = row
    return LineConflict(
        public_id("PAG", left),
        public_id("PAG", right),
        left_line,
        right_line,
        scope,
        start.isoformat() if start else "",
        end.isoformat() if end else "",
        orjson.loads(left_price),
        orjson.loads(right_price),
    )
