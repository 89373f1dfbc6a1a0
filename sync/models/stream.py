from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from mdm.models import GoldenRecord, RemoteRecord, SourceSystem


class StreamState(models.TextChoices):
    """Nothing to send, something to send, or waiting for a person."""

    IDLE = "idle", "Up to date"
    DUE = "due", "Waiting to be sent"
    PARKED = "parked", "Needs a person"


class Stream(models.Model):
    """The unit of order: one golden record on its way to one record of one target.

    `remote_record` is empty while the target has yet to create it. A stream ends when its golden record was merged away
    or its remote record moved elsewhere; it lives again when that is undone. `epoch` rises with every claim, and an
    acknowledgement counts only under the epoch it was claimed with. `turn` is the entity type's place in settling
    order, so that a customer goes out before its addresses. `resends` counts how often the same version had to go out
    again.
    """

    target = models.ForeignKey(SourceSystem, on_delete=models.PROTECT, related_name="streams")
    golden_record = models.ForeignKey(GoldenRecord, on_delete=models.PROTECT, related_name="streams")
    remote_record = models.ForeignKey(
        RemoteRecord, on_delete=models.PROTECT, null=True, blank=True, related_name="streams"
    )
    turn = models.PositiveSmallIntegerField()
    wanted_version = models.PositiveIntegerField()
    acknowledged_version = models.PositiveIntegerField(default=0, help_text="0: nothing was confirmed yet.")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=StreamState, default=StreamState.DUE)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    leased_by = models.CharField(max_length=80, blank=True)
    epoch = models.PositiveBigIntegerField(default=0)
    resends = models.PositiveIntegerField(default=0)
    first_failed_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_error = models.TextField(blank=True, help_text="The remote system's words; no attribute values of ours.")
    awaits = ArrayField(
        models.CharField(max_length=20),
        default=list,
        blank=True,
        help_text="Public ids of golden records spoken of that the target does not know yet.",
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["target", "golden_record", "remote_record"],
                name="target_record_has_one_stream",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(state__in=StreamState.values), name="stream_state_is_known"),
            models.CheckConstraint(
                condition=Q(acknowledged_version__lte=F("wanted_version")), name="only_a_wanted_version_is_acknowledged"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(state=StreamState.IDLE), name="an_ended_stream_sends_nothing"
            ),
        ]
        indexes = [
            models.Index(fields=["target", "turn", "due_at"], condition=Q(state="due"), name="streams_due"),
            models.Index(fields=["target"], condition=Q(state="parked"), name="streams_parked"),
            models.Index(fields=["target"], condition=~Q(awaits=[]), name="streams_awaiting_references"),
        ]

    def __str__(self) -> str:
        return f"{self.golden_record_id} to {self.target_id}:{self.remote_record_id or 'new'}"
