from django.db import models


class HubEpoch(models.Model):
    """Names this life of the hub in idempotency keys. After a restore from a backup the highest id gets a successor:

    versions sent since the backup would otherwise meet stored answers to other content.
    """

    name = models.CharField(max_length=16, unique=True)
    began_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
