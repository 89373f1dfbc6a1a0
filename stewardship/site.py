"""The admin site: for administrators and the curious, beside the stewards' pages."""

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class HubAdminSite(admin.AdminSite):
    """Django's admin in the hub's colors, behind the hub's own sign-in page."""

    site_header = _("Assay administration")
    site_title = _("Assay")
    index_title = _("Tables")
    enable_nav_sidebar = False

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """There is one sign-in page. Whoever is signed in and comes here lacks the right, and is told so."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        if request.user.is_authenticated:
            return redirect("admin:index")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
