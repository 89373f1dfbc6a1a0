from django.db import models
from django.db.models import Q

from mdm.fields import JSONField
from mdm.models.systems import MappingVersion, SourceSystem


class QuarantineState(models.TextChoices):
    OPEN = "open", "Open"
    REPLAYED = "replayed", "Replayed"
    DISCARDED = "discarded", "Discarded"


class QuarantineEntry(models.Model):
    """A payload that did not map or validate: kept whole, with the reason per attribute, until it can be replayed.

    `problems` is a list of {pointer, code, detail}; details never carry values.
    """

    source_system = models.ForeignKey(SourceSystem, on_delete=models.PROTECT, related_name="quarantine")
    entity_type = models.CharField(max_length=40)
    key = models.CharField(max_length=200, blank=True, db_collation="C")
    payload = JSONField()
    payload_hash = models.BinaryField(max_length=32)
    problems = JSONField()
    mapping = models.ForeignKey(MappingVersion, on_delete=models.PROTECT, null=True)
    state = models.CharField(max_length=10, choices=QuarantineState, default=QuarantineState.OPEN)
    received_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    correlation_id = models.UUIDField()

    class Meta:
        verbose_name_plural = "quarantine entries"
        constraints = [
            models.UniqueConstraint(
                fields=["source_system", "entity_type", "payload_hash"],
                condition=Q(state="open"),
                name="payload_is_quarantined_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity_type} {self.key or 'without key'}"
