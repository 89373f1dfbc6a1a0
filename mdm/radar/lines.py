"""The lines that all kinds look at, side by side with those before them for the same buyer and product."""

from django.db import connection

from mdm.pricing.facts import IN_FORCE

# A line holds while its agreement does. Lines for one buyer, thing, place to ship from and currency follow each other,
# whichever agreements state them: `covered_until` is the last day, exclusive, that an earlier one reaches, and
# `last_end` the last that any reaches. An open end is infinity. Collation C is quicker and the same everywhere.
_LINES = """
CREATE TEMPORARY TABLE radar_line ON COMMIT DROP AS
SELECT held.*,
       max(held.ends_on) OVER (
           same ORDER BY held.starts_on, held.ends_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
       ) AS covered_until,
       max(held.ends_on) OVER same AS last_end
FROM (
    SELECT line.golden_record_id AS agreement_id, line.item_key,
           (terms.scope_kind || '|' || terms.scope) COLLATE "C" AS buyer,
           line.product_scope COLLATE "C" AS thing, line.product_id, coalesce(line.ship_from_id, 0) AS ship_from,
           line.currency COLLATE "C" AS currency,
           coalesce(lower(line.valid * terms.valid), '-infinity') AS starts_on,
           coalesce(upper(line.valid * terms.valid), 'infinity') AS ends_on
    FROM mdm_priceline line
    JOIN mdm_agreementterms terms
      ON terms.golden_record_id = line.golden_record_id AND terms.closed_version IS NULL
    WHERE line.closed_version IS NULL AND terms.status = ANY(%(in_force)s) AND NOT isempty(line.valid * terms.valid)
) AS held
WINDOW same AS (PARTITION BY held.buyer, held.thing, held.ship_from, held.currency)
"""
_FOUND = """
CREATE TEMPORARY TABLE radar_found (
    kind text NOT NULL, band text NOT NULL, agreement_id bigint NOT NULL, item_key text COLLATE "C" NOT NULL,
    product_id bigint, starts_on date, ends_on date, details jsonb NOT NULL
) ON COMMIT DROP
"""


def lay_out_lines() -> int:
    """Make both temporary tables, which end with the transaction; returns how many lines there are."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, {"in_force": sorted(IN_FORCE)})
        cursor.execute(_FOUND)
        cursor.execute("ANALYZE radar_line")
        cursor.execute("SELECT count(*) FROM radar_line")
        return int(cursor.fetchone()[0])
