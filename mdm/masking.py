"""National ids of persons, hidden from whoever may not read them: at every door, unless the door says otherwise.

What is hidden follows from the values themselves: a tax registration of a kind that names a person. Its number is then
hidden wherever it stands in the same text or document, as in keys, payloads and explanations.
"""

import hmac
import re
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from typing import Any

import orjson
from django.conf import settings

from matching.standardize.text import standardize_code
from mdm.entity_types.base import JsonValue
from mdm.tax.registrations import NATIONAL_IDS, Registration, names_a_person, standard_registration

SIGN = "•"
SHORTEST = 4  # a shorter number would be found in anything
_TOLD_END, _TOLD_FROM = 2, 8  # the last signs are told of numbers that are long enough to stay unknown
_KINDS = "|".join(re.escape(kind).replace("_", "[-_ ]") for kind in sorted(NATIONAL_IDS))
_MAY_HOLD = re.compile(rf'["|](?:{_KINDS})\\?["|]'.encode(), re.IGNORECASE)

_NOTHING = re.compile(r"(?!)()()")

_shown: ContextVar[bool] = ContextVar("national_ids_are_shown", default=False)


@contextmanager
def national_ids(*, shown: bool) -> Iterator[None]:
    """Inside, national ids are shown or hidden. Outside of any such block they are hidden."""
    token = _shown.set(shown)
    try:
        yield
    finally:
        _shown.reset(token)


def show_national_ids(*, shown: bool) -> None:
    """From here to the end of the block around it."""
    _shown.set(shown)


def national_ids_are_shown() -> bool:
    """Whether who looks may read them."""
    return _shown.get()


def masked_number(number: str) -> str:
    """What is shown in its place: equal for equal numbers however they are written, so that they can be compared.

    The mark is keyed, so nobody without the hub's key can find the number by trying.
    """
    if SIGN in number:
        return number
    code = standardize_code(number) or number
    mark = hmac.digest(settings.ASSAY_COMMITMENT_KEY.encode(), b"mask " + code.encode(), sha256).hex()[:4]
    return f"{SIGN * 5}{code[-_TOLD_END:] if len(code) >= _TOLD_FROM else ''} #{mark}"


def may_hold_national_ids(body: bytes) -> bool:
    """Whether JSON could hold one; a quick look that errs on the safe side."""
    return _MAY_HOLD.search(body) is not None


def national_ids_in(value: JsonValue) -> frozenset[str]:
    """The numbers, standardized, of every registration and item key in the value whose kind names a person."""
    told = [(number, registration.number) for registration, number in _registrations(value)]
    return frozenset(code for each in told for number in each if len(code := standardize_code(number)) >= SHORTEST)


def hidden(value: JsonValue, numbers: Set[str] | None = None) -> Any:  # any JSON, of the same shape
    """The value with these numbers, and those that it holds itself, masked in every text; as it is where they may be
    read.
    """
    if national_ids_are_shown():
        return value
    if not numbers and next(_registrations(value), None) is None:
        return value
    return _hide(value, _pattern(national_ids_in(value) | (numbers or frozenset())))


Told = tuple[Registration, str]  # in its one form, and the number as it is written


def _registrations(value: JsonValue) -> Iterator[Told]:
    if isinstance(value, Mapping):
        if _is_national(value):
            yield _told(value["kind"], value.get("jurisdiction"), value["number"])
        for name, each in value.items():
            yield from _of_key(name)
            yield from _registrations(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _registrations(each)
    elif isinstance(value, str):
        yield from _of_key(value)


def _is_national(value: Mapping[str, JsonValue]) -> bool:
    kind, number = value.get("kind"), value.get("number")
    return isinstance(kind, str) and names_a_person(kind) and isinstance(number, str | int)


def _told(kind: str, jurisdiction: JsonValue, number: JsonValue) -> Told:
    return standard_registration(kind, str(jurisdiction or ""), str(number)), str(number)


def _of_key(text: str) -> Iterator[Told]:
    """The number in an item key of a registration, in either of the two ways that keys are written."""
    if text.startswith('["'):
        try:
            parts = orjson.loads(text)
        except ValueError:
            return
    else:
        parts = text.split("|") if text.count("|") == 2 else []
    if len(parts) == 3 and isinstance(parts[0], str) and isinstance(parts[2], str) and names_a_person(parts[0]):
        yield _told(*parts)


def _pattern(numbers: Set[str]) -> re.Pattern[str]:
    """Each number with a few signs between its letters and digits; longer ones first: none is masked in part."""
    if not numbers:
        return _NOTHING
    forms = (r"[\W_]{0,3}".join(map(re.escape, number)) for number in sorted(numbers, key=lambda n: (-len(n), n)))
    return re.compile(rf"(?<![^\W_])([A-Z]{{2}}[\W_]?)?({'|'.join(forms)})(?![^\W_])", re.IGNORECASE)


def _hide(value: JsonValue, pattern: re.Pattern[str]) -> JsonValue:
    if isinstance(value, str):
        return pattern.sub(_masked, value)
    if isinstance(value, Mapping):
        told = {pattern.sub(_masked, name): _hide(each, pattern) for name, each in value.items()}
        # Its own number also where it is too short, or in letters too foreign, to be looked for elsewhere.
        return {**told, "number": masked_number(str(value["number"]))} if _is_national(value) else told
    if isinstance(value, list | tuple):
        return [_hide(each, pattern) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and pattern.fullmatch(str(value)):
        return masked_number(str(value))
    return value


def _masked(found: re.Match[str]) -> str:
    """What a prefix of the jurisdiction says is no secret."""
    return (found.group(1) or "") + masked_number(found.group(2))
