from django.db import models
from django.db.models import F, Q

from mdm.models import SourceSystem


class Checkpoint(models.Model):
    """How far reading a system got, in that system's own clock. Moves in the transaction that keeps the page."""

    system = models.ForeignKey(SourceSystem, on_delete=models.PROTECT, related_name="checkpoints")
    entity_type = models.CharField(max_length=40)
    token = models.JSONField()
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "entity_type"], name="system_has_one_checkpoint_per_entity_type"),
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.entity_type}"


class PullRun(models.Model):
    """One reading of what changed in a system. Unfinished means running, or killed."""

    system = models.ForeignKey(SourceSystem, on_delete=models.PROTECT, related_name="pull_runs")
    entity_type = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    received = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    echoes = models.PositiveIntegerField(default=0)
    tombstoned = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    golden_versions = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(finished_at__gte=F("started_at")), name="pull_ends_after_it_starts"
            ),
        ]
        indexes = [models.Index(fields=["system", "entity_type", "-started_at"], name="pull_runs_by_system")]

    def __str__(self) -> str:
        return f"{self.system_id} {self.entity_type} {self.started_at:%Y-%m-%d %H:%M}"


class ReconcileRun(models.Model):
    """One comparison of what a system holds with what the hub would send. `drift` names keys and attributes, no values.

    `drift` is a list of {key, kind: missing|extra|differing, attributes}, the first thousand; the counts are whole.
    """

    system = models.ForeignKey(SourceSystem, on_delete=models.PROTECT, related_name="reconcile_runs")
    entity_type = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    compared = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    extra = models.PositiveIntegerField(default=0)
    differing = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0, help_text="Left out: a delivery to them is under way or parked.")
    requeued = models.PositiveIntegerField(default=0)
    drift = models.JSONField(default=list)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["system", "entity_type", "-started_at"], name="reconcile_runs_by_system")]

    def __str__(self) -> str:
        return f"{self.system_id} {self.entity_type} {self.started_at:%Y-%m-%d %H:%M}"
