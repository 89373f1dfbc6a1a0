from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from stewardship.models import Task, TaskKind
from stewardship.pages.doors import Steward, steward_page


@steward_page()
def parked(request: Steward, task_id: int) -> HttpResponse:
    """A delivery that a person must look at: what is wrong, in the words of the part that delivers."""
    task = get_object_or_404(Task, pk=task_id, kind=TaskKind.DELIVERY)
    return render(request, "pages/deliveries/parked.html", {"task": task})
