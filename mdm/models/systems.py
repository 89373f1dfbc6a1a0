from django.db import models

from mdm.fields import JSONField

HUB = "hub"  # the source system of values authored here


class SystemMode(models.TextChoices):
    """What the hub does with a system: nothing, compare without sending, or read and write."""

    OFF = "off", "Off"
    SHADOW = "shadow", "Shadow"
    LIVE = "live", "Live"


class SourceSystem(models.Model):
    """A connected system: where records come from and where approved changes go."""

    name = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=120)
    connector = models.CharField(max_length=40, blank=True, help_text="Registered connector; empty for the hub itself.")
    mode = models.CharField(max_length=10, choices=SystemMode, default=SystemMode.LIVE)
    base_url = models.URLField(max_length=400, blank=True)
    credentials_reference = models.CharField(
        max_length=120,
        blank=True,
        help_text="Name of the environment variable that holds the secret; never the secret.",
    )
    settings = JSONField(default=dict, blank=True, help_text="Connector settings: paths, page size, creation policy.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(mode__in=SystemMode.values), name="system_mode_is_known"),
        ]

    def __str__(self) -> str:
        return self.label


class MappingVersion(models.Model):
    """One version of the two-way mapping between a system's shape and an entity type's attributes. Never changed."""

    source_system = models.ForeignKey(SourceSystem, on_delete=models.PROTECT, related_name="mappings")
    entity_type = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    document = JSONField()
    content_hash = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source_system", "entity_type", "number"], name="mapping_version_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_system_id} {self.entity_type} {self.number}"
