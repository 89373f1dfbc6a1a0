from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from mdm.fields import JSONField
from mdm.models.rules import RuleSet


class GoldenStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    MERGED = "merged", "Merged"
    RETIRED = "retired", "Retired"
    ERASED = "erased", "Erased"


class VersionFacts(models.Model):
    """What a version knows beside the record itself: its place in the feed, and who caused it and why."""

    feed_position = models.BigIntegerField(null=True, editable=False, help_text="Given after commit by the sequencer.")
    actor = models.CharField(max_length=150, editable=False)
    correlation_id = models.UUIDField(editable=False)

    class Meta:
        abstract = True


class GoldenRecord(models.Model):
    """Identity and current version of the hub's best account of one thing, whatever its entity type.

    `document` is what the API serves, as stored. Every version is also a row of the history table; both are written
    set-wise by `mdm.services.versions`, never by `save()`.
    """

    entity_type = models.CharField(max_length=40)
    public_id = models.CharField(max_length=20, unique=True, db_collation="C")
    status = models.CharField(max_length=10, choices=GoldenStatus, default=GoldenStatus.ACTIVE)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_records"
    )
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=300, blank=True)
    document = JSONField()
    lineage = JSONField()
    quality = models.FloatField(default=1.0, help_text="Share of quality rules passed, 0 to 1.")
    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT)
    effective_at = models.DateTimeField()
    recompute_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    history = HistoricalRecords(bases=[VersionFacts], excluded_fields=["created_at"])

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False) | (~Q(status="merged") & Q(merged_into=None)),
                name="only_a_merged_record_names_its_survivor",
            ),
        ]
        indexes = [
            models.Index(fields=["entity_type", "id"], name="golden_records_by_type"),
            models.Index(fields=["recompute_at"], condition=Q(recompute_at__isnull=False), name="golden_records_due"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.title}"
