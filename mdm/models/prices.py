from django.db import models
from django.db.models import F, Q


class PriceChange(models.Model):
    """A transaction changed something that prices depend on. The sequencer counts the rows and takes them away."""

    def __str__(self) -> str:
        return f"price change {self.pk}"


class FeedMark(models.Model):
    """When the sequencer gave out positions up to this one, by the database's clock. Never changed, never out of order.

    Versions tell when their cause happened, which says nothing about when others could first read them.
    """

    position = models.BigIntegerField(primary_key=True)
    given_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["given_at", "position"], name="feed_marks_by_time")]

    def __str__(self) -> str:
        return f"{self.position} at {self.given_at}"


class PriceConflict(models.Model):
    """Two agreements of equal rank price one thing differently at one time, or two lines of one agreement collide.

    `lines` tells the colliding lines, at most `mdm.services.price_conflicts.TOLD` of them; `count` how many there are.
    """

    left = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, related_name="+")
    lines = models.JSONField()
    count = models.PositiveIntegerField()
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["left", "right"], condition=Q(closed_at=None), name="two_agreements_have_one_open_conflict"
            ),
            models.CheckConstraint(condition=Q(left__lte=F("right")), name="the_lower_agreement_stands_left"),
        ]

    def __str__(self) -> str:
        return f"price conflict {self.left_id} ⇄ {self.right_id}"
