"""Search before create: what a payload would match, with nothing stored."""

from dataclasses import asdict
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from mdm.api.golden import GoldenView
from mdm.api.views import json_response
from mdm.services.search_before_create import find_matches


class MatchBody(serializers.Serializer[Any]):
    """Canonical attribute values, as many as are known."""

    values = serializers.DictField(allow_empty=False, help_text="Attribute name to value.")
    limit = serializers.IntegerField(min_value=1, max_value=50, default=10)


class GoldenMatch(GoldenView):
    """Golden records of one entity type that resemble a payload."""

    def post(self, request: Request) -> HttpResponse:
        """Heaviest first, with the match weight a load would give and its explanation."""
        body = self.body(MatchBody)
        found = find_matches(self.entity_type, body["values"], limit=body["limit"])
        return json_response({"items": [asdict(match) for match in found]})
