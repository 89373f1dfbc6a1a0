"""What whoever writes a source record keeps beside it: whom it speaks of, and what it said before."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from mdm.bulk import add_objects
from mdm.models import Reassignment, ReassignmentKind, SourcePayload, SourceRecord, SourceReference
from mdm.references import Target, references_in


def keep_references(records: Sequence[SourceRecord]) -> None:
    """Store whom these records speak of, in what is accepted of them and by the word of stewards who reassigned it.

    A crosswalk change finds its dependents by these rows.
    """
    ids = [record.pk for record in records]
    spoken_of: dict[int, set[Target]] = defaultdict(set)
    words = Reassignment.objects.filter(source_record__any=ids, kind=ReassignmentKind.REFERENCE, closed_at=None)
    for pk, system, entity_type, key in words.values_list(
        "source_record_id", "to_record__source_system__name", "to_record__entity_type", "to_record__key"
    ):
        spoken_of[pk].add((system, entity_type, key))
    SourceReference.objects.filter(source_record__any=ids).delete()
    add_objects(
        [
            SourceReference(source_record=record, target_system=system, target_entity_type=kind, target_key=key)
            for record in records
            for system, kind, key in sorted(references_in(record.accepted) | spoken_of[record.pk])
        ],
        ids=False,
    )


def earlier_payload(record: SourceRecord, at: datetime) -> SourcePayload:
    """What the record said until now, to be kept as it is told anew."""
    return SourcePayload(
        source_record=record,
        payload=record.payload,
        payload_hash=record.payload_hash,
        source_modified_at=record.source_modified_at,
        received_at=record.received_at,
        replaced_at=at,
        correlation_id=record.correlation_id,
    )
