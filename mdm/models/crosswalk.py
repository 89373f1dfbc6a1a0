from django.db import models
from django.db.models import Q

from mdm.models.golden import GoldenRecord
from mdm.models.source import SourceRecord


class CrosswalkEntry(models.Model):
    """One source record's place under one golden record. Closed, never deleted, so lineage stays."""

    source_record = models.ForeignKey(SourceRecord, on_delete=models.PROTECT, related_name="crosswalk_entries")
    golden_record = models.ForeignKey(GoldenRecord, on_delete=models.PROTECT, related_name="crosswalk_entries")
    weight_bits = models.FloatField(
        null=True, help_text="Heaviest pair inside the cluster; null for a lone record or a steward's link."
    )
    linked_at = models.DateTimeField()
    unlinked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "crosswalk entries"
        constraints = [
            models.UniqueConstraint(
                fields=["source_record"], condition=Q(unlinked_at=None), name="source_record_has_one_open_entry"
            ),
        ]
        indexes = [
            models.Index(fields=["golden_record"], condition=Q(unlinked_at=None), name="open_entries_by_golden_record")
        ]

    def __str__(self) -> str:
        return f"{self.source_record_id} under {self.golden_record_id}"
