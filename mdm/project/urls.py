"""Every address of the hub, gathered from the apps."""

from django.urls import include, path

from mdm.project.health import healthz, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("api/v1/", include("mdm.api.urls")),
    path("", include("stewardship.urls")),
]
