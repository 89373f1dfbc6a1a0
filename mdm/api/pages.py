"""The interactive page over the OpenAPI description. Everything it loads is served from here."""

from typing import Any

from django.views.generic import TemplateView
from drf_spectacular.views import SpectacularAPIView

from mdm.api.documentation import Generator
from mdm.api.views import HubView


class Description(SpectacularAPIView):
    """The OpenAPI 3.1 description. It tells shapes, no data, so everybody may read it."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    generator_class = Generator
    get_exception_handler = HubView.get_exception_handler


class InteractivePage(TemplateView):
    """Swagger UI; a signed-in user's calls carry the session, others paste an API key."""

    template_name = "mdm/api_docs.html"
