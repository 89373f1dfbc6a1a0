from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mdm.entity_types.parents import TREES
from mdm.services.moves import propose_move
from stewardship.models import Permission
from stewardship.pages.doors import Steward, TellingRefusals, actor_of, steward_page
from stewardship.pages.golden.changing import outcome
from stewardship.pages.golden.view import found_record


class MoveForm(forms.Form):
    """Where to, in which tree, from when; an empty parent stands for none."""

    tree = forms.ChoiceField(choices=[(tree, tree) for tree in TREES])
    parent = forms.CharField(max_length=30, required=False)
    from_day = forms.DateField(required=False)
    reason = forms.CharField(max_length=500, required=False)


@steward_page(Permission.PROPOSE)
@require_POST
def move(request: Steward, public_id: str) -> HttpResponse:
    """Propose another parent from a day on; what would close a circle is refused with its path."""
    record, form = found_record(public_id), MoveForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Name a tree, and a day such as 2026-01-31."))
        return redirect("golden-record", public_id=public_id)
    with TellingRefusals(request):
        proposal = propose_move(record, **form.cleaned_data, actor=actor_of(request), at=timezone.now())
        messages.success(request, outcome(proposal))
    return redirect("golden-record", public_id=public_id)
