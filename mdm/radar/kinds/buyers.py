"""Agreements with somebody who does not buy under that name: merged, retired, blocked."""

from mdm.radar.base import Kind, found_by, kinds

# Of several reasons the first counts. An agreement stands on a duplicate where a system made it for a record that is
# not the one which that system is to use for the customer: the prices are not found under the other. Its key is not
# told: of an erased customer nobody may keep it.
_BUYERS = """
SELECT reason.band, held.agreement_id, held.buyer, NULL::bigint, NULL::date, NULL::date,
       jsonb_build_object('buyer', buyer.public_id) || coalesce(duplicate.details, '{}')
FROM (SELECT DISTINCT agreement_id, buyer FROM radar_line WHERE ends_on > %(on)s) AS held
JOIN mdm_goldenrecord buyer
  ON buyer.public_id = split_part(held.buyer, '|', 2) AND split_part(held.buyer, '|', 1) IN ('customer', 'location')
LEFT JOIN mdm_customer customer ON customer.golden_record_id = buyer.id
LEFT JOIN LATERAL (
    SELECT jsonb_build_object('system', system.name) AS details
    FROM mdm_crosswalkentry entry
    JOIN mdm_sourcerecord said ON said.id = entry.source_record_id AND said.tombstoned_at IS NULL
    JOIN mdm_sourcesystem system ON system.id = said.source_system_id
    LEFT JOIN mdm_remoterecord told
      ON told.target_id = said.source_system_id AND told.entity_type = said.entity_type AND told.key = said.key
    JOIN mdm_remoterecord named
      ON named.target_id = said.source_system_id AND named.entity_type = 'customer'
     AND named.golden_record_id = buyer.id
     AND named.key = (said.canonical || coalesce(told.sent, '{}')) -> 'customer' ->> 'key'
    WHERE entry.golden_record_id = held.agreement_id AND entry.unlinked_at IS NULL AND NOT named.is_primary
    ORDER BY system.name, named.key LIMIT 1
) AS duplicate ON true
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN buyer.status = 'erased' THEN 'retired'
        WHEN buyer.status <> 'active' THEN buyer.status
        WHEN EXISTS (SELECT FROM mdm_customercompany company
                     WHERE company.golden_record_id = buyer.id AND company.credit_status = 'blocked') THEN 'blocked'
        WHEN customer.lifecycle_stage = 'former' THEN 'former'
        WHEN duplicate.details IS NOT NULL THEN 'duplicate'
    END AS band
) AS reason
WHERE reason.band IS NOT NULL
"""

kinds.register("buyer")(
    Kind(
        label="Buyer",
        advice="Name the buyer that is to have these prices, or end the agreement.",
        bands={
            "merged": "merged into another",
            "retired": "retired",
            "blocked": "credit blocked",
            "former": "former customer",
            "duplicate": "a system's duplicate",
        },
        asks=frozenset({"merged", "retired", "blocked", "duplicate"}),
        find=found_by("buyer", _BUYERS),
    )
)
