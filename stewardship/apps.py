from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class StewardshipConfig(AppConfig):
    """Who must decide, and what did they decide: tasks and the stewards' pages."""

    name = "stewardship"
    verbose_name = "Stewardship"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what happens in `mdm`."""
        from stewardship.subscribers import subscribe_all

        subscribe_all()


class HubAdminConfig(AdminConfig):
    """Django's admin with our site as its default, so that every app registers its tables there by itself."""

    default_site = "stewardship.site.HubAdminSite"
