from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.entity_types.agreement_lines import NEVER, Days
from mdm.models import ChangeEffect, ChangeRequestState, PriceConflict
from mdm.pricing.plans import Plan, PlanKind
from mdm.selectors.price_conflicts import LineConflict
from mdm.selectors.price_plans import plans_of
from mdm.services.price_plans import choose_price_plan
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.selectors.price_lines import told_conflicts


@steward_page()
def price_conflict(request: Steward, conflict_id: int) -> HttpResponse:
    """Which lines stand against each other, and the ways out; it ends when they no longer do."""
    conflict = get_object_or_404(PriceConflict.objects.select_related("left", "right"), pk=conflict_id)
    may_propose = conflict.closed_at is None and request.user.has_perm(Permission.PROPOSE)
    return render(
        request,
        "pages/price_conflicts/price_conflict.html",
        {
            "conflict": conflict,
            "lines": [
                (told, line, [(plan, _words(plan)) for plan in plans_of(LineConflict(**line))] if may_propose else [])
                for told, line in zip(told_conflicts(conflict.lines), conflict.lines, strict=True)
            ],
            "more": conflict.count - len(conflict.lines),
            "is_inside": conflict.left == conflict.right,
            "may_propose": may_propose,
        },
    )


@steward_page(Permission.PROPOSE)
@require_POST
def choose(request: Steward, conflict_id: int) -> HttpResponse:
    """Propose the way out that was chosen, as an ordinary change of the agreement."""
    with TellingRefusals(request):
        proposed = choose_price_plan(
            conflict_id,
            left_line=request.POST.get("left_line", ""),
            right_line=request.POST.get("right_line", ""),
            key=request.POST.get("plan", ""),
            reason=request.POST.get("reason", "")[:1000],
            actor=actor_of(request),
            at=timezone.now(),
        )
        parts = list(proposed.parts.all())
        if proposed.state == ChangeRequestState.OPEN:
            messages.success(request, _("Proposed. An approver decides."))
            return redirect("approval", request_id=proposed.pk)
        if any(part.effect == ChangeEffect.CORRECTION for part in parts):
            messages.success(request, _("The owner is asked to take it over."))
        else:
            messages.success(request, _("Done. The agreement has a new version."))
        return redirect("golden-record", public_id=proposed.golden_record.public_id)
    return redirect("price-conflict", conflict_id=conflict_id)


def _words(plan: Plan) -> str:
    """What the plan does, for its button."""
    spans = _(" and ").join(map(_span, plan.keeps))
    named = {"agreement": plan.agreement, "spans": spans}
    match plan.kind:
        case PlanKind.TRUNCATE if plan.loses is not None:
            lost = {**named, "lost": _span(plan.loses)}
            return _("%(agreement)s: end the line: it keeps %(spans)s; %(lost)s has its price no more") % lost
        case PlanKind.TRUNCATE:
            return _("%(agreement)s: end the line: it keeps %(spans)s") % named
        case PlanKind.SPLIT:
            return _("%(agreement)s: split the line around the other: it keeps %(spans)s") % named
        case PlanKind.BEGIN_LATER:
            return _("%(agreement)s: let the line begin later: it keeps %(spans)s") % named
        case PlanKind.DROP:
            return _("%(agreement)s: take the line away; the other prices all its days") % named
        case PlanKind.RAISE_PRECEDENCE:
            rank = {**named, "rank": plan.values["precedence"]}
            return _("%(agreement)s: raise its precedence to %(rank)s, for all its lines") % rank


def _span(days: Days) -> str:
    return " … ".join(_ends(days))


def _ends(days: Days) -> Iterator[str]:
    yield days.start or "–"
    yield "–" if days.end == NEVER else days.end
