"""The delta feed: every published version, in one order without holes."""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request

from mdm.api.access import Client
from mdm.api.documentation import LIMIT, answer_example, documented, operation
from mdm.api.requests import Cursors, bad_parameter, limit_of
from mdm.api.schemas import TEXT, listed, reference
from mdm.api.views import HubView, bytes_response, page_bytes
from mdm.entity_types import entity_types
from mdm.selectors.served import FeedEntry, feed_page

FEED = Cursors("feed")

AFTER = OpenApiParameter("after", str, description="`next` of the answer before; absent: from the beginning.")
KINDS = OpenApiParameter(
    "entity_type", str, many=True, enum=list(entity_types), description="Only these; absent: all you may read."
)
MERGED = {
    "id": "CUS-0000123-5",
    "entity_type": "customer",
    "version": 4,
    "status": "merged",
    "merged_into": "CUS-0000101-5",
    "updated_at": "2026-01-31T12:00:00+00:00",
    "attributes": {},
}
EXAMPLE = {
    "items": [{"position": 42, "change": "merged", "changed_at": MERGED["updated_at"], "document": MERGED}],
    "next": "WzQyLCJjdXN0b21lciJd:signature",
    "has_more": False,
}


@documented(
    get=operation(
        "list_changes",
        "Read what changed after a token",
        tag="Changes",
        answers={200: listed(reference("Change"), next=TEXT, has_more={"type": "boolean"})},
        parameters=[AFTER, KINDS, LIMIT],
        examples=[answer_example("A merge", EXAMPLE)],
    )
)
class Changes(HubView):
    """What changed after a token. `next` is always given: keep it, and ask again with it."""

    parameters = ("after", "entity_type", "limit")

    def allows(self, client: Client) -> bool:
        """Whoever may read some entity type; others are left out, or refused when asked for."""
        return bool(client.readable_entity_types())

    def get(self, request: Request) -> HttpResponse:
        """One page in the order of the feed; merged records name their survivor, retired ones are told too."""
        kinds = self._kinds(request)
        conditions = ",".join(kinds)
        limit = limit_of(request)
        position = FEED.place(request.GET.get("after", ""), name="after", conditions=conditions)
        found = feed_page(position, kinds=kinds, limit=limit + 1)
        page = found[:limit]
        following = FEED.token(page[-1].position if page else position, conditions=conditions)
        body = page_bytes((_item(entry) for entry in page), next=following, has_more=len(found) > limit)
        return bytes_response(body)

    def _kinds(self, request: Request) -> list[str]:
        readable = self.client.readable_entity_types()
        asked = request.GET.getlist("entity_type")
        for name in asked:
            if name not in entity_types:
                raise bad_parameter("entity_type", f"must be one of {', '.join(entity_types)}")
            if name not in readable:
                raise exceptions.PermissionDenied(f"This needs the scope {name}:read.")
        return sorted(set(asked)) or readable


def _item(entry: FeedEntry) -> str:
    head = f'"position":{entry.position},"change":"{entry.change}","changed_at":"{entry.changed_at.isoformat()}"'
    return f'{{{head},"document":{entry.document}}}'
