"""Countries and street lines."""

import re
from dataclasses import dataclass
from typing import Self

from mdm.countries import COUNTRY_CODES, country_alpha3, country_code, country_name
from mdm.entity_types.base import JsonValue
from mdm.mapping.transforms import transforms
from mdm.mapping.transforms.base import Transform, Unreadable, text_of
from mdm.rules.reading import Reader


@transforms.register("country_name")
@dataclass(frozen=True, slots=True)
class CountryName(Transform):
    """A country in words as its alpha-2 code; written in English."""

    def read(self, raw: JsonValue) -> JsonValue:
        code = country_code(text_of(raw))
        if code is None:
            raise Unreadable("unknown_country", "must be the name or the ISO 3166 code of a country")
        return code

    def write(self, value: JsonValue) -> JsonValue:
        return country_name(value) or value


@transforms.register("country_alpha3")
@dataclass(frozen=True, slots=True)
class CountryAlpha3(CountryName):
    """A country written by its alpha-3 code."""

    def write(self, value: JsonValue) -> JsonValue:
        return country_alpha3(value) or value


_NUMBER = r"\d+(?:\s?[-/]\s?\d+)?{letter}(?:\s?[-/]\s?[A-Za-z0-9]+)?"
# Before the street a lone letter belongs to it, as in `2705 S 10th St`.
_NUMBER_FIRST = re.compile(rf"(?P<number>{_NUMBER.format(letter='[A-Za-z]?')})(?:,\s*|\s+)(?P<street>\S.*)")
_NUMBER_LAST = re.compile(rf"(?P<street>.*?\S)(?:,\s*|\s+)(?P<number>{_NUMBER.format(letter='(?: ?[A-Za-z])?')})")
_UNIT_WORDS = r"(?:unit|suite|ste\.?|apt\.?|apartment|flat|#)\s*"
_UNIT_LINE = re.compile(rf"{_UNIT_WORDS}(?P<unit>\S+)", re.IGNORECASE)
_UNIT_BEFORE = re.compile(rf"{_UNIT_WORDS}(?P<unit>[^\s,]+),\s*(?P<rest>\S.*)", re.IGNORECASE)


@transforms.register("street_line")
@dataclass(frozen=True, slots=True)
class StreetLine(Transform):
    """Street, house number, unit and country from a street line and a country.

    The house number stands first in the countries of `number_first`, last elsewhere; the other order is tried too. A
    unit stands on a second line, or before the street as in `Unit 3B, 12 High Street`; it is written on the second.
    """

    number_first: tuple[str, ...] = ()

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("number_first",))
        return cls(read.names("number_first", among=COUNTRY_CODES, required=False))

    def read(self, raw: JsonValue) -> JsonValue:
        lines, country = (text_of(part) if part not in (None, "") else "" for part in raw)
        line, unit = _without_unit(lines)
        orders = (
            (_NUMBER_FIRST, _NUMBER_LAST)
            if country_code(country) in self.number_first
            else (_NUMBER_LAST, _NUMBER_FIRST)
        )
        found = next((match for order in orders if (match := order.fullmatch(line))), None)
        return {
            "street": found["street"] if found else line or None,
            "house_number": found["number"] if found else None,
            "unit": unit,
            "country": country_code(country) or country or None,
        }

    def write(self, value: JsonValue) -> JsonValue:
        street, number, unit, country = (value.get(name) for name in ("street", "house_number", "unit", "country"))
        parts = [number, street] if country in self.number_first else [street, number]
        lines = [" ".join(filter(None, parts)), unit]
        return ["\n".join(filter(None, lines)) or None, country]


def _without_unit(lines: str) -> tuple[str, str | None]:
    first, _, second = lines.partition("\n")
    if second.strip():
        found = _UNIT_LINE.fullmatch(second.strip())
        return first.strip(), found["unit"] if found else second.strip()
    before = _UNIT_BEFORE.fullmatch(first.strip())
    return (before["rest"], before["unit"]) if before else (first.strip(), None)
