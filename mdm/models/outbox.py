from django.db import models

from mdm.models.golden import GoldenRecord


class OutboxMessage(models.Model):
    """The announcement of one golden version, written in its transaction.

    `body` is the canonical form (RFC 8785) of the version's document; money is text. What goes to a target is a pure
    function of it, the mapping version and the remote keys.
    """

    golden_record = models.ForeignKey(GoldenRecord, on_delete=models.PROTECT, related_name="outbox_messages")
    version = models.PositiveIntegerField()
    entity_type = models.CharField(max_length=40)
    body = models.BinaryField()
    body_hash = models.BinaryField(max_length=32)
    correlation_id = models.UUIDField()
    traceparent = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    planned_at = models.DateTimeField(null=True, blank=True, help_text="When the relay turned it into wanted versions.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["golden_record", "version"], name="version_has_one_outbox_message"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(planned_at=None), name="outbox_messages_to_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.golden_record_id} version {self.version}"


class Sequencer(models.Model):
    """The last position given out, of the feed and of the audit seals; whoever moves a row holds its lock: no holes."""

    name = models.CharField(max_length=20, primary_key=True)
    last_position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.last_position}"
