from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from mdm.fields import JSONField

ID_BYTES, HASH_BYTES = 8, 32


class AuditEntry(models.Model):
    """Who did what, when, under which rules. Append-only by grants; holds ids and commitments, never values.

    Only its seal position is written later, once. `reason` is the hub's own; what somebody wrote is in the detail, see
    `why`.
    """

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
    seal_position = models.BigIntegerField(
        null=True, blank=True, editable=False, help_text="Its place in the chain of seals; null until it is sealed."
    )

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="audit_entries_by_subject"),
            models.Index(fields=["id"], condition=Q(seal_position=None), name="audit_entries_to_seal"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["seal_position"], condition=Q(seal_position__isnull=False), name="seal_position_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"

    @property
    def why(self) -> str:
        """The reason, whoever gave it; "" for none, or where it was erased."""
        detail = getattr(self, "detail", None)
        return self.reason or (detail.reason if detail is not None else "")


class AuditDetail(models.Model):
    """What an audit entry is about: values, and a reason somebody wrote. Erasable: the entry's commitment stays."""

    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="detail")
    values = JSONField(null=True)
    reason = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"detail of {self.entry_id}"


_COUNT = F("last_position") - F("first_position") + 1


class AuditSeal(models.Model):
    """The ids and digests of a run of audit entries, chained to the seal before and signed. Append-only by grants.

    An entry's digest is told by `mdm.selectors.audit_entries`, the rest by `mdm.audit_chain`.
    """

    first_position = models.BigIntegerField(unique=True)
    last_position = models.BigIntegerField(unique=True)
    entry_ids = models.BinaryField(help_text="Eight bytes each, in order of position.")
    digests = models.BinaryField(help_text="SHA-256 of each entry, in order of position.")
    previous_hash = models.BinaryField(max_length=HASH_BYTES, help_text="Zeros in the first seal.")
    hash = models.BinaryField(max_length=HASH_BYTES)
    key_id = models.CharField(max_length=16, help_text="Which key signed; tells nothing about it.")
    signature = models.BinaryField(max_length=HASH_BYTES)
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(first_position__gte=1), name="seal_positions_begin_at_one"),
            models.CheckConstraint(
                condition=Q(Exact(Length("entry_ids"), _COUNT * ID_BYTES)), name="seal_lists_the_id_of_each_entry"
            ),
            models.CheckConstraint(
                condition=Q(Exact(Length("digests"), _COUNT * HASH_BYTES)), name="seal_lists_the_digest_of_each_entry"
            ),
        ]

    def __str__(self) -> str:
        return f"seal of {self.first_position} to {self.last_position}"
