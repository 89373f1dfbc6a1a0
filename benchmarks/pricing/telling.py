"""Two systems that hold the agreements under keys of their own, as their documents and the hub's have them."""

# ruff: noqa: S608  # statements are put together from this module's own numbers

from __future__ import annotations

from collections.abc import Iterator

from django.db import connections

from benchmarks.pricing.filling import AT, Sizes
from mdm.entity_types.product import TEXTS

SYSTEMS = ("crm", "erp")
DIFFERING = 50  # of so many lines the CRM has one with another price
_LINE = """
    jsonb_strip_nulls(jsonb_build_object(
        'product', {product}, 'unit', line.unit, 'method', line.method, 'value', trim_scale({value})::text,
        'valid_from', lower(line.valid), 'valid_to', upper(line.valid), 'breaks', tier.told))
"""


def tell_systems(sizes: Sizes) -> None:
    """Documents of the golden agreements, and each system's records of agreements and products."""
    with connections["owner"].cursor() as cursor:
        for table in ("mdm_goldenrecord", "mdm_sourcerecord"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in _statements(sizes):
            cursor.execute(statement)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _statements(sizes: Sizes) -> Iterator[str]:
    at = f"'{AT.isoformat()}'::timestamptz"
    names = ", ".join(name for name in TEXTS if name not in ("name", "status"))
    blanks = ", ".join("''" for name in TEXTS if name not in ("name", "status"))
    yield f"""
        INSERT INTO mdm_product (golden_record_id, extensions, name, status, list_price_currency, cost_currency,
            successor_id, {names})
        SELECT id, '{{}}', '', CASE WHEN id % 40 = 0 THEN 'phased_out' ELSE 'active' END, '', '',
            CASE WHEN id % 60 = 0 THEN id + 1 END, {blanks}
        FROM generate_series({sizes.first_product}, {sizes.first_product + sizes.products - 2}) AS id
    """
    golden = "jsonb_build_object('entity_type', 'product', 'id', substr(line.product_scope, 9))"
    yield f"""
        UPDATE mdm_goldenrecord SET document = jsonb_build_object('attributes', told.attributes)
        FROM ({_agreements(golden, "line.value")}) AS told WHERE id = told.golden_record_id
    """
    for system in SYSTEMS:
        yield f"""
            INSERT INTO mdm_sourcesystem (name, label, connector, mode, base_url, credentials_reference, settings)
            VALUES ('{system}', '{system}', '', 'live', '', '', '{{}}')
        """
        yield f"""
            INSERT INTO mdm_mappingversion (source_system_id, entity_type, number, document, content_hash, created_at)
            SELECT id, 'pricing_agreement', 1, '{{}}', '', {at} FROM mdm_sourcesystem WHERE name = '{system}'
        """
        own = f"jsonb_build_object('system', '{system}', 'entity_type', 'product', 'key', 'P' || line.product_id)"
        other = f"line.value + CASE WHEN line.id % {DIFFERING} = 0 THEN 1 ELSE 0 END"
        value = other if system == "crm" else "line.value"
        yield _records(system, "pricing_agreement", "A", f"SELECT * FROM ({_agreements(own, value)}) AS told")
        products = "SELECT id AS golden_record_id, '{}'::jsonb AS attributes FROM mdm_goldenrecord"
        yield _records(system, "product", "P", f"{products} WHERE entity_type = 'product'")
    yield f"""
        INSERT INTO mdm_crosswalkentry (source_record_id, golden_record_id, linked_at)
        SELECT id, substr(key, 2)::bigint, {at} FROM mdm_sourcerecord
    """


def _agreements(product: str, value: str) -> str:
    """Each agreement with its attributes."""
    return f"""
        SELECT line.golden_record_id, jsonb_build_object('currency', 'EUR', 'lines',
            jsonb_agg({_LINE.format(product=product, value=value)} ORDER BY line.id)) AS attributes
        FROM mdm_priceline line LEFT JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object('quantity_from', trim_scale(quantity_from)::text,
                                                'value', trim_scale(value)::text)) AS told
            FROM mdm_pricebreak
            WHERE golden_record_id = line.golden_record_id AND line_key = line.item_key COLLATE "default"
        ) AS tier ON true
        GROUP BY line.golden_record_id
    """


def _records(system: str, entity_type: str, letter: str, told: str) -> str:
    return f"""
        INSERT INTO mdm_sourcerecord (source_system_id, entity_type, key, payload, canonical, accepted, payload_hash,
            value_hash, received_at, correlation_id)
        SELECT (SELECT id FROM mdm_sourcesystem WHERE name = '{system}'), '{entity_type}',
            '{letter}' || golden_record_id, '{{}}', attributes, '{{}}', '', '', '{AT.isoformat()}', gen_random_uuid()
        FROM ({told}) AS records
    """
