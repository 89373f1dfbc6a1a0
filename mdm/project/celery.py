"""The Celery application: `celery -A mdm.project.celery worker`."""

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

from mdm.project import logs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.project.settings")

app = Celery("assay")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def use_the_hubs_logging(**_: Any) -> None:  # Any: a signal sends what it likes
    """Connecting this signal keeps Celery from putting its own format, with task arguments, over ours."""
    logs.configure(settings.LOGGING)
