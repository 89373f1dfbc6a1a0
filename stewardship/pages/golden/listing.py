from django.http import HttpResponse
from django.shortcuts import render

from mdm.entity_types import entity_types
from mdm.models import SourceSystem
from stewardship.pages.doors import Steward, steward_page
from stewardship.selectors.golden_list import golden_page
from stewardship.selectors.quality import words_of_rule


@steward_page()
def golden_records(request: Steward) -> HttpResponse:
    """Search by part of a name, by id, or by a system's own key."""
    wanted = request.GET.get("entity_type", "")
    entity_type = wanted if wanted in entity_types else ""
    text, system = request.GET.get("q", ""), request.GET.get("system", "")
    after = request.GET.get("after", "")
    failing = request.GET.get("failing", "")
    page = golden_page(
        entity_type=entity_type,
        text=text,
        system=system,
        failing=failing,
        after=int(after) if after.isdecimal() else 0,
    )
    return render(
        request,
        "pages/golden/listing.html",
        {
            "page": page,
            "text": text,
            "entity_type": entity_type,
            "system": system,
            "failing": failing,
            "failing_words": words_of_rule(entity_type, failing) if failing else "",
            "types": [(name, entity_types.get(name).label_plural) for name in sorted(entity_types)],
            "systems": SourceSystem.objects.order_by("label"),
            "is_first_page": not after,
        },
    )
