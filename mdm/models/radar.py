from django.db import models
from django.db.models import Q

from mdm.fields import JSONField


class RadarFinding(models.Model):
    """What is wrong, or soon will be, with one line of an agreement, or with the agreement: one kind of `mdm.radar`.

    `item_key` names it inside agreement and kind: the line's key, mostly. `band` says how urgent or of what sort it is
    and may change while the finding stays open. `starts_on` and `ends_on` are the days it is about, half-open.
    `details` is told by the kind; it holds ids, dates and prices, never a person's data.
    """

    kind = models.CharField(max_length=30)
    band = models.CharField(max_length=20, blank=True)
    agreement = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, related_name="+")
    item_key = models.CharField(max_length=500, db_collation="C")
    product = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, null=True, related_name="+")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    details = JSONField(default=dict)
    first_seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "agreement", "item_key"],
                condition=Q(closed_at=None),
                name="radar_finding_is_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "band", "id"], condition=Q(closed_at=None), name="open_radar_findings"),
            models.Index(fields=["id"], condition=Q(closed_at=None), name="open_radar_findings_in_order"),
            models.Index(fields=["closed_at"], condition=Q(closed_at__isnull=False), name="closed_radar_findings"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.band} of {self.agreement_id}"


class RadarGroup(models.Model):
    """The open findings of one kind and band in one agreement: what a person is asked about as one task."""

    kind = models.CharField(max_length=30)
    band = models.CharField(max_length=20, blank=True)
    agreement = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, related_name="+")
    count = models.PositiveIntegerField(help_text="Open findings; of a closed group, those it had last.")
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "band", "agreement"], condition=Q(closed_at=None), name="radar_group_is_open_once"
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "band", "id"], condition=Q(closed_at=None), name="open_radar_groups"),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.kind} {self.band} of {self.agreement_id}"


class PricingAccuracy(models.Model):
    """Of one day: how many lines that hold then or later say the same in the hub and in every system that has prices.

    Each line counts once, as the worst that any system makes of it: `differing`, else `missing` from a system that has
    the agreement, else `untold`, since a system does not have the agreement, else `equal`. `systems` has the same four
    for each system by name.
    """

    day = models.DateField(unique=True)
    lines = models.PositiveIntegerField()
    equal = models.PositiveIntegerField()
    differing = models.PositiveIntegerField()
    missing = models.PositiveIntegerField()
    untold = models.PositiveIntegerField()
    systems = JSONField(default=dict)
    measured_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(lines=models.F("equal") + models.F("differing") + models.F("missing") + models.F("untold")),
                name="every_line_is_counted_once",
            ),
        ]

    def __str__(self) -> str:
        return f"pricing accuracy on {self.day}"

    @property
    def share(self) -> float:
        """Lines equal everywhere among all, 0 to 1; 1 where there is no line."""
        return self.equal / self.lines if self.lines else 1.0

    @property
    def shared_lines(self) -> int:
        """Lines of agreements that every system has."""
        return self.lines - self.untold

    @property
    def shared_share(self) -> float:
        """Lines equal everywhere among those, 0 to 1; 1 where there is none."""
        return self.equal / self.shared_lines if self.shared_lines else 1.0
