from django.db import models
from django.db.models import Q

from mdm.fields import JSONField
from mdm.models.golden import GoldenRecord
from mdm.models.mass_changes import MassChange
from mdm.models.source import SourceRecord


class ChangeRequestState(models.TextChoices):
    OPEN = "open", "Open"
    APPLIED = "applied", "Applied"
    REJECTED = "rejected", "Rejected"
    REFUSED = "refused", "Refused by the rules"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


class ChangeEffect(models.TextChoices):
    """What a proposed value becomes: the hub's own word among the others, a pin over them, or a system's own value.

    `SURVIVE` lets through what another record says, which waits behind the value that was consented to. `RELEASE` ends
    a pin; its value is what holds then.
    """

    VALUE = "value", "Value"
    PIN = "pin", "Pinned value"
    CORRECTION = "correction", "Correction at the owner"
    ACCEPT = "accept", "Value of its system"
    SURVIVE = "survive", "Value of another record"
    RELEASE = "release", "End of a pin"


class ChangeRequest(models.Model):
    """Proposed attribute values of one golden record, each a part that is approved by itself.

    Open while any part is; then applied when any part was, else what became of the part decided last.
    """

    golden_record = models.ForeignKey(GoldenRecord, on_delete=models.PROTECT, related_name="change_requests")
    payload_hash = models.BinaryField(max_length=32, help_text="Over the hashes of its parts: what a reader has seen.")
    base_version = models.PositiveIntegerField(help_text="Golden version the proposer saw.")
    origin_system = models.CharField(max_length=40, default="hub")
    source_record = models.ForeignKey(
        SourceRecord, on_delete=models.PROTECT, null=True, blank=True, help_text="Record whose system proposes."
    )
    pin_until = models.DateTimeField(null=True, blank=True, help_text="End of the pins it sets; null for none.")
    reason = models.TextField(blank=True)
    mass_change = models.ForeignKey(
        MassChange,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="change_requests",
        help_text="Where consent was given to the change of which this is a part.",
    )
    state = models.CharField(max_length=10, choices=ChangeRequestState, default=ChangeRequestState.OPEN)
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["golden_record", "-id"], name="change_requests_by_record"),
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="change_requests_that_expire"),
        ]

    def __str__(self) -> str:
        return f"change request {self.pk}"

    @property
    def payload(self) -> dict[str, object]:
        """Attribute name → proposed value."""
        return {part.attribute: part.value for part in self.sorted_parts}

    @property
    def sorted_parts(self) -> list["ChangePart"]:
        """The parts by attribute name; reads from what was prefetched."""
        return sorted(self.parts.all(), key=lambda part: part.attribute)

    @property
    def needs_approval(self) -> bool:
        """Whether somebody has, or had, to consent to any part."""
        return any(part.consents for part in self.parts.all())

    @property
    def last_decided(self) -> "ChangePart | None":
        """The part that somebody decided last; None while nobody has."""
        decided = [(part.decided_at, part) for part in self.sorted_parts if part.decided_at is not None]
        return max(decided, key=lambda pair: pair[0], default=(None, None))[1]


class ChangePart(models.Model):
    """One proposed attribute value. `consents` are the groups that must agree, one person each; a trigger counts them.

    An edit raises `revision`, which is part of the hash: consent given before does not count any more.
    """

    change_request = models.ForeignKey(ChangeRequest, on_delete=models.PROTECT, related_name="parts")
    attribute = models.CharField(max_length=100)
    value = JSONField(null=True)
    effect = models.CharField(max_length=10, choices=ChangeEffect, default=ChangeEffect.VALUE)
    payload_hash = models.BinaryField(max_length=32, help_text="Over attribute, value and revision.")
    revision = models.PositiveIntegerField(default=1)
    edited_by = models.CharField(max_length=150)
    edited_at = models.DateTimeField()
    consents = JSONField(default=list, help_text="Group names, in order; an empty name is any approver's.")
    state = models.CharField(max_length=10, choices=ChangeRequestState, default=ChangeRequestState.OPEN)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change_request", "attribute"], name="attribute_is_proposed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attribute} of change request {self.change_request_id}"

    @property
    def valid_approvals(self) -> list["Approval"]:
        """Consent to the present revision; reads from what was prefetched."""
        return [each for each in self.approvals.all() if bytes(each.payload_hash) == bytes(self.payload_hash)]


class Approval(models.Model):
    """One person's consent to exactly the value with that hash. Never changed."""

    part = models.ForeignKey(ChangePart, on_delete=models.PROTECT, related_name="approvals")
    payload_hash = models.BinaryField(max_length=32)
    place = models.PositiveSmallIntegerField(help_text="Which of the part's consents it gives, 0 first.")
    approved_by = models.CharField(max_length=150)
    approved_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["part", "payload_hash", "approved_by"], name="person_approves_a_value_once"
            ),
            models.UniqueConstraint(fields=["part", "payload_hash", "place"], name="consent_to_a_value_is_given_once"),
        ]

    def __str__(self) -> str:
        return f"approval of {self.part_id} by {self.approved_by}"


class ChangeComment(models.Model):
    """What somebody said about a change request."""

    change_request = models.ForeignKey(ChangeRequest, on_delete=models.PROTECT, related_name="comments")
    text = models.TextField()
    said_by = models.CharField(max_length=150)
    said_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"comment on change request {self.change_request_id}"
