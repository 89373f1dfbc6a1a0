"""Prices of products that are not sold any more and that nothing replaces."""

from mdm.radar.base import Kind, found_by, kinds

# What systems call a product that is no longer sold, as the mappings tell it.
NOT_SOLD = ("blocked", "discontinued", "obsolete", "phased_out", "retired")
_LINES = """
SELECT CASE WHEN product.status = 'active' THEN terms.status ELSE 'retired' END,
       line.agreement_id, line.item_key, line.product_id, nullif(line.starts_on, '-infinity'),
       nullif(line.ends_on, 'infinity'), '{}'::jsonb
FROM radar_line line
JOIN mdm_goldenrecord product ON product.id = line.product_id
LEFT JOIN mdm_product terms ON terms.golden_record_id = product.id
WHERE line.ends_on > %(on)s AND terms.successor_id IS NULL
  AND (product.status <> 'active' OR terms.status = ANY(%(not_sold)s))
"""

kinds.register("retired_product")(
    Kind(
        label="Product not sold",
        advice="End the lines, or tell which product replaces it.",
        bands={name: name.replace("_", " ") for name in sorted(NOT_SOLD)},
        asks=frozenset(NOT_SOLD),
        find=found_by("retired_product", _LINES, not_sold=list(NOT_SOLD)),
    )
)
