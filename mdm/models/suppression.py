from django.db import models


class SuppressionEntry(models.Model):
    """A source record that was erased and must not come back. Append-only by grants.

    The commitment is keyed (`mdm.services.suppression`), so whoever reads the table cannot guess whose it is.
    """

    commitment = models.BinaryField(max_length=32, unique=True)
    entity_type = models.CharField(max_length=40)
    suppressed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "suppression entries"

    def __str__(self) -> str:
        return f"suppressed {self.entity_type} {self.pk}"
