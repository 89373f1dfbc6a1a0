from django.db import models
from django.db.models import Q


class ReopeningKind(models.TextChoices):
    AGREE = "agree", "Both sides come to agree in"
    DIFFER = "differ", "Both sides come to differ in"
    CHANGE = "change", "Either side changes in"
    DATE = "date", "A day comes"


class ReopeningCondition(models.Model):
    """When a decision is to be looked at again. It asks a steward and lifts nothing by itself.

    `seen_hash` is of what both sides said when it was declared, or kept last. Closed, never deleted.
    """

    unit = models.UUIDField(help_text="The decisions it watches, made in one action.", db_index=True)
    kind = models.CharField(max_length=10, choices=ReopeningKind)
    attribute = models.CharField(max_length=100, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    seen_hash = models.BinaryField(max_length=32)
    declared_by = models.CharField(max_length=150)
    declared_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True, blank=True, help_text="When a steward was asked; null while it waits.")
    closed_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="date", attribute="", due_at__isnull=False)
                | (~Q(kind="date") & ~Q(attribute="") & Q(due_at=None)),
                name="condition_names_an_attribute_or_a_day",
            ),
        ]
        indexes = [
            models.Index(
                fields=["unit"], condition=Q(closed_at=None, met_at=None), name="reopening_conditions_that_wait"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.attribute or self.due_at}"
