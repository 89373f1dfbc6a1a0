"""What references resolve to, and who depends on a source record."""

from collections.abc import Iterable, Sequence

from django.db import connection

from mdm.entity_types import entity_types
from mdm.models import CrosswalkEntry, SourceRecord, SourceReference
from mdm.public_ids import public_id
from mdm.references import Target


def resolved_targets(targets: Iterable[Target]) -> dict[Target, str]:
    """Public ids of the golden records that hold the source records spoken of; unresolved targets are missing."""
    wanted = sorted(set(targets))
    if not wanted:
        return {}
    rows = CrosswalkEntry.objects.filter(
        unlinked_at=None, source_record__key__any={key for _, _, key in wanted}
    ).values_list(
        "source_record__source_system__name",
        "source_record__entity_type",
        "source_record__key",
        "golden_record_id",
    )
    # The public id follows from the primary key, and the golden record itself may be stored only later.
    found = {
        (system, kind, key): public_id(entity_types.get(kind).id_prefix, golden) for system, kind, key, golden in rows
    }
    return {target: found[target] for target in wanted if target in found}


def dependent_source_records(source_record_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Source records (id, entity type) that speak of the given ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT dependent.id, dependent.entity_type
            FROM mdm_sourcerecord spoken_of
            JOIN mdm_sourcesystem system ON system.id = spoken_of.source_system_id
            JOIN mdm_sourcereference reference
              ON reference.target_system = system.name
             AND reference.target_entity_type = spoken_of.entity_type
             AND reference.target_key = spoken_of.key
            JOIN mdm_sourcerecord dependent ON dependent.id = reference.source_record_id
            WHERE spoken_of.id = ANY(%s)
            ORDER BY dependent.id
            """,
            [list(source_record_ids)],
        )
        return [(pk, entity_type) for pk, entity_type in cursor.fetchall()]


def targets_of(source_record_ids: Sequence[int]) -> set[Target]:
    """Every (system, entity type, key) the given source records speak of."""
    rows = SourceReference.objects.filter(source_record__any=source_record_ids).values_list(
        "target_system", "target_entity_type", "target_key"
    )
    return set(rows)


def identities_of(source_record_ids: Sequence[int]) -> list[Target]:
    """What each of them is called, by which others may speak of it."""
    records = SourceRecord.objects.filter(pk__any=list(source_record_ids)).order_by("pk")
    return list(records.values_list("source_system__name", "entity_type", "key"))
