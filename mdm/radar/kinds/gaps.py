"""Days between two prices of a buyer for a thing, on which it has none of its own."""

from mdm.radar.base import Kind, found_by, kinds

# The hole is told of the agreement whose line ends before it, the lowest where several end on that day.
_HOLES = """
SELECT DISTINCT ON (before.buyer, before.thing, before.ship_from, before.currency, before.ends_on)
       CASE WHEN hole.covered_until <= %(on)s THEN 'open' ELSE 'ahead' END,
       before.agreement_id, before.item_key, before.product_id, hole.covered_until, hole.starts_on,
       jsonb_build_object('then_agreement', golden.public_id, 'then_line', hole.item_key)
FROM radar_line hole
JOIN radar_line before
  ON before.buyer = hole.buyer AND before.thing = hole.thing AND before.ship_from = hole.ship_from
 AND before.currency = hole.currency AND before.ends_on = hole.covered_until
JOIN mdm_goldenrecord golden ON golden.id = hole.agreement_id
WHERE hole.starts_on > hole.covered_until AND hole.starts_on > %(on)s
ORDER BY before.buyer, before.thing, before.ship_from, before.currency, before.ends_on,
         before.agreement_id, before.item_key, hole.agreement_id, hole.item_key
"""

kinds.register("gap")(
    Kind(
        label="Gap",
        advice="Let the earlier line end later or the later one begin earlier, unless no price is meant.",
        bands={"open": "open today", "ahead": "ahead"},
        asks=frozenset({"open", "ahead"}),
        find=found_by("gap", _HOLES),
        urgent=frozenset({"open"}),
    )
)
