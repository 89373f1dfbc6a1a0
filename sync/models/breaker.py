from django.db import models
from django.db.models import Q

from mdm.models import SourceSystem


class BreakerState(models.TextChoices):
    """Closed lets everything through, open nothing, half open the one probe."""

    CLOSED = "closed", "Sending"
    OPEN = "open", "Paused"
    HALF_OPEN = "half_open", "Probing"


class Breaker(models.Model):
    """Whether a target is fit to be sent to, known to every worker. `probe_at` is when one of them may try again."""

    target = models.OneToOneField(SourceSystem, on_delete=models.PROTECT, related_name="breaker", primary_key=True)
    state = models.CharField(max_length=10, choices=BreakerState, default=BreakerState.CLOSED)
    opened_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    probe_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BreakerState.values), name="breaker_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="closed") | Q(probe_at__isnull=False), name="an_open_breaker_has_a_probe_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target_id} {self.state}"
