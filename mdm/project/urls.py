"""Every address of the hub, gathered from the apps."""

from importlib.util import find_spec

from django.urls import include, path

from mdm.project.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
]
if find_spec("mdm.api") and find_spec("mdm.api.urls"):
    urlpatterns.append(path("api/v1/", include("mdm.api.urls")))
if find_spec("stewardship.urls"):
    urlpatterns.append(path("", include("stewardship.urls")))
