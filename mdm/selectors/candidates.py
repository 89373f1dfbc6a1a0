"""Source records that share blocking keys with something, and the golden records they are placed under."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg
from django.db import connection

# The most alike by the number of shared keys; only afterwards is it asked which of them are placed.
_QUERY = """
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
ORDER BY record.id
"""


@dataclass(frozen=True, slots=True)
class PlacedCandidate:
    """A source record with what matching looks at, and the public id of its golden record."""

    source_record_id: int
    system: str
    key: str
    accepted: dict[str, Any]
    golden_id: str


def placed_candidates(section: int, key_hashes: Collection[int], *, most: int) -> list[PlacedCandidate]:
    """Of the `most` source records that share most of these keys those that are placed, by primary key."""
    values = {"section": section, "hashes": list(key_hashes), "most": most}
    # Prepared on the server: planning the five tables anew for each call would take as long as reading them.
    with connection.cursor() as django_cursor, psycopg.Cursor(django_cursor.connection) as cursor:
        rows = cursor.execute(_QUERY, values, prepare=True).fetchall()
    return [
        PlacedCandidate(pk, system, key, orjson.loads(accepted), golden_id)
        for pk, system, key, accepted, golden_id in rows
    ]
