"""Whether a record that was just written says what was sent: systems may drop what they do not know, and say yes."""

from mdm.entity_types import JsonValue
from sync.connectors.generic.answers import EMPTY
from sync.connectors.generic.documents import Verify


def dropped(sent: JsonValue, held: JsonValue, *, verify: Verify, at: str = "") -> tuple[str, ...]:
    """Paths of what was sent and is not there, or, with `equal`, says otherwise. Nothing was sent where it is empty."""
    if sent in EMPTY or verify is Verify.NONE:
        return ()
    if isinstance(sent, dict):
        inside = held if isinstance(held, dict) else {}
        return tuple(
            path
            for name, value in sent.items()
            for path in dropped(value, inside.get(name), verify=verify, at=f"{at}.{name}" if at else name)
        )
    if isinstance(sent, list):
        items = held if isinstance(held, list) else []
        # A list may come back in another order, so its items are compared as a whole only.
        return () if len(items) >= len(sent) else (at,)
    if held in EMPTY or (verify is Verify.EQUAL and _plain(sent) != _plain(held)):
        return (at,)
    return ()


def _plain(value: JsonValue) -> str:
    """Without case, blanks and punctuation: 12.50 and 12.5 are one number, +49 40 1 and +49401 one phone."""
    if isinstance(value, bool):
        return str(value).casefold()
    try:
        return str(float(str(value)))
    except ValueError:
        return "".join(letter for letter in str(value).casefold() if letter.isalnum())
