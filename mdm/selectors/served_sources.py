"""What stands behind a golden record: its source records and its versions, as rows ready to be told."""

from typing import Any

from django.db.models import F

from mdm.models import CrosswalkEntry, GoldenVersion, SourceRecord


def sources_of(golden_record_id: int) -> list[dict[str, Any]]:
    """Source records with an open crosswalk entry, by system and key; no values."""
    rows = (
        CrosswalkEntry.objects.filter(golden_record=golden_record_id, unlinked_at=None)
        .order_by("source_record__source_system__name", "source_record__key")
        .values(
            "weight_bits",
            "linked_at",
            system=F("source_record__source_system__name"),
            entity_type=F("source_record__entity_type"),
            key=F("source_record__key"),
            source_modified_at=F("source_record__source_modified_at"),
            received_at=F("source_record__received_at"),
            tombstoned_at=F("source_record__tombstoned_at"),
        )
    )
    return [dict(row) for row in rows]


def version_page(golden_record_id: int, *, before: int, limit: int) -> list[dict[str, Any]]:
    """Versions below `before`, newest first: when, by whom and why; no values."""
    return list(
        GoldenVersion.objects.filter(id=golden_record_id, version__lt=before)
        .order_by("-version")
        .values(
            "version",
            "status",
            "actor",
            "correlation_id",
            changed_at=F("history_date"),
            reason=F("history_change_reason"),
            position=F("feed_position"),
        )[:limit]
    )


def source_record_row(system: str, entity_type: str, key: str) -> dict[str, Any] | None:
    """One source record with its payload and the golden record that holds it; None when there is none."""
    row = (
        SourceRecord.objects.filter(source_system__name=system, entity_type=entity_type, key=key)
        .values(
            "entity_type",
            "key",
            "payload",
            "canonical",
            "accepted",
            "source_modified_at",
            "received_at",
            "tombstoned_at",
            "pending_since",
            "correlation_id",
            "pk",
            system=F("source_system__name"),
        )
        .first()
    )
    return None if row is None else dict(row)


def golden_id_of(source_record_id: int) -> str | None:
    """Public id of the golden record that holds a source record; None while it waits for matching."""
    return (
        CrosswalkEntry.objects.filter(source_record=source_record_id, unlinked_at=None)
        .values_list("golden_record__public_id", flat=True)
        .first()
    )
