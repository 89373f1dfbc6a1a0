from datetime import UTC, datetime, time

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.models import CandidatePair, ReopeningKind
from mdm.selectors.attributes import attributes_of
from mdm.selectors.golden import holders_of
from mdm.services.reopening import InvalidCondition, Reopening
from stewardship.models import Permission, Task, TaskKind, TaskState
from stewardship.pages.addresses import queue_address, task_address
from stewardship.pages.compare.waterfall import waterfall
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.pages.queue.view import wanted_tasks
from stewardship.selectors.comparison import compare
from stewardship.selectors.consequences import told_consequences
from stewardship.selectors.decisions import last_decision_unit
from stewardship.selectors.evidence import evidence_of, other_pairs
from stewardship.selectors.impact import impact_of
from stewardship.selectors.queue import Filter, next_task, open_counts
from stewardship.selectors.rivals import repeated_in
from stewardship.selectors.sites import is_shared_site
from stewardship.services.reviews import Verdict, decide_review

OTHER_PAIRS_SHOWN = 12


@steward_page()
def review(request: Steward, task_id: int) -> HttpResponse:
    """Are these two the same thing? What differs, what would result, why it is asked, and what would change where."""
    task = get_object_or_404(Task, pk=task_id, kind=TaskKind.MATCH_REVIEW)
    among = Filter(TaskKind.MATCH_REVIEW, wanted_tasks(request).entity_type)
    following = next_task(among, after=task)
    context: dict[str, object] = {
        "task": task,
        "among": among,
        "next_address": task_address(following, among=among) if following else queue_address(among),
        "left_count": open_counts(among.entity_type)[TaskKind.MATCH_REVIEW],
        "can_undo": last_decision_unit(request.user.get_username()) is not None,
    }
    pair = CandidatePair.objects.filter(pk=task.subject_id).first()
    if pair is None or task.state != TaskState.OPEN:
        context["holders"] = holders_of([pair.left_id, pair.right_id]) if pair else []
        return render(request, "pages/compare/settled.html", context)
    comparison = compare(pair, at=timezone.now())
    evidence = evidence_of(pair)
    context |= {
        "pair": pair,
        "comparison": comparison,
        "evidence": evidence,
        "repeated_in": repeated_in(pair),
        "waterfall": waterfall(evidence),
        "other_pairs": other_pairs(comparison.left.records, comparison.right.records, but=pair)[:OTHER_PAIRS_SHOWN],
        "impact": impact_of(comparison),
        "consequences": (
            told_consequences(pair.left_id, pair.right_id, at=timezone.now()) if comparison.goes is not None else None
        ),
        "is_shared_site": is_shared_site(comparison.left.golden, comparison.right.golden, on=timezone.now().date()),
        "reopening_kinds": ReopeningKind.choices,
        "watchable": attributes_of(pair.entity_type),
    }
    return render(request, "pages/compare/compare.html", context)


@steward_page(Permission.DECIDE)
@require_POST
def decide(request: Steward, task_id: int) -> HttpResponse:
    """Take the decision and go straight to the next open review; refused, come back to this one."""
    task = get_object_or_404(Task, pk=task_id, kind=TaskKind.MATCH_REVIEW)
    among = Filter(TaskKind.MATCH_REVIEW, wanted_tasks(request).entity_type)
    if request.POST.get("verdict") not in list(Verdict):
        return HttpResponseBadRequest("verdict is merge or apart")
    verdict = Verdict(request.POST["verdict"])
    with TellingRefusals(request):
        decide_review(
            task.pk,
            verdict,
            reason=request.POST.get("reason", ""),
            reopen_when=_reopening(request),
            accept_price_conflicts="accept_price_conflicts" in request.POST,
            actor=actor_of(request),
            at=timezone.now(),
        )
        said = _("Merged") if verdict is Verdict.MERGE else _("Kept apart")
        messages.success(request, f"{said}: {task.title}", extra_tags="undoable")
        following = next_task(among, after=task)
        return redirect(task_address(following, among=among) if following else queue_address(among))
    return redirect(f"{reverse('review', args=[task.pk])}?entity_type={among.entity_type}")


def _reopening(request: Steward) -> Reopening | None:
    """When the steward wants to be asked again. Raises InvalidCondition for half a wish."""
    kind = request.POST.get("again_kind", "")
    if not kind:
        return None
    if kind not in ReopeningKind.values:
        raise InvalidCondition("Choose when to ask again.")
    day = parse_date(request.POST.get("again_day", "") or "-") if kind == ReopeningKind.DATE else None
    due_at = datetime.combine(day, time(), UTC) if day is not None else None
    return Reopening(ReopeningKind(kind), request.POST.get("again_attribute", ""), due_at)
