from django.db import models

from mdm.fields import JSONField


class IdempotentAnswer(models.Model):
    """What a client was answered under one of its idempotency keys, written in the transaction of what it asked for."""

    client = models.CharField(max_length=160)
    key = models.CharField(max_length=220, db_collation="C")
    request_hash = models.BinaryField(max_length=32, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField()
    headers = JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client", "key"], name="client_key_is_answered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.status}"
