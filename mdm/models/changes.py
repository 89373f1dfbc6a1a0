from django.db import models
from django.db.models import F, Q

from mdm.fields import JSONField
from mdm.models.golden import GoldenRecord


class ChangeRequestState(models.TextChoices):
    OPEN = "open", "Open"
    APPLIED = "applied", "Applied"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ChangeRequest(models.Model):
    """Proposed attribute values of one golden record.

    Approval is bound to the payload's hash; four eyes by constraint.
    """

    golden_record = models.ForeignKey(GoldenRecord, on_delete=models.PROTECT, related_name="change_requests")
    payload = JSONField(help_text="Attribute name → proposed value.")
    payload_hash = models.BinaryField(max_length=32)
    base_version = models.PositiveIntegerField(help_text="Golden version the proposer saw.")
    origin_system = models.CharField(max_length=40, default="hub")
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=ChangeRequestState, default=ChangeRequestState.OPEN)
    needs_approval = models.BooleanField(default=True)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    last_edited_by = models.CharField(max_length=150)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    approved_hash = models.BinaryField(max_length=32, null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(needs_approval=False)
                | ~Q(state="applied")
                | (~Q(decided_by="") & ~Q(decided_by=F("proposed_by")) & ~Q(decided_by=F("last_edited_by"))),
                name="approver_is_neither_proposer_nor_last_editor",
            ),
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(approved_hash=F("payload_hash")), name="what_is_applied_was_approved"
            ),
        ]
        indexes = [models.Index(fields=["golden_record", "-id"], name="change_requests_by_record")]

    def __str__(self) -> str:
        return f"change request {self.pk}"
