"""The page that proposes new values: for what nobody owns, and for what its owner may be asked to take over."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from mdm.entity_types import entity_types
from mdm.errors import InvalidValues
from mdm.models import ChangeRequest, ChangeRequestState, GoldenRecord, GoldenVersion
from mdm.selectors.version_differences import Differing, version_differences
from mdm.services.edits import VersionMismatch, propose_change_to_version
from mdm.services.rule_sets import published_rules
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.pages.golden.proposal_form import ProposalForm, is_forbidden, ownership_at
from stewardship.pages.golden.view import found_record
from stewardship.selectors.titles import system_labels


@steward_page(Permission.PROPOSE)
def edit(request: Steward, public_id: str) -> HttpResponse:
    """Propose values; what the policy leaves free holds at once, the rest waits for an approver.

    Where the record has moved on since the form was drawn, it comes again with what changed and what was typed.
    """
    record = found_record(public_id)
    if request.method != "POST":
        return _page(request, record, ProposalForm(record))
    shown = _shown(record, request.POST.get("version", ""))
    form = ProposalForm(record, request.POST, shown=shown)
    if not form.is_valid():
        return _page(request, record, form)
    changed = form.changed_values()
    if not changed:
        messages.info(request, _("Nothing was changed."))
        return redirect("golden-record", public_id=public_id)
    with TellingRefusals(request):
        try:
            proposal = propose_change_to_version(
                record.pk,
                changed,
                version=shown.version,
                reason=form.cleaned_data["reason"],
                actor=actor_of(request),
                at=timezone.now(),
                pin=form.cleaned_data["pin"],
                pin_until=form.pin_until(),
            )
        except InvalidValues as error:
            form.tell(error.problems)
        except VersionMismatch:
            record = found_record(public_id)
            changes = version_differences(record, shown.version, record.version, readable=list(entity_types))
            return _page(request, record, ProposalForm(record, kept=form.typed()), changes=changes)
        else:
            messages.success(request, outcome(proposal))
            return redirect("golden-record", public_id=public_id)
    return _page(request, record, form)


def _page(
    request: Steward, record: GoldenRecord, form: ProposalForm, *, changes: Sequence[Differing] | None = None
) -> HttpResponse:
    """`changes`: what became of the record since its form was drawn; None when it is the same."""
    context = {"record": record, "form": form, "owned": _owned(record), "changes": changes}
    return render(request, "pages/golden/changing.html", context)


def _shown(record: GoldenRecord, version: str) -> GoldenVersion:
    """The version that the form was drawn from."""
    number = int(version) if version.isdecimal() else 0
    found = GoldenVersion.objects.filter(id=record.pk, version=number).first()
    if found is None:
        raise Http404("The form names no version of this golden record.")
    return found


def outcome(proposal: ChangeRequest) -> str:
    """What to tell the proposer."""
    states = {part.state for part in proposal.parts.all()}
    if ChangeRequestState.OPEN not in states:
        return _("Changed.")
    if ChangeRequestState.APPLIED in states:
        return _("Proposed. Some of it holds now, the rest waits for an approver.")
    return _("Proposed. It waits for an approver.")


def _owned(record: GoldenRecord) -> list[tuple[str, str]]:
    """Label and owner of each attribute that must be changed in its system of record."""
    rules, labels = published_rules(record.entity_type), system_labels()
    owned = ownership_at(record, rules)
    return [
        (attribute.label, labels.get(str(ownership.owner), str(ownership.owner)))
        for attribute in rules.attributes
        if is_forbidden(ownership := owned[attribute.name])
    ]
