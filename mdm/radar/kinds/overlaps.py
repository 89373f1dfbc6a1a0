"""Prices that stand against each other, kept and told since they arose (`mdm.services.price_conflicts`)."""

from mdm.radar.base import Kind, found_by, kinds

_CONFLICTS = """
SELECT CASE WHEN conflict.left_id = conflict.right_id THEN 'inside' ELSE 'rank' END,
       conflict.left_id, other.public_id, NULL::bigint, NULL::date, NULL::date,
       jsonb_build_object('other', other.public_id, 'conflict', conflict.id, 'lines', conflict.count)
FROM mdm_priceconflict conflict JOIN mdm_goldenrecord other ON other.id = conflict.right_id
WHERE conflict.closed_at IS NULL
"""

kinds.register("overlap")(
    Kind(
        label="Overlap",
        advice="Raise the precedence of one agreement, or let the dates not meet.",
        bands={"rank": "equal rank", "inside": "inside one agreement"},
        asks=frozenset(),  # each has had its own task since it arose
        find=found_by("overlap", _CONFLICTS),
    )
)
