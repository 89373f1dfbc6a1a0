from importlib import import_module

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    """The composition root: settings, addresses, supervisor and the commands that concern all of them."""

    name = "mdm.project"
    label = "project"
    verbose_name = "Hub"

    def ready(self) -> None:
        """Load the Celery application, so that every process that sends a task sends it to our broker."""
        import_module("mdm.project.celery")
