"""Reading a kind of records page by page, the same way in both test doubles."""

from tests.targets.base import Reply, Request, json_reply
from tests.targets.objects import RemoteObject
from tests.targets.store import Store
from tests.targets.writing import whole_number

_LARGEST_PAGE = 2000


class BadQuery(Exception):
    """A query parameter cannot be read."""


def page_of(store: Store, kind: RemoteObject, request: Request, *, since_name: str) -> Reply:
    """Records from a moment on, in order of (time, key), and where the next page begins.

    `next` is null when there was nothing more at the time of reading. Entity tags stand beside the records, so that
    a record reads the same here, alone and in the extract.
    """
    limit = whole_number(request.query.get("limit", "200"))
    if not limit:
        raise BadQuery("limit must be a whole number above zero")
    limit = min(limit, _LARGEST_PAGE)
    found = store.page(
        kind.name,
        since=request.query.get(since_name, ""),
        after_key=request.query.get("after_key") or None,
        limit=limit + 1,
    )
    page = found[:limit]
    more = {since_name: page[-1].modified, "after_key": page[-1].key} if len(found) > limit else None
    return json_reply(
        200,
        {"records": [held.body for held in page], "etags": {held.key: held.etag for held in page}, "next": more},
    )
