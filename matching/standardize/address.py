"""Postal addresses as one cell: number, street, unit, city, region, postcode, country."""

from __future__ import annotations

import re
from functools import lru_cache

from matching.standardize.kinds import Alternatives, Cell, standardizers
from matching.standardize.text import distinct, standardize_text

ADDRESS_PARTS = 7
NUMBER, STREET, UNIT, CITY, REGION, POSTCODE, COUNTRY = range(ADDRESS_PARTS)

_SHORT = {
    "street": "st", "str": "st", "strasse": "st", "road": "rd", "avenue": "ave", "av": "ave", "avda": "ave",
    "avenida": "ave", "boulevard": "blvd", "blv": "blvd", "bd": "blvd", "drive": "dr", "lane": "ln", "place": "pl",
    "plaza": "pl", "platz": "pl", "pza": "pl", "court": "ct", "circuit": "cct", "crescent": "cres", "terrace": "tce",
    "square": "sq", "highway": "hwy", "parkway": "pkwy", "close": "cl", "circle": "cir", "north": "n", "south": "s",
    "east": "e", "west": "w", "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
    "saint": "st", "mount": "mt", "calle": "c", "rue": "r", "via": "v", "first": "1", "second": "2", "third": "3",
    "fourth": "4", "fifth": "5", "sixth": "6", "seventh": "7", "eighth": "8", "ninth": "9", "tenth": "10",
    "expressway": "expy", "route": "rte", "turnpike": "tpke", "building": "bldg", "center": "ctr", "centre": "ctr",
}  # fmt: skip
_GLUED = re.compile(r"(strasse|str)$")
_GLUED_PLACE = re.compile(r"(platz|pl)$")
_GLUED_ENDS = frozenset("erzl")
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
_UNIT = re.compile(
    r"(?:,|\s|^)\s*(?:#\s*|(?:apartment|apt|suite|ste|unit|flat|room|rm|level|lvl|floor|fl)\b\.?\s*#?\s*)([a-z]?\d+[a-z]?|[a-z])\b",
    re.IGNORECASE,
)
_LEADING_NUMBER = re.compile(
    r"^\s*(\d+[a-z]?(?:\s*[-/]\s*\d+[a-z]?)?)\b(?!\s*(?:st|nd|rd|th)\b)[\s,]+(?=\D)", re.IGNORECASE
)
_TRAILING_NUMBER = re.compile(r"[\s,]+(\d+\s?[a-z]?(?:\s*[-/]\s*\d+\s?[a-z]?)?)\s*$", re.IGNORECASE)
_POSTCODE_AT_END = re.compile(r"[\s,]+(\d{5})(?:-?\d{4})?\s*$")
UNIT_WORDS = frozenset(
    ["apartment", "apt", "suite", "ste", "unit", "flat", "room", "rm", "level", "lvl", "floor", "fl", "no", "number"]
)


@lru_cache(maxsize=500_000)
def standardize_street(value: str) -> str:
    """Street words with their usual abbreviations: `North Highland Avenue` and `n. highland ave.` are one."""
    return " ".join([short_street_word(word) for word in standardize_text(value).split()])


def short_street_word(word: str) -> str:
    """The usual abbreviation of a standardized word of a street."""
    plain = _ORDINAL.sub(r"\1", word) if word[0].isdigit() else word
    short = _GLUED_PLACE.sub("pl", _GLUED.sub("st", plain)) if len(plain) > 6 and plain[-1] in _GLUED_ENDS else plain
    return _SHORT.get(short, short)


@lru_cache(maxsize=200_000)
def standardize_postcode(value: str) -> str:
    """Letters and digits of a postcode; a US ZIP+4 keeps its first five digits."""
    compact = standardize_text(value).replace(" ", "").upper()
    return compact[:5] if len(compact) == 9 and compact.isdigit() else compact


@lru_cache(maxsize=200_000)
def standardize_number(value: str) -> str:
    """A house number without blanks or leading zeros."""
    return standardize_text(value).replace(" ", "").lstrip("0")


@lru_cache(maxsize=200_000)
def standardize_unit(value: str) -> str:
    """A suite, flat or building without the word that announces it."""
    words = standardize_text(value).split()
    return " ".join(each for each in words if each not in UNIT_WORDS) or " ".join(words)


def _ends_in_number(street: str) -> bool:
    """Whether a digit stands among the last three signs: without, the slow search finds nothing."""
    return any(map(str.isdigit, street.rstrip()[-3:]))


@standardizers.register("address")
def address_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """One cell an address. Attributes: house_number, street, unit, city, region, postcode, country.

    The n-th alternatives of the attributes belong together; a whole address given as street is taken apart.
    """
    count = max((len(each) for each in values), default=0)
    rows = [[each[min(n, len(each) - 1)] if each else "" for each in values] for n in range(count)]
    return distinct([_cell(row) for row in rows])


def _cell(parts: list[str]) -> Cell:
    number, street, unit, city, region, postcode, country = parts
    place = ""
    if street and not city and not postcode:
        street, place, postcode = _split_whole_address(street)
    if street and not unit and (found := _UNIT.search(street)):
        unit = found.group(1)
        street = street[: found.start()] + " " + street[found.end() :]
    if street and not number:
        number, street = _split_number(street)
    head, _, rest = street.partition(",")
    if head.strip() and rest.strip():
        street = head
    region_folded = standardize_text(region)
    return (
        standardize_number(number),
        standardize_street(street),
        standardize_unit(unit),
        standardize_text(city or place),
        region_folded,
        standardize_postcode(postcode),
        standardize_text(country).upper(),
    )


def _split_whole_address(street: str) -> tuple[str, str, str]:
    postcode = ""
    if found := _POSTCODE_AT_END.search(street):
        postcode = found.group(1)
        street = street[: found.start()]
    head, comma, rest = street.partition(",")
    if not comma:
        return street, "", postcode
    return head, rest.strip(" ,"), postcode


def _split_number(street: str) -> tuple[str, str]:
    if found := _LEADING_NUMBER.match(street):
        return found.group(1), street[found.end() :]
    if _ends_in_number(street) and (found := _TRAILING_NUMBER.search(street)):
        return found.group(1), street[: found.start()]
    if (head := street.partition(","))[1] and (found := _TRAILING_NUMBER.search(head[0])):
        return found.group(1), head[0][: found.start()]
    return "", street


@standardizers.register("geo_point")
def geo_point_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Cells (latitude, longitude) in degrees, five decimals; an impossible or a null-island point is absent."""
    latitudes, longitudes = values
    cells: list[Cell] = []
    for latitude, longitude in zip(latitudes, longitudes, strict=False):
        try:
            north, east = float(latitude), float(longitude)
        except ValueError:
            continue
        if abs(north) <= 90 and abs(east) <= 180 and (north, east) != (0.0, 0.0):
            cells.append((f"{north:.5f}", f"{east:.5f}"))
    return distinct(cells)
