"""Reading what prices are asked for: every mistake is told with its pointer, none stops the reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from http import HTTPStatus
from typing import Any

from mdm.api.problems import Refused
from mdm.currencies import CURRENCY_CODES
from mdm.decimals import canonical_decimal
from mdm.entity_types import entity_types
from mdm.public_ids import parse_public_id
from mdm.rules.errors import MistypedPublicId
from mdm.selectors.golden import entity_types_of
from mdm.selectors.price_facts import Asked
from mdm.validation import pointer_to

MOST_LINES = 1000
LINE = ("product", "customer", "ship_to", "ship_from", "quantity", "unit", "currency", "valid_on")
_REFERS_TO = {"product": "product", "customer": "customer", "ship_to": "location", "ship_from": "location"}
_MOST_DIGITS = 12  # before and after the point: far beyond any order, and short enough to stay exact and quick

Place = tuple[str | int, ...]
KnownAt = int | datetime | None


@dataclass(frozen=True, slots=True)
class Asking:
    """All that one request asks. `is_list` tells how it was written and is to be answered."""

    asked: tuple[Asked, ...]
    known_at: KnownAt
    is_list: bool


class _Reader:
    """Members of a request, and what is wrong with them."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.problems: list[dict[str, str]] = []

    def wrong(self, place: Place, detail: str, code: str = "invalid") -> None:
        self.problems.append({"pointer": pointer_to(*place), "code": code, "detail": detail})

    def line(self, said: Any, place: Place, *, defaults: Mapping[str, Any]) -> Asked | None:
        if not isinstance(said, dict):
            self.wrong(place, "A line is a JSON object.")
            return None
        for name in said.keys() - set(LINE):
            self.wrong((*place, name), "There is no member of this name.")
        said = {**defaults, **said}
        for name in ("product", "currency"):
            if name not in said:
                self.wrong((*place, name), "This member is required.", "required")
        return Asked(
            product=self.reference(said, "product", place),
            customer=self.reference(said, "customer", place),
            ship_to=self.reference(said, "ship_to", place),
            ship_from=self.reference(said, "ship_from", place),
            quantity=self.quantity(said.get("quantity", "1"), (*place, "quantity")),
            unit=self.text(said.get("unit", ""), (*place, "unit")),
            currency=self.currency(said.get("currency", "EUR"), (*place, "currency")),
            on=self.day(said.get("valid_on"), (*place, "valid_on")),
        )

    def reference(self, said: Mapping[str, Any], name: str, place: Place) -> int:
        value = said.get(name)
        if value is None:
            return 0
        prefix = entity_types.get(_REFERS_TO[name]).id_prefix
        try:
            found, pk = parse_public_id(value if isinstance(value, str) else "")
        except MistypedPublicId as error:
            self.wrong((*place, name), f"Mistyped id: {error.ids[0]}.", error.code)
            return 0
        if found != prefix:
            self.wrong((*place, name), f"This must be the golden id of a {_REFERS_TO[name]}, {prefix}-….")
            return 0
        return pk

    def quantity(self, value: Any, place: Place) -> Fraction:
        text = canonical_decimal(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else None
        whole, _, digits = (text or "").partition(".")
        if text is None or Decimal(text) <= 0 or len(whole) > _MOST_DIGITS or len(digits) > _MOST_DIGITS:
            self.wrong(place, 'A quantity is a number above zero, written as text such as "2.5", or a whole number.')
            return Fraction(1)
        return Fraction(text)

    def text(self, value: Any, place: Place) -> str:
        if isinstance(value, str) and len(value) <= 20:
            return value
        self.wrong(place, "A unit is a text of at most 20 characters.")
        return ""

    def currency(self, value: Any, place: Place) -> str:
        if isinstance(value, str) and value in CURRENCY_CODES:
            return value
        self.wrong(place, "A currency is a code of ISO 4217 such as EUR.")
        return ""

    def day(self, value: Any, place: Place) -> date:
        if value is None:
            return self.today
        try:
            if isinstance(value, str) and len(value) == 10:
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.wrong(place, "A day is written like 2026-01-31.")
        return self.today

    def known_at(self, value: Any, place: Place) -> KnownAt:
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63):
            return value
        text = value if isinstance(value, str) else ""
        if text.isascii() and text.isdecimal() and int(text) < 2**63:
            return int(text)
        try:
            found = datetime.fromisoformat(text)
            if found.tzinfo is not None:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        self.wrong(place, "This is a feed position, or a time with its offset such as 2026-01-31T12:00:00+01:00.")
        return None

    def done(self) -> None:
        """Raise Refused (422) when something was wrong."""
        if self.problems:
            raise Refused(
                "invalid_request",
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "The request has mistakes.",
                errors=sorted(self.problems[:100], key=lambda each: each["pointer"]),
            )


def read_asking(said: Any, *, today: date) -> Asking:
    """One line, or {"lines": [...]} whose other members count for every line that says nothing else.

    Raises Refused (422) with a pointer for each mistake, ids that no golden record ever had among them.
    """
    reader = _Reader(today)
    if not isinstance(said, dict):
        raise Refused("invalid_request", HTTPStatus.UNPROCESSABLE_ENTITY, "The body must be a JSON object.")
    known_at = reader.known_at(said.get("known_at"), ("known_at",))
    is_list = "lines" in said
    defaults = {name: value for name, value in said.items() if name not in ("lines", "known_at")}
    places: list[Place] = [()]
    found: list[Asked | None] = []
    if is_list:
        lines = said["lines"]
        if not isinstance(lines, list) or not 1 <= len(lines) <= MOST_LINES:
            reader.wrong(("lines",), f"This is a list of 1 to {MOST_LINES} lines.")
            lines = []
        for name in defaults.keys() - set(LINE):
            reader.wrong((name,), "There is no member of this name.")
        places = [("lines", number) for number in range(len(lines))]
        known = {name: value for name, value in defaults.items() if name in LINE}
        found = [reader.line(line, place, defaults=known) for line, place in zip(lines, places, strict=True)]
    else:
        found = [reader.line(defaults, (), defaults={})]
    reader.done()
    asked = tuple(each for each in found if each is not None)
    _refuse_unknown(reader, asked, places)
    return Asking(asked, known_at, is_list)


def _refuse_unknown(reader: _Reader, asked: tuple[Asked, ...], places: list[Place]) -> None:
    types = entity_types_of({pk for each in asked for name in _REFERS_TO if (pk := getattr(each, name))})
    for each, place in zip(asked, places, strict=True):
        for name, entity_type in _REFERS_TO.items():
            pk = getattr(each, name)
            if pk and types.get(pk) != entity_type:
                reader.wrong((*place, name), "No golden record has this id.", "not_found")
    reader.done()
