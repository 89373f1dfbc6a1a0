"""Events of `mdm` open and withdraw tasks, in the transaction of what happened. They may name thousands of ids."""

from collections.abc import Iterator, Sequence

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mdm.actors import Actor
from mdm.entity_types import entity_types
from mdm.events import (
    ApprovalRequested,
    ApprovalSettled,
    CertificatesExpiring,
    CertificatesSettled,
    DecisionQuestioned,
    DecisionSettled,
    DeliveriesErased,
    DeliveriesParked,
    DeliveriesResumed,
    GlnQuestioned,
    GlnSettled,
    GoldenRecordsErased,
    MassChangeSettled,
    MassChangeSubmitted,
    ParentsHeld,
    ParentsReleased,
    PayloadsQuarantined,
    PinQuestioned,
    PinSettled,
    PriceConflictsFound,
    PriceConflictsSettled,
    PriceFindingsOver,
    PriceFindingsTold,
    QualityBreached,
    QualityReleased,
    QualityRestored,
    QuarantineClosed,
    RepartitionHeld,
    ReviewRequested,
    ReviewSettled,
    RolloutFailed,
    RolloutSteered,
    subscribe,
)
from mdm.models import (
    AttributePin,
    CandidatePair,
    CertificateNotice,
    ChangeEffect,
    ChangeRequest,
    GlnQuestion,
    HeldEdge,
    MassChange,
    MatchDecision,
    PriceConflict,
    QuarantineEntry,
    RadarGroup,
    ReopeningCondition,
    Rollout,
    SourceRecord,
)
from mdm.radar import kinds
from mdm.selectors.attributes import attributes_ever
from mdm.survivorship.pins import Question as PinQuestion
from stewardship.models import Task, TaskKind, TaskState
from stewardship.selectors.hierarchy import held_circles
from stewardship.selectors.price_lines import told_conflicts
from stewardship.selectors.quality import breaches_of
from stewardship.selectors.reopening import condition_text
from stewardship.services.erasing import erase_delivery_tasks, erase_tasks
from stewardship.services.tasks import AT_ONCE, Question, finish_tasks, open_tasks, reword_tasks, withdraw_tasks

URGENT_PRICES = 46  # beside what cannot be delivered or decided, before duplicates


def subscribe_all() -> None:
    """Called once, when apps are ready."""
    subscribe(ReviewRequested, open_reviews)
    subscribe(ReviewSettled, withdraw_reviews)
    subscribe(RepartitionHeld, open_repartition)
    subscribe(PayloadsQuarantined, open_quarantine)
    subscribe(QuarantineClosed, withdraw_quarantine)
    subscribe(ApprovalRequested, open_approval)
    subscribe(ApprovalSettled, finish_approval)
    subscribe(MassChangeSubmitted, open_mass_change)
    subscribe(MassChangeSettled, finish_mass_change)
    subscribe(PinQuestioned, open_pin)
    subscribe(PinSettled, finish_pin)
    subscribe(DecisionQuestioned, open_decisions)
    subscribe(DecisionSettled, finish_decisions)
    subscribe(QualityBreached, open_quality)
    subscribe(QualityRestored, withdraw_quality)
    subscribe(QualityReleased, finish_quality)
    subscribe(PriceConflictsFound, open_price_conflicts)
    subscribe(PriceConflictsSettled, withdraw_price_conflicts)
    subscribe(CertificatesExpiring, open_certificates)
    subscribe(CertificatesSettled, close_certificates)
    subscribe(RolloutFailed, open_rollout)
    subscribe(RolloutSteered, finish_rollout)
    subscribe(PriceFindingsTold, open_price_findings)
    subscribe(PriceFindingsOver, withdraw_price_findings)
    subscribe(ParentsHeld, open_hierarchy)
    subscribe(ParentsReleased, withdraw_hierarchy)
    subscribe(GlnQuestioned, open_relocations)
    subscribe(GlnSettled, finish_relocations)
    subscribe(DeliveriesParked, open_deliveries)
    subscribe(DeliveriesResumed, withdraw_deliveries)
    subscribe(GoldenRecordsErased, erase_tasks)
    subscribe(DeliveriesErased, erase_delivery_tasks)


def open_reviews(event: ReviewRequested) -> None:
    """Pairs come again with every settlement near them: known ones only take over a changed weight."""
    at = timezone.now()
    for ids in _portions(event.candidate_pair_ids):
        known = Task.objects.filter(kind=TaskKind.MATCH_REVIEW, subject_id__in=ids, state=TaskState.OPEN)
        weight = CandidatePair.objects.filter(pk=OuterRef("subject_id")).values("weight_bits")[:1]
        open_ids = set(known.values_list("subject_id", flat=True))
        if open_ids:
            known.annotate(now=Subquery(weight)).exclude(now=None).update(weight_bits=Subquery(weight))
        fresh = [pk for pk in ids if pk not in open_ids]
        if fresh:
            open_tasks(TaskKind.MATCH_REVIEW, _review_questions(fresh), at=at)


def withdraw_reviews(event: ReviewSettled) -> None:
    withdraw_tasks(TaskKind.MATCH_REVIEW, event.candidate_pair_ids, at=timezone.now())


def open_repartition(event: RepartitionHeld) -> None:
    first = min(event.source_record_ids)
    open_task = Task.objects.filter(kind=TaskKind.REPARTITION, subject_id=first, state=TaskState.OPEN)
    details = {
        "source_record_ids": list(event.source_record_ids),
        "computed": [list(members) for members in event.computed],
        "current": [list(members) for members in event.current],
    }
    if not open_task.update(details=details):
        record = SourceRecord.objects.get(pk=first)
        question = Question(
            subject_id=first,
            entity_type=event.entity_type,
            title=_title(record),
            reason=_("Matching would now group these records differently, and others rely on the present grouping."),
            details=details,
        )
        open_tasks(TaskKind.REPARTITION, [question], at=timezone.now())


def open_quarantine(event: PayloadsQuarantined) -> None:
    at = timezone.now()
    for ids in _portions(event.quarantine_entry_ids):
        entries = QuarantineEntry.objects.filter(pk__in=ids).select_related("source_system").defer("payload")
        open_tasks(TaskKind.QUARANTINE, [_quarantine_question(entry) for entry in entries.order_by("pk")], at=at)


def withdraw_quarantine(event: QuarantineClosed) -> None:
    withdraw_tasks(TaskKind.QUARANTINE, event.quarantine_entry_ids, at=timezone.now())


def open_approval(event: ApprovalRequested) -> None:
    request = ChangeRequest.objects.select_related("golden_record").get(pk=event.change_request_id)
    known = attributes_ever(request.golden_record.entity_type)
    question = Question(
        subject_id=request.pk,
        entity_type=request.golden_record.entity_type,
        title=request.golden_record.title or request.golden_record.public_id,
        reason=_approval_reason(request)
        % {
            "person": request.proposed_by,
            "attributes": ", ".join(known[name].label for name in request.payload),
        },
        details={"golden_record_id": request.golden_record_id},
    )
    open_tasks(TaskKind.APPROVAL, [question], at=timezone.now())


def finish_approval(event: ApprovalSettled) -> None:
    finish_tasks(TaskKind.APPROVAL, (event.change_request_id,), actor=Actor(event.decided_by), at=timezone.now())


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


def open_pin(event: PinQuestioned) -> None:
    pin = AttributePin.objects.select_related("source_record").get(pk=event.pin_id)
    label = attributes_ever(pin.source_record.entity_type)[pin.attribute].label
    texts = {
        PinQuestion.SOURCE_CHANGED: _("%(attribute)s is pinned, and its sources say something else by now."),
        PinQuestion.OWNER_DIFFERS: _("%(owner)s was asked to take over %(attribute)s and says something else."),
        PinQuestion.OWNER_SILENT: _("%(owner)s was asked to take over %(attribute)s and has not answered."),
    }
    question = Question(
        subject_id=pin.pk,
        entity_type=pin.source_record.entity_type,
        title=_title(pin.source_record),
        reason=texts[PinQuestion(event.question)] % {"attribute": label, "owner": pin.owner},
    )
    open_tasks(TaskKind.PIN, [question], at=timezone.now())


def finish_pin(event: PinSettled) -> None:
    finish_tasks(TaskKind.PIN, (event.pin_id,), actor=Actor(event.settled_by), at=timezone.now())


def open_decisions(event: DecisionQuestioned) -> None:
    rows = ReopeningCondition.objects.filter(pk__in=event.condition_ids).order_by("pk")
    open_tasks(TaskKind.DECISION, [_decision_question(row) for row in rows], at=timezone.now())


def finish_decisions(event: DecisionSettled) -> None:
    finish_tasks(TaskKind.DECISION, event.condition_ids, actor=Actor(event.settled_by), at=timezone.now())


def open_quality(event: QualityBreached) -> None:
    """What a golden record fails may change while its task is open: the reason follows."""
    at = timezone.now()
    for ids in _portions(event.golden_record_ids):
        questions = [
            Question(
                subject_id=each.golden_record_id,
                entity_type=each.entity_type,
                title=each.title,
                reason=each.reason,
                details={"public_id": each.public_id},
            )
            for each in breaches_of(ids)
        ]
        open_tasks(TaskKind.QUALITY, questions, at=at)
        reword_tasks(TaskKind.QUALITY, questions)


def withdraw_quality(event: QualityRestored) -> None:
    withdraw_tasks(TaskKind.QUALITY, event.golden_record_ids, at=timezone.now())


def finish_quality(event: QualityReleased) -> None:
    finish_tasks(TaskKind.QUALITY, (event.golden_record_id,), actor=Actor(event.released_by), at=timezone.now())


def open_price_conflicts(event: PriceConflictsFound) -> None:
    """Which lines conflict may change while the task is open: the reason follows."""
    at = timezone.now()
    for ids in _portions(event.price_conflict_ids):
        rows = PriceConflict.objects.filter(pk__in=ids).select_related("left", "right").order_by("pk")
        questions = [_price_question(row) for row in rows]
        open_tasks(TaskKind.PRICE_CONFLICT, questions, at=at)
        reword_tasks(TaskKind.PRICE_CONFLICT, questions)


def withdraw_price_conflicts(event: PriceConflictsSettled) -> None:
    withdraw_tasks(TaskKind.PRICE_CONFLICT, event.price_conflict_ids, at=timezone.now())


def open_certificates(event: CertificatesExpiring) -> None:
    at = timezone.now()
    for ids in _portions(event.notice_ids):
        notices = CertificateNotice.objects.filter(pk__in=ids).select_related("golden_record").order_by("pk")
        open_tasks(TaskKind.CERTIFICATE, [_certificate_question(notice) for notice in notices], at=at)


def close_certificates(event: CertificatesSettled) -> None:
    at = timezone.now()
    if event.settled_by:
        finish_tasks(TaskKind.CERTIFICATE, event.notice_ids, actor=Actor(event.settled_by), at=at)
    withdraw_tasks(TaskKind.CERTIFICATE, event.notice_ids, at=at)


def open_rollout(event: RolloutFailed) -> None:
    rollout = Rollout.objects.select_related("rule_set").get(pk=event.rollout_id)
    question = Question(
        subject_id=rollout.pk,
        entity_type=rollout.entity_type,
        title=rollout.public_id,
        reason=_("Version %(number)s of the rules has not come to every golden record (%(error)s).")
        % {"number": rollout.rule_set.number, "error": rollout.error},
    )
    open_tasks(TaskKind.ROLLOUT, [question], at=timezone.now())


def finish_rollout(event: RolloutSteered) -> None:
    finish_tasks(TaskKind.ROLLOUT, (event.rollout_id,), actor=Actor(event.steered_by), at=timezone.now())


def open_price_findings(event: PriceFindingsTold) -> None:
    """How many findings a group has changes from day to day: the reason follows."""
    at = timezone.now()
    for ids in _portions(event.radar_group_ids):
        rows = RadarGroup.objects.filter(pk__in=ids, closed_at=None).select_related("agreement")
        rows = rows.defer("agreement__document", "agreement__lineage").order_by("pk")
        questions = [_radar_question(row) for row in rows if row.band in kinds.get(row.kind).asks]
        open_tasks(TaskKind.PRICE_RADAR, questions, at=at)
        reword_tasks(TaskKind.PRICE_RADAR, questions)


def withdraw_price_findings(event: PriceFindingsOver) -> None:
    withdraw_tasks(TaskKind.PRICE_RADAR, event.radar_group_ids, at=timezone.now())


def open_hierarchy(event: ParentsHeld) -> None:
    """A circle may lead elsewhere while its task is open: the reason follows."""
    for ids in _portions(event.held_edge_ids):
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
            details={"public_id": row.golden_record.public_id},
        )
        for row in rows
    ]
    open_tasks(TaskKind.RELOCATION, questions, at=timezone.now())


def finish_relocations(event: GlnSettled) -> None:
    finish_tasks(TaskKind.RELOCATION, event.question_ids, actor=Actor(event.settled_by), at=timezone.now())


def open_deliveries(event: DeliveriesParked) -> None:
    questions = [
        Question(subject_id=pk, entity_type="", title=reason, reason=reason)
        for pk, reason in zip(event.stream_ids, event.reasons, strict=True)
    ]
    open_tasks(TaskKind.DELIVERY, questions, at=timezone.now())


def withdraw_deliveries(event: DeliveriesResumed) -> None:
    withdraw_tasks(TaskKind.DELIVERY, event.stream_ids, at=timezone.now())


def _approval_reason(request: ChangeRequest) -> str:
    effects = {part.effect for part in request.sorted_parts}
    if ChangeEffect.SURVIVE in effects:
        return _("Another record says otherwise of %(attributes)s; what others consented to stands meanwhile.")
    if ChangeEffect.RELEASE in effects:
        return _("%(person)s wants to release the pin of %(attributes)s.")
    return _("%(person)s proposes to change %(attributes)s.")


def _review_questions(pair_ids: Sequence[int]) -> list[Question]:
    pairs = CandidatePair.objects.filter(pk__in=pair_ids).order_by("pk")
    sides = SourceRecord.objects.in_bulk({pk for pair in pairs.values_list("left_id", "right_id") for pk in pair})
    return [
        Question(
            subject_id=pk,
            entity_type=entity_type,
            title=f"{_title(sides[left])} ⇄ {_title(sides[right])}",
            weight_bits=weight,
            details={"source_record_ids": [left, right]},
        )
        for pk, entity_type, left, right, weight in pairs.values_list(
            "pk", "entity_type", "left_id", "right_id", "weight_bits"
        )
    ]


def _decision_question(condition: ReopeningCondition) -> Question:
    decision = MatchDecision.objects.filter(unit=condition.unit).order_by("pk").select_related("left", "right")[0]
    return Question(
        subject_id=condition.pk,
        entity_type=decision.left.entity_type,
        title=f"{_title(decision.left)} ⇄ {_title(decision.right)}",
        reason=condition_text(condition, decision.left.entity_type),
    )


def _price_question(conflict: PriceConflict) -> Question:
    inside = conflict.left_id == conflict.right_id
    first = told_conflicts(conflict.lines[:1])[0]
    said = {"count": conflict.count, "thing": first.thing}
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


def _certificate_question(notice: CertificateNotice) -> Question:
    return Question(
        subject_id=notice.pk,
        entity_type=notice.golden_record.entity_type,
        title=notice.golden_record.title or notice.golden_record.public_id,
        reason=_("An exemption certificate holds to the day before %(end)s, and nothing takes its place.")
        % {"end": notice.valid_to.isoformat()},
        details={"golden_record_id": notice.golden_record_id},
    )


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


def _quarantine_question(entry: QuarantineEntry) -> Question:
    return Question(
        subject_id=entry.pk,
        entity_type=entry.entity_type,
        title=f"{entry.source_system.label} {entry.key or _('record without a key')}",
        reason="; ".join(problem.get("detail", "") for problem in entry.problems[:3]),
    )


def _title(record: SourceRecord) -> str:
    return (entity_types.get(record.entity_type).title(record.accepted) or record.key)[:140]


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
