from django.db import models
from django.db.models import Q

from sync.models.delivery import Delivery
from sync.outcomes import Outcome


class Attempt(models.Model):
    """One request of a delivery, and how it ended. `message` is the remote system's."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    epoch = models.PositiveBigIntegerField()
    idempotency_key = models.CharField(max_length=160)
    sent_hash = models.BinaryField(max_length=32, help_text="SHA-256 of the wire body.")
    outcome = models.CharField(max_length=12, choices=[(each.value, each.value) for each in Outcome])
    status_code = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty: there was no answer.")
    message = models.TextField(blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=[each.value for each in Outcome]), name="attempt_outcome_is_known"
            ),
            models.CheckConstraint(
                condition=Q(finished_at__gte=models.F("started_at")), name="attempt_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.outcome}"
