from django.db import models
from django.db.models import Q

from mdm.fields import JSONField


class MatchModelArtifact(models.Model):
    """m and u probabilities, frequencies and thresholds, named by the SHA-256 of their document. Never changed."""

    sha256 = models.CharField(max_length=64, unique=True)
    entity_type = models.CharField(max_length=40)
    document = JSONField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.entity_type} {self.sha256[:12]}"


class RuleSetState(models.TextChoices):
    DRAFT = "draft", "Draft"
    REHEARSED = "rehearsed", "Rehearsed"
    PUBLISHED = "published", "Published"
    SUPERSEDED = "superseded", "Superseded"


class RuleSet(models.Model):
    """Which attributes an entity type has beside the built-in ones, and how it is matched, owned, survived, checked and
    approved, as one version.

    Immutable once published. Each section has its own hash, so that an edit of one does not invalidate the work of
    another.
    """

    entity_type = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=RuleSetState, default=RuleSetState.DRAFT)
    attributes = JSONField(default=dict, help_text="Declared at run time; empty where there are none.")
    match = JSONField()
    ownership = JSONField()
    survivorship = JSONField()
    quality = JSONField()
    approval = JSONField()
    section_hashes = JSONField(help_text="Section name → SHA-256 of its canonical form.")
    match_model = models.ForeignKey(MatchModelArtifact, on_delete=models.PROTECT, null=True, blank=True)
    based_on = models.PositiveIntegerField(
        null=True, blank=True, help_text="Number of the version in force when this one was drafted; null for the first."
    )
    note = models.TextField(blank=True)
    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity_type", "number"], name="rule_set_version_is_unique"),
            models.UniqueConstraint(
                fields=["entity_type"], condition=Q(state="published"), name="entity_type_has_one_published_rule_set"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity_type} rules {self.number}"
