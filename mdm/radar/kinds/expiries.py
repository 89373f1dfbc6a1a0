"""The last price that a buyer has for a thing ends soon."""

from mdm.radar.base import Kind, found_by, kinds

BANDS = (7, 30, 60)  # days until no price holds, the narrowest that fits
# A line that another one follows, at once or after a hole, is not the last: a hole is a finding of its own.
_ENDING = """
SELECT CASE WHEN ends_on <= %(on)s::date + 7 THEN '7' WHEN ends_on <= %(on)s::date + 30 THEN '30' ELSE '60' END,
       agreement_id, item_key, product_id, nullif(starts_on, '-infinity'), ends_on, '{}'::jsonb
FROM radar_line
WHERE ends_on = last_end AND ends_on > %(on)s AND ends_on <= %(on)s::date + 60
"""

kinds.register("expiry")(
    Kind(
        label="Ends soon",
        advice="Renew the lines or let them end: from the day told on, the buyer has no price of its own.",
        bands={str(days): f"within {days} days" for days in BANDS},
        asks=frozenset(map(str, BANDS)),
        find=found_by("expiry", _ENDING),
        urgent=frozenset({"7"}),
    )
)
