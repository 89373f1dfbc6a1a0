"""Recent readings of other systems."""

from django.db.models import QuerySet

from sync.models import PullRun, ReconcileRun


def recent_pull_runs(*, system: str | None = None, limit: int = 50) -> QuerySet[PullRun]:
    """Newest first, of one system or all."""
    runs = PullRun.objects.select_related("system").order_by("-started_at", "-pk")
    return (runs.filter(system__name=system) if system else runs)[:limit]


def recent_reconcile_runs(*, system: str | None = None, limit: int = 50) -> QuerySet[ReconcileRun]:
    """Newest first, of one system or all."""
    runs = ReconcileRun.objects.select_related("system").order_by("-started_at", "-pk")
    return (runs.filter(system__name=system) if system else runs)[:limit]
