"""Customers in trees, products and agreements, written as facts without the way through source records."""

# ruff: noqa: S608  # statements are put together from this module's own numbers

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connections

from mdm.actors import SYSTEM
from mdm.public_ids import public_id
from mdm.services.rule_set_versions import ensure_rule_sets
from mdm.services.rule_sets import published_rules

AT = datetime(2026, 1, 1, tzinfo=UTC)
CHILDREN = 8  # customers under each parent
GROUPS, CLASSES, CATEGORIES, BRANDS = 500, 20, 400, 100
_GOLDEN = (
    "COPY mdm_goldenrecord (id, entity_type, public_id, status, version, title, document, lineage, quality,"
    " rule_set_id, effective_at, created_at, updated_at) FROM STDIN"
)
_FACT = "valid, recorded, content_hash, opened_version"
_KNOWN = f"daterange(NULL, NULL), tstzrange('{AT.isoformat()}', NULL), sha256('fact'), 1"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many there are. The ids of each kind follow those of the kind before.

    One agreement is made for everyone and lists every product, one for each class a quarter of them, one for each group
    200; customers have one of their own with `own_lines`, as many of them as bring the lines to `lines`.
    """

    customers: int
    products: int
    lines: int
    own_lines: int = 20

    @property
    def first_product(self) -> int:
        return self.customers + 1

    @property
    def first_agreement(self) -> int:
        return self.customers + self.products + 1

    @property
    def shared_lines(self) -> list[int]:
        """Lines of the agreements that are nobody's own."""
        few, many = min(200, self.products), max(self.products // 4, 1)
        return [self.products, *([many] * CLASSES), *([few] * GROUPS)]

    @property
    def own_agreements(self) -> int:
        left = max(self.lines - sum(self.shared_lines), self.own_lines)
        return min(left // self.own_lines, self.customers)

    @property
    def agreements(self) -> int:
        return len(self.shared_lines) + self.own_agreements


def fill(sizes: Sizes) -> int:
    """Write everything, as known at feed position 1 and since; returns how many lines there are."""
    ensure_rule_sets(actor=SYSTEM, at=AT)
    rule_set = published_rules("customer").rule_set_id
    with connections["owner"].cursor() as cursor:
        # Versions without history would be refused, rightly; the exclusion constraints come last, which is quicker.
        for table in ("mdm_goldenrecord", "mdm_historicalgoldenrecord"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                       " WHERE conrelid = 'mdm_priceline'::regclass AND contype = 'x'")  # fmt: skip
        excluding = cursor.fetchall()
        for name, _ in excluding:
            cursor.execute(f"ALTER TABLE mdm_priceline DROP CONSTRAINT {name}")
        with cursor.copy(_GOLDEN) as rows:
            for row in _golden_rows(sizes):
                rows.write_row((*row, "active", 1, "", "{}", "{}", 1.0, rule_set, AT, AT, AT))
        for statement in _statements(sizes):
            cursor.execute(statement)
        for name, definition in excluding:
            cursor.execute(f"ALTER TABLE mdm_priceline ADD CONSTRAINT {name} {definition}")
        cursor.execute("SELECT count(*) FROM mdm_priceline")
        count = cursor.fetchone()[0]
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return int(count)


def _golden_rows(sizes: Sizes) -> Iterator[tuple[int, str, str]]:
    kinds = (("customer", "CUS", sizes.customers), ("product", "PRO", sizes.products))
    pk = 0
    for entity_type, prefix, count in (*kinds, ("pricing_agreement", "PAG", sizes.agreements)):
        for _ in range(count):
            pk += 1
            yield pk, entity_type, public_id(prefix, pk)


def _statements(sizes: Sizes) -> Iterator[str]:
    agreement, product = sizes.first_agreement, sizes.first_product
    classes, groups, own = agreement + 1, agreement + 1 + CLASSES, agreement + 1 + CLASSES + GROUPS
    yield """
        INSERT INTO mdm_historicalgoldenrecord (id, entity_type, public_id, status, version, title, document, lineage,
            quality, rule_set_id, effective_at, updated_at, history_date, history_type, actor, correlation_id,
            feed_position)
        SELECT id, entity_type, public_id, status, version, title, document, lineage, quality, rule_set_id,
            effective_at, updated_at, updated_at, '+', 'system', gen_random_uuid(), id FROM mdm_goldenrecord
    """
    yield f"INSERT INTO mdm_sequencer (name, last_position) VALUES ('feed', {own + sizes.own_agreements})"
    yield f"""
        INSERT INTO mdm_hierarchyedge (golden_record_id, item_key, {_FACT}, tree, parent_id)
        SELECT id, 'legal', {_KNOWN}, 'legal', (id + {CHILDREN - 2}) / {CHILDREN}
        FROM generate_series(2, {sizes.customers}) AS id
    """
    for kind, many in (("customer_group", GROUPS), ("price_class", CLASSES)):
        yield f"""
            INSERT INTO mdm_scopemembership (golden_record_id, item_key, {_FACT}, kind, scope)
            SELECT id, '{kind}', {_KNOWN}, '{kind}', '{kind} ' || id % {many}
            FROM generate_series(1, {sizes.customers}) AS id
        """
    yield f"""
        INSERT INTO mdm_productterms (golden_record_id, item_key, {_FACT}, base_unit, category, brand, list_price,
            list_price_currency, cost, cost_currency)
        SELECT id, 'terms', {_KNOWN}, 'piece', 'Range ' || id % 20 || ' > Kind ' || id % {CATEGORIES},
            'Brand ' || id % {BRANDS}, 10 + id % 90, 'EUR', 5 + id % 45, 'EUR'
        FROM generate_series({product}, {product + sizes.products - 1}) AS id
    """
    yield f"""
        INSERT INTO mdm_unitconversion (golden_record_id, item_key, {_FACT}, unit, numerator, denominator)
        SELECT id, 'box', {_KNOWN}, 'box', 12, 1 FROM generate_series({product}, {product + sizes.products - 1}) AS id
    """
    yield f"""
        INSERT INTO mdm_agreementterms (golden_record_id, item_key, {_FACT}, status, currency, scope_kind, scope,
            parent_key, inherits, precedence)
        SELECT id, 'terms', {_KNOWN}, 'active', 'EUR',
            CASE WHEN id < {classes} THEN 'everyone' WHEN id < {groups} THEN 'price_class' WHEN id < {own} THEN 'group'
                 ELSE 'customer' END,
            CASE WHEN id < {classes} THEN '' WHEN id < {groups} THEN 'price_class ' || id - {classes}
                 WHEN id < {own} THEN 'customer_group ' || id - {groups}
                 ELSE (SELECT public_id FROM mdm_goldenrecord buyer WHERE buyer.id = agreement.id - {own - 1}) END,
            '', false, 0
        FROM mdm_goldenrecord agreement WHERE entity_type = 'pricing_agreement'
    """
    first = agreement
    for count in dict.fromkeys(sizes.shared_lines):
        many = sizes.shared_lines.count(count)
        yield _lines(sizes, first, many, count)
        first += many
    yield _lines(sizes, own, sizes.own_agreements, sizes.own_lines)
    yield f"""
        INSERT INTO mdm_pricebreak (golden_record_id, item_key, {_FACT}, line_key, quantity_from, value)
        SELECT golden_record_id, item_key || '|' || quantity, {_KNOWN}, item_key, quantity,
            value * (100 - quantity / 10) / 100
        FROM mdm_priceline, unnest(ARRAY[10, 100]) AS quantity WHERE mdm_priceline.id % 10 = 0
    """


def _lines(sizes: Sizes, first: int, agreements: int, lines: int) -> str:
    """Of each agreement so many lines, for products spread over all, dated for a year or open."""
    thing = (
        f"{sizes.first_product} + (agreement * 7919 + number * {max(sizes.products // lines, 1)}) % {sizes.products}"
    )
    return f"""
        INSERT INTO mdm_priceline (golden_record_id, item_key, {_FACT}, product_scope, product_id, unit, currency,
            method, value, per, break_mode)
        SELECT agreement, 'product:' || public_id || '||piece|2026-01-01',
            daterange('2026-01-01', CASE WHEN number % 3 = 0 THEN date '2027-01-01' END),
            tstzrange('{AT.isoformat()}', NULL), sha256('fact'), 1, 'product:' || public_id, thing, 'piece', 'EUR',
            CASE WHEN number % 20 = 19 THEN 'percent_off' ELSE 'net' END, 5 + (agreement + number) % 50, 1, 'whole'
        FROM (
            SELECT DISTINCT ON (agreement, thing) agreement, number, thing
            FROM generate_series({first}, {first + agreements - 1}) AS agreement,
                 generate_series(0, {lines - 1}) AS number, LATERAL (SELECT {thing} AS thing) AS named
            ORDER BY agreement, thing, number
        ) AS line JOIN mdm_goldenrecord priced ON priced.id = line.thing
    """
