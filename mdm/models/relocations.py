from django.db import models
from django.db.models import Q


class GlnQuestion(models.Model):
    """A location moved and kept its GLN: should it not have a new one? Closed when it has, or when a steward says why.

    `version` is the one that told of the move; `meters` is null where no two points tell how far. `answer` is the
    steward's reason for keeping the number, empty where another number settled it.
    """

    golden_record = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, related_name="+")
    gln = models.CharField(max_length=13)
    version = models.PositiveIntegerField()
    meters = models.PositiveIntegerField(null=True)
    asked_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["golden_record"], condition=Q(closed_at=None), name="a_location_is_asked_about_its_gln_once"
            )
        ]

    def __str__(self) -> str:
        return f"GLN of {self.golden_record_id} after version {self.version}"
