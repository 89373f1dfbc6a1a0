"""Reading what a write asks for."""

import json
from typing import Any

from tests.targets.base import Request

# Any: the body is another program's JSON.


def parsed_body(request: Request) -> dict[str, Any] | None:
    """The JSON object of the body, or None when it is something else. Raises JSONDecodeError."""
    document = json.loads(request.body or b"null")
    return document if isinstance(document, dict) else None


def whole_number(text: str) -> int | None:
    """The number, or None when the text is not one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
