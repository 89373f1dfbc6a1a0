from django.db import models
from django.db.models import F, Q

from mdm.fields import JSONField
from mdm.models.rules import RuleSet
from mdm.models.source import SourceRecord


class BlockingKey(models.Model):
    """A 64-bit key of a source record; two records that share one are worth comparing.

    `section` is the first eight bytes of the match section's hash: keys of another section never meet. That a key is of
    a source record is checked for all rows of a statement at once: keys come by the million.
    """

    pk = models.CompositePrimaryKey("source_record_id", "section", "key_hash")
    source_record = models.ForeignKey(
        SourceRecord, on_delete=models.CASCADE, related_name="blocking_keys", db_index=False, db_constraint=False
    )
    section = models.BigIntegerField()
    key_hash = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["section", "key_hash", "source_record"], name="source_records_by_key")]

    def __str__(self) -> str:
        return f"{self.source_record_id} {self.key_hash:x}"


class CandidatePair(models.Model):
    """Two source records scored above the review floor, with the whole explanation of their match weight."""

    entity_type = models.CharField(max_length=40)
    left = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="pairs_as_left")
    right = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="pairs_as_right")
    weight_bits = models.FloatField()
    probability = models.FloatField()
    decision = models.CharField(
        max_length=10, help_text="LINK inside a final cluster; NO_LINK where a better rival settles it; else REVIEW."
    )
    vetoed = models.BooleanField(default=False)
    explanation = JSONField()
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT)
    scored_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["left", "right"], name="pair_is_scored_once"),
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="pair_is_ordered"),
        ]
        indexes = [models.Index(fields=["entity_type", "decision", "-weight_bits"], name="pairs_by_weight")]

    def __str__(self) -> str:
        return f"{self.left_id} and {self.right_id}"


class DecisionKind(models.TextChoices):
    MUST_LINK = "must_link", "Same thing"
    CANNOT_LINK = "cannot_link", "Not the same"


class DecisionOrigin(models.TextChoices):
    STEWARD = "steward", "Steward"
    PROVENANCE = "provenance", "The hub wrote the record itself"


class MatchDecision(models.Model):
    """That two source records are, or are not, the same thing. Survives every re-match; closed, never deleted."""

    left = models.ForeignKey(SourceRecord, on_delete=models.PROTECT, related_name="decisions_as_left")
    right = models.ForeignKey(SourceRecord, on_delete=models.PROTECT, related_name="decisions_as_right")
    kind = models.CharField(max_length=12, choices=DecisionKind)
    origin = models.CharField(max_length=12, choices=DecisionOrigin, default=DecisionOrigin.STEWARD)
    unit = models.UUIDField(help_text="Decisions of one steward's action; undone together.", db_index=True)
    reason = models.TextField(blank=True)
    decided_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField()
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["left", "right"], condition=Q(closed_at=None), name="pair_has_one_open_decision"
            ),
            models.CheckConstraint(condition=Q(left__lt=F("right")), name="decision_is_ordered"),
        ]
        indexes = [models.Index(fields=["right"], condition=Q(closed_at=None), name="open_decisions_by_right")]

    def __str__(self) -> str:
        return f"{self.kind} {self.left_id} {self.right_id}"
