from django.apps import AppConfig


class SyncConfig(AppConfig):
    """What the other systems know: pulls, streams, deliveries."""

    name = "sync"
    verbose_name = "Synchronization"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Load and close the connectors, listen for golden versions, offer what pages of other apps need."""
        from sync import subscribers
        from sync.connectors import connectors

        connectors.seal()
        subscribers.register()
