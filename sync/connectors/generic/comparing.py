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
    if held in EMPTY or (verify is Verify.EQUAL and not _says_the_same(sent, held)):
        return (at,)
    return ()


def _says_the_same(sent: JsonValue, held: JsonValue) -> bool:
    """Numbers by their value, where either is one; texts without case, blanks and punctuation."""
    if isinstance(sent, bool) or isinstance(held, bool):
        return str(sent).casefold() == str(held).casefold()
    if isinstance(sent, int | float) or isinstance(held, int | float):
        try:
            return float(str(sent)) == float(str(held))
        except ValueError:
            return False
    return _letters(sent) == _letters(held)


def _letters(value: JsonValue) -> str:
    return "".join(letter for letter in str(value).casefold() if letter.isalnum())
