"""Tasks about what is erased: their titles are made of names."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from mdm.events import DeliveriesErased, GoldenRecordsErased
from mdm.models import HeldEdge
from stewardship.models import Task, TaskKind, TaskState


def erase_tasks(event: GoldenRecordsErased) -> None:
    """Close and blank every task that is or was about one of these, reviews beside a neighbor included."""
    subjects = (
        Q(kind=TaskKind.MATCH_REVIEW, subject_id__in=event.candidate_pair_ids)
        | Q(kind=TaskKind.REPARTITION, subject_id__in=event.source_record_ids)
        | Q(kind=TaskKind.APPROVAL, subject_id__in=event.change_request_ids)
        | Q(kind=TaskKind.PIN, subject_id__in=event.pin_ids)
        | Q(kind=TaskKind.DECISION, subject_id__in=event.condition_ids)
        | Q(kind=TaskKind.QUARANTINE, subject_id__in=event.quarantine_entry_ids)
        | Q(kind=TaskKind.QUALITY, subject_id__in=event.golden_record_ids)
        | Q(
            kind__in=[TaskKind.CERTIFICATE, TaskKind.RELOCATION],
            details__golden_record_id__in=event.golden_record_ids,
        )
        # A circle is told by the names of all its members.
        | Q(
            kind=TaskKind.HIERARCHY,
            subject_id__in=HeldEdge.objects.filter(circle__overlap=list(event.golden_record_ids)).values("pk"),
        )
    )
    for source_record_id in event.source_record_ids:
        subjects |= Q(details__source_record_ids__contains=[source_record_id])
    _blank(subjects)


def erase_delivery_tasks(event: DeliveriesErased) -> None:
    """What remote systems said stands in their titles."""
    _blank(Q(kind=TaskKind.DELIVERY, subject_id__in=event.stream_ids))


def _blank(subjects: Q) -> None:
    tasks = Task.objects.filter(subjects)
    tasks.filter(state=TaskState.OPEN).update(state=TaskState.WITHDRAWN, closed_at=timezone.now(), closed_by="")
    tasks.update(title=_("Erased"), reason="", details={})
