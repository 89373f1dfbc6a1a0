from django.db import models
from django.db.models import F, Q

from mdm.fields import JSONField
from mdm.models.rules import RuleSet


class Rehearsal(models.Model):
    """What publishing a draft would do, as counted on one snapshot. Never changed; holds no attribute values.

    `in_force` is the version it was compared with: once another is in force, the rehearsal says nothing any more.
    """

    rule_set = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="rehearsals")
    in_force = models.ForeignKey(RuleSet, on_delete=models.PROTECT, related_name="+")
    feed_position = models.BigIntegerField(help_text="Last feed position that the snapshot holds.")
    counts = JSONField()
    started_at = models.DateTimeField(help_text="Also the time that golden values were computed for.")
    ended_at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(rule_set=F("in_force")), name="rehearsal_compares_two_versions"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_set_id} against {self.in_force_id}"
