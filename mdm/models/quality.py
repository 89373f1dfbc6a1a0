from django.db import models
from django.db.models import Q

from mdm.models.golden import GoldenRecord
from mdm.rules.quality_rules import Severity

_WAITS = Q(released_at=None)


class FailedRule(models.Model):
    """A quality rule that a golden record fails now; the row goes as soon as the record passes.

    `asks`: a person is told. `blocks`: no version from `since_version` on is delivered. Either ends when somebody lets
    the record go as it is, for as long as it fails with the values it had then.
    """

    entity_type = models.CharField(max_length=40)
    golden_record = models.ForeignKey(GoldenRecord, on_delete=models.PROTECT, related_name="failed_rules")
    rule = models.CharField(max_length=250, db_collation="C")
    attribute = models.CharField(max_length=100)
    severity = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Severity])
    asks = models.BooleanField()
    blocks = models.BooleanField()
    since_version = models.PositiveIntegerField()
    since_at = models.DateTimeField()
    values_commitment = models.BinaryField(max_length=32, help_text="Keyed, of the values that fail.")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=150, blank=True)
    release_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["golden_record", "rule"], name="golden_record_fails_a_rule_once"),
            models.CheckConstraint(condition=Q(asks=True) | Q(blocks=False), name="who_blocks_also_asks"),
        ]
        indexes = [
            models.Index(fields=["entity_type", "rule", "golden_record"], name="failing_records_of_a_rule"),
            models.Index(fields=["golden_record"], condition=_WAITS & Q(blocks=True), name="held_golden_records"),
        ]

    def __str__(self) -> str:
        return f"{self.golden_record_id} fails {self.rule}"


class UniqueValue(models.Model):
    """A value that no other active golden record may have, as a keyed hash. Unchecked ones wait to be compared.

    Only who holds the golden record's row adds, changes or forgets one: so writers never wait for each other.
    """

    entity_type = models.CharField(max_length=40)
    rule = models.CharField(max_length=250, db_collation="C")
    value_hash = models.BinaryField(max_length=16)
    golden_record = models.ForeignKey(GoldenRecord, on_delete=models.PROTECT, related_name="unique_values")
    is_gone = models.BooleanField(default=False, help_text="The record lost it; others that have it may pass now.")
    is_checked = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["golden_record", "rule", "value_hash"], name="golden_record_has_a_unique_value_once"
            ),
        ]
        indexes = [
            models.Index(fields=["entity_type", "rule", "value_hash"], name="holders_of_a_unique_value"),
            models.Index(fields=["id"], condition=Q(is_checked=False), name="unique_values_to_check"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} of {self.golden_record_id}"


class ScoreScope(models.TextChoices):
    """What a score is of: all golden records, one rule or attribute of theirs, or one system's source records."""

    ALL = "all", "All"
    SYSTEM = "system", "Source system"
    ATTRIBUTE = "attribute", "Attribute"
    RULE = "rule", "Rule"


class QualityScore(models.Model):
    """How good the records of an entity type were on one day."""

    day = models.DateField()
    entity_type = models.CharField(max_length=40)
    scope = models.CharField(max_length=10, choices=ScoreScope)
    name = models.CharField(max_length=250, blank=True, db_collation="C")
    records = models.PositiveIntegerField()
    failing = models.PositiveIntegerField(help_text="Records that fail one rule at least.")
    score = models.FloatField(help_text="0 to 1.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity_type", "scope", "name", "day"], name="score_is_told_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.entity_type} {self.scope} {self.name} {self.day}"
