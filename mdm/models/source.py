from django.db import models
from django.db.models import Q

from mdm.fields import JSONField
from mdm.models.systems import MappingVersion, SourceSystem


class SourceRecord(models.Model):
    """One record as its system said it, and what of it the hub has accepted.

    `canonical` holds the mapped attributes of the last valid payload; `accepted` those that may survive: an echo of
    our own delivery and a value that awaits approval are canonical but not accepted. `pending_since` is set while
    matching has yet to place the record; it is cleared in the transaction that opens its crosswalk entry. Of an erased
    record only the row is left: no values, another key, and nothing changes it any more.
    """

    source_system = models.ForeignKey(SourceSystem, on_delete=models.PROTECT, related_name="records")
    entity_type = models.CharField(max_length=40)
    key = models.CharField(max_length=200, db_collation="C")
    payload = JSONField()
    canonical = JSONField()
    accepted = JSONField()
    payload_hash = models.BinaryField(max_length=32)
    value_hash = models.BinaryField(max_length=32, help_text="SHA-256 of the canonical attributes.")
    mapping = models.ForeignKey(MappingVersion, on_delete=models.PROTECT, null=True, blank=True)
    source_modified_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    tombstoned_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    pending_since = models.DateTimeField(null=True, blank=True)
    correlation_id = models.UUIDField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_system", "entity_type", "key"], name="source_record_is_unique"),
        ]
        indexes = [
            models.Index(
                fields=["entity_type", "id"], condition=Q(pending_since__isnull=False), name="pending_source_records"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_system_id}:{self.entity_type}:{self.key}"


class SourcePayload(models.Model):
    """An earlier payload of a source record, kept verbatim when a later one replaced it."""

    source_record = models.ForeignKey(SourceRecord, on_delete=models.PROTECT, related_name="earlier_payloads")
    payload = JSONField()
    payload_hash = models.BinaryField(max_length=32)
    source_modified_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    replaced_at = models.DateTimeField()
    correlation_id = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.source_record_id} until {self.replaced_at:%Y-%m-%d %H:%M}"


class SourceReference(models.Model):
    """A source record speaks of another thing by (system, key). Finds the dependents of a crosswalk change."""

    source_record = models.ForeignKey(SourceRecord, on_delete=models.CASCADE, related_name="references")
    target_system = models.CharField(max_length=40)
    target_entity_type = models.CharField(max_length=40)
    target_key = models.CharField(max_length=200, db_collation="C")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_record", "target_system", "target_entity_type", "target_key"],
                name="reference_is_kept_once",
            ),
        ]
        indexes = [
            models.Index(fields=["target_system", "target_entity_type", "target_key"], name="references_by_target")
        ]

    def __str__(self) -> str:
        return f"{self.source_record_id} → {self.target_system}:{self.target_entity_type}:{self.target_key}"
