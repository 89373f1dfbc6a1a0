"""Tasks about prices: conflicts, what the radar found, mass changes."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mdm.actors import Actor
from mdm.events import (
    MassChangeSettled,
    MassChangeSubmitted,
    PriceConflictsFound,
    PriceConflictsSettled,
    PriceFindingsOver,
    PriceFindingsTold,
)
from mdm.models import MassChange, PriceConflict, RadarGroup
from mdm.radar import kinds
from stewardship.models import TaskKind
from stewardship.selectors.price_lines import told_conflicts
from stewardship.services.tasks import Question, finish_tasks, open_tasks, reword_tasks, withdraw_tasks
from stewardship.subscribers.shared import portions

URGENT_PRICES = 46  # beside what cannot be delivered or decided, before duplicates


def open_price_conflicts(event: PriceConflictsFound) -> None:
    """Which lines conflict may change while the task is open: the reason follows."""
    at = timezone.now()
    for ids in portions(event.price_conflict_ids):
        rows = PriceConflict.objects.filter(pk__in=ids).select_related("left", "right").order_by("pk")
        firsts = told_conflicts(row.lines[0] for row in rows)
        questions = [_price_question(row, first.thing) for row, first in zip(rows, firsts, strict=True)]
        open_tasks(TaskKind.PRICE_CONFLICT, questions, at=at)
        reword_tasks(TaskKind.PRICE_CONFLICT, questions)


def withdraw_price_conflicts(event: PriceConflictsSettled) -> None:
    withdraw_tasks(TaskKind.PRICE_CONFLICT, event.price_conflict_ids, at=timezone.now())


def open_price_findings(event: PriceFindingsTold) -> None:
    """How many findings a group has changes from day to day: the reason follows."""
    at = timezone.now()
    for ids in portions(event.radar_group_ids):
        rows = RadarGroup.objects.filter(pk__in=ids, closed_at=None).select_related("agreement")
        rows = rows.defer("agreement__document", "agreement__lineage").order_by("pk")
        questions = [_radar_question(row) for row in rows if row.band in kinds.get(row.kind).asks]
        open_tasks(TaskKind.PRICE_RADAR, questions, at=at)
        reword_tasks(TaskKind.PRICE_RADAR, questions)


def withdraw_price_findings(event: PriceFindingsOver) -> None:
    withdraw_tasks(TaskKind.PRICE_RADAR, event.radar_group_ids, at=timezone.now())


def open_mass_change(event: MassChangeSubmitted) -> None:
    change = MassChange.objects.get(pk=event.mass_change_id)
    question = Question(
        subject_id=change.pk,
        entity_type="pricing_agreement",
        title=change.reason or change.public_id,
        reason=_("%(person)s proposes to change %(lines)s lines of %(agreements)s pricing agreements.")
        % {
            "person": change.submitted_by,
            "lines": sum(change.figures["fates"].get(fate, 0) for fate in ("renewed", "extended")),
            "agreements": change.figures["changing"],
        },
        details={"public_id": change.public_id},
    )
    open_tasks(TaskKind.MASS_CHANGE, [question], at=timezone.now())


def finish_mass_change(event: MassChangeSettled) -> None:
    finish_tasks(TaskKind.MASS_CHANGE, (event.mass_change_id,), actor=Actor(event.decided_by), at=timezone.now())


def _price_question(conflict: PriceConflict, thing: str) -> Question:
    inside = conflict.left_id == conflict.right_id
    said = {"count": conflict.count, "thing": thing}
    reason = (
        ngettext(
            "Another line of the agreement prices the same on the same days, so one is not in force: %(thing)s",
            "%(count)s lines are not in force, since others of the agreement price the same on the same days:"
            " %(thing)s and others",
            conflict.count,
        )
        if inside
        else ngettext(
            "Of equal rank and different, so that no buyer gets either price: %(thing)s",
            "%(count)s prices of equal rank differ, so that no buyer gets either: %(thing)s and others",
            conflict.count,
        )
    ) % said
    names = conflict.left.title if inside else f"{conflict.left.title[:140]} ⇄ {conflict.right.title[:140]}"
    return Question(subject_id=conflict.pk, entity_type="pricing_agreement", title=names, reason=reason)


def _radar_question(group: RadarGroup) -> Question:
    kind = kinds.get(group.kind)
    return Question(
        subject_id=group.pk,
        entity_type="pricing_agreement",
        title=group.agreement.title or group.agreement.public_id,
        reason=f"{kind.label}, {kind.bands[group.band]}: {group.count}. {kind.advice}",
        details={"golden_record_id": group.agreement_id},
        priority=URGENT_PRICES if group.band in kind.urgent else None,
    )
