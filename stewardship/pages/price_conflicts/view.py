from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from mdm.models import PriceConflict
from stewardship.pages.doors import Steward, steward_page
from stewardship.selectors.price_lines import told_conflicts


@steward_page()
def price_conflict(request: Steward, conflict_id: int) -> HttpResponse:
    """Which lines stand against each other, and where to change them; it ends when they no longer do."""
    conflict = get_object_or_404(PriceConflict.objects.select_related("left", "right"), pk=conflict_id)
    return render(
        request,
        "pages/price_conflicts/price_conflict.html",
        {
            "conflict": conflict,
            "lines": told_conflicts(conflict.lines),
            "more": conflict.count - len(conflict.lines),
            "is_inside": conflict.left == conflict.right,
        },
    )
