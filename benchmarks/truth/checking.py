"""Whether what was written is whole: the laws that a load could break by being fast."""

from __future__ import annotations

from django.db import connection

_CHECKS = {
    "golden records whose version lacks its history row, outbox message or audit entry": """
        SELECT count(*) FROM mdm_goldenrecord golden
        WHERE NOT EXISTS (
            SELECT FROM mdm_historicalgoldenrecord told
            WHERE told.id = golden.id AND told.version = golden.version AND told.document = golden.document
        ) OR NOT EXISTS (
            SELECT FROM mdm_outboxmessage message
            WHERE message.golden_record_id = golden.id AND message.version = golden.version
        ) OR NOT EXISTS (
            SELECT FROM mdm_auditentry entry WHERE entry.action = 'golden_version.published'
            AND entry.subject_id = golden.id AND entry.subject_version = golden.version
        )""",
    "source records that do not stand under exactly one golden record": """
        SELECT count(*) FROM mdm_sourcerecord record
        WHERE (SELECT count(*) FROM mdm_crosswalkentry entry
               WHERE entry.source_record_id = record.id AND entry.unlinked_at IS NULL) <> 1""",
    "source records that still wait": "SELECT count(*) FROM mdm_sourcerecord WHERE pending_since IS NOT NULL",
    "active golden records without their typed row": """
        SELECT count(*) FROM mdm_goldenrecord golden WHERE status = 'active'
        AND NOT EXISTS (SELECT FROM mdm_customer customer WHERE customer.golden_record_id = golden.id)""",
    "payloads in quarantine without a reason": """
        SELECT count(*) FROM mdm_quarantineentry WHERE problems = '[]'::jsonb""",
}


def incomplete() -> dict[str, int]:
    """What is broken, and how often; empty when all is well."""
    found = {}
    with connection.cursor() as cursor:
        for name, query in _CHECKS.items():
            cursor.execute(query)
            (count,) = cursor.fetchone()
            if count:
                found[name] = count
    return found
