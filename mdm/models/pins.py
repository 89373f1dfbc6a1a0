from django.db import models
from django.db.models import Q

from mdm.fields import JSONField
from mdm.models.changes import ChangeRequest
from mdm.models.source import SourceRecord
from mdm.survivorship.candidates import PinState

_OPEN = Q(closed_at=None)


class AttributePin(models.Model):
    """A steward's word on one attribute of the golden record that holds `source_record`; closed, never deleted.

    It hangs on a source record, as decisions do, so it goes where the record goes: merges and their undoing included.
    """

    source_record = models.ForeignKey(SourceRecord, on_delete=models.PROTECT, related_name="pins")
    attribute = models.CharField(max_length=100)
    value = JSONField(null=True)
    state = models.CharField(max_length=20, choices=[(each.value, each.value.replace("_", " ")) for each in PinState])
    owner = models.CharField(max_length=40, blank=True, help_text="System that is asked to take the value over.")
    reason = models.TextField(blank=True)
    change_request = models.ForeignKey(ChangeRequest, on_delete=models.PROTECT, null=True, blank=True)
    beneath_hash = models.BinaryField(max_length=32, help_text="Of the value that survived without it when it was set.")
    pinned_by = models.CharField(max_length=150)
    pinned_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    answer_due_at = models.DateTimeField(null=True, blank=True, help_text="When the owner has been silent too long.")
    questioned_at = models.DateTimeField(null=True, blank=True, help_text="When a steward was asked about it again.")
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_record", "attribute"], condition=_OPEN, name="attribute_has_one_open_pin"
            ),
        ]
        indexes = [models.Index(fields=["answer_due_at"], condition=_OPEN, name="pins_that_wait_for_an_owner")]

    def __str__(self) -> str:
        return f"{self.attribute} pinned on source record {self.source_record_id}"
