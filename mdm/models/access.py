from django.db import models

from mdm.fields import JSONField


class ApiKey(models.Model):
    """A client's key to the API. Only its SHA-256 is kept; the key itself is shown once."""

    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.BinaryField(max_length=32)
    scopes = JSONField(default=list, help_text="Such as customer:read, source_record:write.")
    source_system = models.ForeignKey(
        "mdm.SourceSystem",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text="System whose records it may send.",
    )
    owner = models.CharField(
        max_length=150, blank=True, help_text="User name of who answers for it: to four eyes both are one person."
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
