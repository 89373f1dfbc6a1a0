from django.db import models

from mdm.fields import JSONField


class AuditEntry(models.Model):
    """Who did what, when, why, under which rules. Append-only by grants; holds ids and commitments, never values."""

    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    subject_version = models.PositiveIntegerField(null=True)
    actor = models.CharField(max_length=150)
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    rule_set_id = models.BigIntegerField(null=True)
    correlation_id = models.UUIDField(null=True)
    commitment = models.BinaryField(
        max_length=32, null=True, help_text="HMAC-SHA256 over the detail; null without one."
    )

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["subject_type", "subject_id", "id"], name="audit_entries_by_subject")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"


class AuditDetail(models.Model):
    """The values an audit entry is about. Erasable: the entry's commitment stays."""

    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="detail")
    values = JSONField()

    def __str__(self) -> str:
        return f"detail of {self.entry_id}"
