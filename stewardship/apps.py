from django.apps import AppConfig


class StewardshipConfig(AppConfig):
    """Who must decide, and what did they decide: tasks and the stewards' pages."""

    name = "stewardship"
    verbose_name = "Stewardship"
    default_auto_field = "django.db.models.BigAutoField"
