"""What an answer says: whether it is a success, what stands where, and what an error in it means."""

from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from mdm.entity_types import JsonValue
from mdm.mapping.conditions import all_hold
from mdm.mapping.paths import MISSING, Missing, Path
from sync.connectors.base import DeliveryError
from sync.connectors.generic.documents import Answers, ErrorPlace, OutcomeRule
from sync.connectors.rest import outcome_of_status, retry_after
from sync.outcomes import Outcome

EMPTY: tuple[object, ...] = (MISSING, None, "", [], {})  # nothing is said there
_MOST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer. `document` is its JSON, or its text when it is none; None for an empty one."""

    status: int
    headers: httpx.Headers
    document: JsonValue

    def at(self, path: Path) -> JsonValue | Missing:
        """What stands there; MISSING when there is no such place."""
        return path.read(self.document)


@dataclass(frozen=True, slots=True)
class _Told:
    code: str
    text: str
    field: str
    candidates: tuple[str, ...]

    def words(self) -> str:
        parts = ": ".join(part for part in (self.code, self.text) if part)
        named = f" ({self.field})" if self.field else ""
        alike = f" Like {', '.join(self.candidates)} there." if self.candidates else ""
        return f"{parts}{named}{alike}".strip()


def read_answer(reply: httpx.Response, answers: Answers, *, label: str, hidden: Iterable[str]) -> Answer:
    """The answer, if it is a success. Raises DeliveryError in the remote's words, without what is `hidden`."""
    document = _document(reply)
    told = next((told for place in answers.errors if (told := _told(document, place))), None)
    success = reply.status_code in answers.statuses if answers.statuses else reply.is_success
    if success and told is None and all_hold(answers.conditions, document):
        return Answer(reply.status_code, reply.headers, document)
    wait = retry_after(reply)
    fallback = outcome_of_status(reply.status_code, asked_to_wait=wait is not None)
    words = told.words() if told and told.words() else f"{label} replied {reply.status_code} without success."
    raise DeliveryError(
        next((rule.outcome for rule in answers.outcomes if _means(rule, reply.status_code, told)), fallback),
        _without(words, hidden),
        retry_after=wait,
        status_code=reply.status_code,
    )


def _means(rule: OutcomeRule, status: int, told: _Told | None) -> bool:
    told = told or _Told("", "", "", ())
    return (
        (not rule.statuses or status in rule.statuses)
        and (not rule.codes or told.code in rule.codes)
        and rule.text.casefold() in told.text.casefold()
        and (not rule.candidates or bool(told.candidates))
    )


def _told(document: JsonValue, place: ErrorPlace) -> _Told | None:
    found = {name: _text_at(document, path) for name, path in _texts(place)}
    rows = place.candidates.read(document) if place.candidates else MISSING
    keys = tuple(_text_at(row, place.candidate_key) for row in rows) if isinstance(rows, list) else ()
    if not keys and not any(found.values()):
        return None
    return _Told(found["code"], found["text"], found["field"], tuple(sorted(filter(None, keys)))[:_MOST_CANDIDATES])


def _texts(place: ErrorPlace) -> tuple[tuple[str, Path | None], ...]:
    return ("code", place.code), ("text", place.text), ("field", place.field)


def _text_at(document: JsonValue, path: Path | None) -> str:
    found = path.read(document) if path else MISSING
    if found in EMPTY or found is False:
        return ""
    return ".".join(map(str, found)) if isinstance(found, list) else str(found)


def _document(reply: httpx.Response) -> JsonValue:
    if not reply.content.strip():
        return None
    try:
        return reply.json()
    except ValueError:
        return reply.text


def _without(words: str, hidden: Iterable[str]) -> str:
    """The remote may repeat what it was sent; longer values first, since one may be part of another."""
    for value in sorted({value for value in hidden if len(value) > 3}, key=len, reverse=True):
        words = words.replace(value, "…")
    return words


def unclear(message: str, *, status: int | None = None) -> DeliveryError:
    """The target answered, but not as its interface says: what it did is unknown."""
    return DeliveryError(Outcome.UNKNOWN, message, status_code=status)
