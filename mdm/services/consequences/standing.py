"""What hangs on some golden records at one moment."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mdm.models import (
    AttributePin,
    ChangeRequest,
    ChangeRequestState,
    CrosswalkEntry,
    GoldenRecord,
    RemoteRecord,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """By primary key: golden records, their records in targets, open pins with the record that shows them, requests."""

    golden: Mapping[int, GoldenRecord]
    remotes: Mapping[int, RemoteRecord]
    pins: Mapping[int, tuple[AttributePin, int]]
    requests: Mapping[int, ChangeRequest]


def standing_of(golden_record_ids: Collection[int], *, also: Standing | None = None) -> Standing:
    """What hangs on these now. `also`: what hung there earlier is looked up wherever it is by now."""
    remotes = RemoteRecord.objects.filter(golden_record__in=golden_record_ids)
    if also is not None:
        remotes = remotes | RemoteRecord.objects.filter(pk__in=also.remotes)
    entries = CrosswalkEntry.objects.filter(golden_record__in=golden_record_ids, unlinked_at=None)
    homes = dict(entries.values_list("source_record_id", "golden_record_id"))
    pins = AttributePin.objects.filter(source_record__in=homes, closed_at=None).order_by("pk")
    requests = ChangeRequest.objects.filter(golden_record__in=golden_record_ids, state=ChangeRequestState.OPEN)
    return Standing(
        golden={
            each.pk: each
            for each in GoldenRecord.objects.filter(pk__in=golden_record_ids).select_related("merged_into")
        },
        remotes={each.pk: each for each in remotes.select_related("target")},
        pins={each.pk: (each, homes[each.source_record_id]) for each in pins},
        requests={each.pk: each for each in requests.prefetch_related("parts")},
    )
