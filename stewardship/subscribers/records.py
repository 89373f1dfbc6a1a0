"""Tasks about what systems tell: quarantine, certificates, parents, moves of places."""

from django.utils import timezone
from django.utils.translation import gettext as _

from mdm.actors import Actor
from mdm.events import (
    CertificatesExpiring,
    CertificatesSettled,
    GlnQuestioned,
    GlnSettled,
    ParentsHeld,
    ParentsReleased,
    PayloadsQuarantined,
    QuarantineClosed,
)
from mdm.models import CertificateNotice, GlnQuestion, HeldEdge, QuarantineEntry
from stewardship.models import TaskKind
from stewardship.selectors.hierarchy import held_circles
from stewardship.services.tasks import Question, finish_tasks, open_tasks, reword_tasks, withdraw_tasks
from stewardship.subscribers.shared import portions


def open_quarantine(event: PayloadsQuarantined) -> None:
    at = timezone.now()
    for ids in portions(event.quarantine_entry_ids):
        entries = QuarantineEntry.objects.filter(pk__in=ids).select_related("source_system").defer("payload")
        open_tasks(TaskKind.QUARANTINE, [_quarantine_question(entry) for entry in entries.order_by("pk")], at=at)


def withdraw_quarantine(event: QuarantineClosed) -> None:
    withdraw_tasks(TaskKind.QUARANTINE, event.quarantine_entry_ids, at=timezone.now())


def open_certificates(event: CertificatesExpiring) -> None:
    at = timezone.now()
    for ids in portions(event.notice_ids):
        notices = CertificateNotice.objects.filter(pk__in=ids).select_related("golden_record").order_by("pk")
        open_tasks(TaskKind.CERTIFICATE, [_certificate_question(notice) for notice in notices], at=at)


def close_certificates(event: CertificatesSettled) -> None:
    at = timezone.now()
    if event.settled_by:
        finish_tasks(TaskKind.CERTIFICATE, event.notice_ids, actor=Actor(event.settled_by), at=at)
    withdraw_tasks(TaskKind.CERTIFICATE, event.notice_ids, at=at)


def open_hierarchy(event: ParentsHeld) -> None:
    """A circle may lead elsewhere while its task is open: the reason follows."""
    for ids in portions(event.held_edge_ids):
        questions = [
            Question(
                subject_id=each.held_edge_id,
                entity_type=each.entity_type,
                title=each.path[0].title,
                reason=_("Its parent in the tree %(tree)s does not count, since this is a circle: %(path)s")
                % {"tree": each.tree, "path": " → ".join(member.title for member in each.path)},
                details={"public_id": each.path[0].public_id},
            )
            for each in held_circles(HeldEdge.objects.filter(pk__in=ids))
        ]
        open_tasks(TaskKind.HIERARCHY, questions, at=timezone.now())
        reword_tasks(TaskKind.HIERARCHY, questions)


def withdraw_hierarchy(event: ParentsReleased) -> None:
    withdraw_tasks(TaskKind.HIERARCHY, event.held_edge_ids, at=timezone.now())


def open_relocations(event: GlnQuestioned) -> None:
    rows = GlnQuestion.objects.filter(pk__in=event.question_ids).select_related("golden_record").order_by("pk")
    questions = [
        Question(
            subject_id=row.pk,
            entity_type=row.golden_record.entity_type,
            title=row.golden_record.title or row.golden_record.public_id,
            reason=_("It moved and still has the GLN %(gln)s: a place that moved needs a new one.") % {"gln": row.gln},
            details={"public_id": row.golden_record.public_id, "golden_record_id": row.golden_record_id},
        )
        for row in rows
    ]
    open_tasks(TaskKind.RELOCATION, questions, at=timezone.now())


def finish_relocations(event: GlnSettled) -> None:
    finish_tasks(TaskKind.RELOCATION, event.question_ids, actor=Actor(event.settled_by), at=timezone.now())


def _quarantine_question(entry: QuarantineEntry) -> Question:
    return Question(
        subject_id=entry.pk,
        entity_type=entry.entity_type,
        title=f"{entry.source_system.label} {entry.key or _('record without a key')}",
        reason="; ".join(problem.get("detail", "") for problem in entry.problems[:3]),
    )


def _certificate_question(notice: CertificateNotice) -> Question:
    return Question(
        subject_id=notice.pk,
        entity_type=notice.golden_record.entity_type,
        title=notice.golden_record.title or notice.golden_record.public_id,
        reason=_("An exemption certificate holds to the day before %(end)s, and nothing takes its place.")
        % {"end": notice.valid_to.isoformat()},
        details={"golden_record_id": notice.golden_record_id},
    )
