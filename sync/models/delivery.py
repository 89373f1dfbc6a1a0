from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from mdm.models import MappingVersion
from sync.models.stream import Stream


class DeliveryState(models.TextChoices):
    """`unchanged`: the target held it already. `shadowed`: rendered and recorded for a target in shadow mode."""

    SENDING = "sending", "On its way"
    ACKNOWLEDGED = "acknowledged", "Confirmed"
    UNCHANGED = "unchanged", "Nothing to say"
    SUPERSEDED = "superseded", "Replaced by a newer version"
    SHADOWED = "shadowed", "Rendered, not sent"
    FAILED = "failed", "Failed"


class Delivery(models.Model):
    """One version on one stream. `body_hash` is that of the approved canonical document, the outbox message's own."""

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="deliveries")
    version = models.PositiveIntegerField()
    mapping = models.ForeignKey(MappingVersion, on_delete=models.PROTECT, null=True, blank=True)
    body_hash = models.BinaryField(max_length=32)
    attributes = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="Names of what the target held otherwise."
    )
    left_out = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="Attributes that speak of a record the target does not know.",
    )
    state = models.CharField(max_length=12, choices=DeliveryState)
    created_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    correlation_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "version"], name="version_is_delivered_once_per_stream"),
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_state_is_known"),
        ]
        indexes = [models.Index(fields=["correlation_id"], name="deliveries_by_correlation")]

    def __str__(self) -> str:
        return f"{self.stream_id} version {self.version} {self.state}"
