from django.db import models
from django.db.models import F, Q

from mdm.models.source import SourceRecord


class ReassignmentKind(models.TextChoices):
    REFERENCE = "reference", "What it refers to"
    ITEM = "item", "An item of a list"


class Reassignment(models.Model):
    """A steward's word that something a source record says is about the thing of another source record.

    It outlives re-match and re-load, as decisions do: while the source record still says what `key` names, the word
    counts; the record `to_record` may move, and the word with it. Closed, never deleted.
    """

    source_record = models.ForeignKey(SourceRecord, on_delete=models.PROTECT, related_name="reassignments")
    attribute = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=ReassignmentKind)
    key = models.TextField(
        db_collation="C", help_text="Canonical JSON: system, entity type and key referred to, or the key of the item."
    )
    to_record = models.ForeignKey(SourceRecord, on_delete=models.PROTECT, related_name="+")
    unit = models.UUIDField(help_text="The steward's action it belongs to; undone with its decisions.", db_index=True)
    reason = models.TextField(blank=True)
    decided_by = models.CharField(max_length=150)
    decided_at = models.DateTimeField()
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_record", "attribute", "kind", "key"],
                condition=Q(closed_at=None),
                name="what_is_said_has_one_open_reassignment",
            ),
            models.CheckConstraint(
                condition=~Q(source_record=F("to_record")), name="reassignment_leads_to_another_record"
            ),
        ]
        indexes = [
            models.Index(fields=["to_record"], condition=Q(closed_at=None), name="open_reassignments_by_receiver")
        ]

    def __str__(self) -> str:
        return f"{self.attribute} of source record {self.source_record_id} is about {self.to_record_id}"
