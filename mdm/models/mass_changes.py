from django.db import models
from django.db.models import Q

from mdm.fields import JSONField
from mdm.models.golden import GoldenRecord
from mdm.public_ids import public_id

ID_PREFIX = "MCH"


class MassChangeState(models.TextChoices):
    """`rehearsed` asks nobody yet; `open` waits for consent."""

    REHEARSED = "rehearsed", "Rehearsed"
    OPEN = "open", "Waits for approval"
    APPLIED = "applied", "Applied"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    UNDONE = "undone", "Undone"


class MassChange(models.Model):
    """One change of many pricing agreements: rehearsed, approved, applied and undone as a whole.

    `selection` and `terms` are what was asked for, `figures` what the rehearsal counted; the values themselves are in
    its parts, which never change. `consents` are the groups that must agree, one person each; a trigger counts them.
    """

    selection = JSONField()
    terms = JSONField()
    figures = JSONField()
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=MassChangeState, default=MassChangeState.REHEARSED)
    payload_hash = models.BinaryField(max_length=32, help_text="Over the hashes of its parts: what a reader has seen.")
    consents = JSONField(default=list, help_text="Group names, in order; an empty name is any approver's.")
    correlation_id = models.UUIDField(unique=True, help_text="Of every golden version that it makes.")
    proposed_by = models.CharField(max_length=150)
    submitted_by = models.CharField(max_length=150, blank=True)
    rehearsed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    undone_by = models.CharField(max_length=150, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undo_reason = models.TextField(blank=True)
    kept = JSONField(default=list, help_text="What was edited later, which undoing left as it is: id and line keys.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["rehearsed", "open"], decided_at=None)
                | (~Q(state__in=["rehearsed", "open"]) & Q(decided_at__isnull=False)),
                name="mass_change_that_is_decided_says_when",
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_at__isnull=False) | (~Q(state="undone") & Q(undone_at=None)),
                name="mass_change_that_is_undone_says_when",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """Such as MCH-0000012-7."""
        return public_id(ID_PREFIX, self.pk)

    @property
    def valid_approvals(self) -> list["MassChangeApproval"]:
        """Consents by place."""
        return sorted(self.approvals.all(), key=lambda each: each.place)


class MassChangePart(models.Model):
    """One agreement of a mass change. Never changed.

    `values` are new attribute values, `effects` what each becomes, `rows` tell of each line chosen; where the rules
    refuse it, `refused` says why and there are no values. `base_hash` is of those attributes as they were.
    """

    mass_change = models.ForeignKey(MassChange, on_delete=models.PROTECT, related_name="parts")
    golden_record = models.ForeignKey(GoldenRecord, on_delete=models.PROTECT, related_name="+")
    base_version = models.PositiveIntegerField()
    base_hash = models.BinaryField(max_length=32)
    values = JSONField()
    effects = JSONField()
    rows = JSONField()
    refused = models.TextField(blank=True)
    payload_hash = models.BinaryField(max_length=32, help_text="Over agreement, base, values and effects.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mass_change", "golden_record"], name="mass_change_has_an_agreement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.golden_record_id} in mass change {self.mass_change_id}"


class MassChangeApproval(models.Model):
    """One person's consent to exactly the parts with that hash. Never changed."""

    mass_change = models.ForeignKey(MassChange, on_delete=models.PROTECT, related_name="approvals")
    payload_hash = models.BinaryField(max_length=32)
    place = models.PositiveSmallIntegerField(help_text="Which of the consents it gives, 0 first.")
    approved_by = models.CharField(max_length=150)
    approved_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mass_change", "approved_by"], name="person_approves_a_mass_change_once"),
            models.UniqueConstraint(fields=["mass_change", "place"], name="consent_to_a_mass_change_is_given_once"),
        ]

    def __str__(self) -> str:
        return f"approval of mass change {self.mass_change_id} by {self.approved_by}"
