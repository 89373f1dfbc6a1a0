from django.db import models
from django.db.models import Q

from mdm.fields import JSONField
from mdm.models.golden import GoldenRecord
from mdm.models.systems import SourceSystem


class RemoteRecord(models.Model):
    """A target's own record of a golden record. A golden record may have several in one target; one is primary.

    `sent` holds, per attribute, the canonical value the target last confirmed: what comes back equal to it is an echo.
    """

    target = models.ForeignKey(SourceSystem, on_delete=models.PROTECT, related_name="remote_records")
    entity_type = models.CharField(max_length=40)
    key = models.CharField(max_length=200, db_collation="C")
    golden_record = models.ForeignKey(GoldenRecord, on_delete=models.PROTECT, related_name="remote_records")
    is_primary = models.BooleanField(default=True)
    remote_version = models.CharField(max_length=200, blank=True)
    sent = JSONField(default=dict)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["target", "entity_type", "key"], name="remote_key_is_unique"),
            models.UniqueConstraint(
                fields=["target", "golden_record"],
                condition=Q(is_primary=True, gone_at=None),
                name="target_has_one_primary_remote_record",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target_id}:{self.key}"
