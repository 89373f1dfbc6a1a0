"""Which golden record a source record stands under now."""

from collections.abc import Collection

from mdm.models import CrosswalkEntry, GoldenRecord


def golden_records_of(source_record_ids: Collection[int]) -> dict[int, GoldenRecord]:
    """Source record id → golden record. Records not placed yet are missing."""
    entries = CrosswalkEntry.objects.filter(source_record__in=source_record_ids, unlinked_at=None).select_related(
        "golden_record"
    )
    return {entry.source_record_id: entry.golden_record for entry in entries}
