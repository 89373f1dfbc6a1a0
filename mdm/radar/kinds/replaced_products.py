"""Prices of products that have a successor: the successor does not take them over."""

from mdm.radar.base import Kind, found_by, kinds

_LINES = """
SELECT CASE WHEN priced.buyer IS NULL THEN 'unpriced' ELSE 'priced' END,
       line.agreement_id, line.item_key, line.product_id, nullif(line.starts_on, '-infinity'),
       nullif(line.ends_on, 'infinity'), jsonb_build_object('successor', successor.public_id)
FROM radar_line line
JOIN mdm_product terms ON terms.golden_record_id = line.product_id
JOIN mdm_goldenrecord successor ON successor.id = terms.successor_id
LEFT JOIN (
    SELECT DISTINCT buyer, product_id FROM radar_line
    WHERE ends_on > %(on)s AND product_id IN (SELECT successor_id FROM mdm_product)
) AS priced ON priced.buyer = line.buyer AND priced.product_id = terms.successor_id
WHERE line.ends_on > %(on)s
"""

kinds.register("replaced_product")(
    Kind(
        label="Product replaced",
        advice="Price the successor for the same buyer, then end the lines.",
        bands={"unpriced": "successor without a price", "priced": "successor has a price"},
        asks=frozenset({"unpriced"}),
        find=found_by("replaced_product", _LINES),
    )
)
