"""Source records that share blocking keys with something, and the golden records they are placed under."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from django.db import connection

# id, number, SHA-256 of the model, and hashes of the sections: ids start over in another database.
RuleSetContent = tuple[int, int, str, tuple[str, ...]]

# The most alike by the number of shared keys; only afterwards is it asked which of them are placed.
_QUERY = """
SELECT ruleset.id, ruleset.number, model.sha256, ruleset.section_hashes::text, placed.*
FROM mdm_ruleset ruleset
LEFT JOIN mdm_matchmodelartifact model ON model.id = ruleset.match_model_id
LEFT JOIN (
    SELECT record.id, system.name, record.key, record.accepted::text, golden.public_id
    FROM (
        SELECT source_record_id
        FROM mdm_blockingkey
        WHERE section = %(section)s AND key_hash = ANY(%(hashes)s::bigint[])
        GROUP BY source_record_id
        ORDER BY count(*) DESC, source_record_id
        LIMIT %(most)s
    ) candidate
    JOIN mdm_sourcerecord record ON record.id = candidate.source_record_id
    JOIN mdm_sourcesystem system ON system.id = record.source_system_id
    JOIN mdm_crosswalkentry entry ON entry.source_record_id = record.id AND entry.unlinked_at IS NULL
    JOIN mdm_goldenrecord golden ON golden.id = entry.golden_record_id
) placed ON true
WHERE ruleset.entity_type = %(entity_type)s AND ruleset.state = 'published'
ORDER BY placed.id
"""


@dataclass(frozen=True, slots=True)
class PlacedCandidate:
    """A source record with what matching looks at, and the public id of its golden record."""

    source_record_id: int
    system: str
    key: str
    accepted: dict[str, Any]
    golden_id: str


def rule_set_content(pk: int, number: int, model: str | None, section_hashes: Mapping[str, str]) -> RuleSetContent:
    """What a published rule set is known by."""
    return pk, number, model or "", tuple(section_hashes[name] for name in sorted(section_hashes))


def placed_candidates(
    entity_type: str, *, section: int, key_hashes: Collection[int], most: int
) -> tuple[RuleSetContent | None, list[PlacedCandidate]]:
    """Of the `most` source records that share most of these keys those that are placed, by primary key.

    In the same look the rule set in force, None where there is none: whoever made the keys may know an older one.
    """
    values = {"entity_type": entity_type, "section": section, "hashes": list(key_hashes), "most": most}
    # Prepared on the server: planning all these tables anew for each call would take longer than reading them.
    with (
        connection.cursor() as django_cursor,
        connection.wrap_database_errors,
        psycopg.Cursor(django_cursor.connection) as cursor,
    ):
        rows = cursor.execute(_QUERY, values, prepare=True).fetchall()
    if not rows:
        return None, []
    pk, number, model, hashes = rows[0][:4]
    found = [
        PlacedCandidate(source_record_id, system, key, orjson.loads(accepted), golden_id)
        for *_, source_record_id, system, key, accepted, golden_id in rows
        if source_record_id is not None
    ]
    return rule_set_content(pk, number, model, orjson.loads(hashes)), found
