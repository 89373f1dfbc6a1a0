from django.apps import AppConfig


class SyncConfig(AppConfig):
    """What the other systems know: pulls, streams, deliveries."""

    name = "sync"
    verbose_name = "Synchronization"
    default_auto_field = "django.db.models.BigAutoField"
