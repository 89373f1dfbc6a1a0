"""Facts a price depends on: when they hold in the world, and when the hub knew them. Append-only."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q


class Fact(models.Model):
    """A row that is never changed: `recorded` is closed and a new row says what is known from then on.

    `item_key` names the fact inside its golden record; `content_hash` tells whether it says anything new.
    `opened_version` and `closed_version` are the versions of the golden record that brought the fact and took it away:
    through their feed positions it is told what was known at a position, whatever is committed later.
    """

    golden_record = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, related_name="+")
    item_key = models.CharField(max_length=500, db_collation="C")
    valid = DateRangeField(help_text="Half-open: [from, to).")
    recorded = DateTimeRangeField(help_text="Half-open; no upper bound while it is what the hub knows.")
    content_hash = models.BinaryField(max_length=32)
    opened_version = models.PositiveIntegerField()
    closed_version = models.PositiveIntegerField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.golden_record_id} {self.item_key} {self.valid}"


def one_open_fact(name: str) -> ExclusionConstraint:
    """No two known facts of one golden record and item hold at the same time."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            ("golden_record", RangeOperators.EQUAL),
            ("item_key", RangeOperators.EQUAL),
            ("valid", RangeOperators.OVERLAPS),
        ],
        condition=Q(recorded__upper_inf=True),
    )


class ScopeKind(models.TextChoices):
    CUSTOMER_GROUP = "customer_group", "Customer group"
    PRICE_CLASS = "price_class", "Price class"


class ScopeMembership(Fact):
    """A customer belongs to a customer group or price class."""

    kind = models.CharField(max_length=20, choices=ScopeKind)
    scope = models.CharField(max_length=120)

    class Meta:
        constraints = [one_open_fact("scope_membership_is_known_once")]


class HierarchyEdge(Fact):
    """A parent in one of the dated trees (legal, bill-to, …): one parent per tree and day, and no circles.

    A trigger of the database refuses circles (`no_circles_in_a_tree`), also of two that write at once.
    """

    tree = models.CharField(max_length=40)
    parent = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            one_open_fact("hierarchy_edge_is_known_once"),
            ExclusionConstraint(
                name="one_parent_per_tree_and_day",
                expressions=[
                    ("golden_record", RangeOperators.EQUAL),
                    ("tree", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(recorded__upper_inf=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["parent", "tree", "golden_record"],
                include=["valid"],
                condition=Q(closed_version=None),
                name="children_in_a_tree",
            )
        ]


class HeldEdge(models.Model):
    """A parent that a golden record tells and that does not count: it would close a circle with what stands.

    `circle` leads from the golden record over its parents back to it; `found_at` is when it was found to lead so.
    """

    golden_record = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, related_name="+")
    tree = models.CharField(max_length=40)
    parent = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, related_name="+")
    valid = DateRangeField(help_text="Half-open: [from, to).")
    circle = ArrayField(models.BigIntegerField())
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["golden_record", "tree", "valid"],
                condition=Q(closed_at=None),
                name="a_parent_is_held_back_once",
            )
        ]
        indexes = [GinIndex(fields=["circle"], condition=Q(closed_at=None), name="circles_by_member")]

    def __str__(self) -> str:
        return f"held edge {self.golden_record_id} → {self.parent_id} in {self.tree}"


class Redirect(Fact):
    """A merged golden record's survivor, as it was known at a time. An unmerge closes it."""

    survivor = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [one_open_fact("redirect_is_known_once")]
