"""Registered numbers: VAT numbers with their jurisdiction, numbers with a check digit."""

from dataclasses import dataclass
from typing import Self

from stdnum import ean
from stdnum.exceptions import ValidationError

from mdm.countries import COUNTRY_CODES
from mdm.entity_types.base import JsonValue
from mdm.mapping.transforms import transforms
from mdm.mapping.transforms.base import Transform, Unreadable, text_of
from mdm.rules.reading import Reader

# Prefixes of VAT numbers that are no ISO code.
_JURISDICTIONS = {"EL": "GR", "XI": "GB"}


@transforms.register("vat")
@dataclass(frozen=True, slots=True)
class VatNumber(Transform):
    """A VAT number with its country prefix, as jurisdiction (alpha-2) and number (compact, prefix kept)."""

    def read(self, raw: JsonValue) -> JsonValue:
        number = "".join(each for each in text_of(raw).upper() if each.isalnum())
        jurisdiction = _JURISDICTIONS.get(number[:2], number[:2])
        if jurisdiction not in COUNTRY_CODES:
            raise Unreadable("unknown_country", "must begin with the prefix of a country, such as DE")
        return {"jurisdiction": jurisdiction, "number": number}

    def write(self, value: JsonValue) -> JsonValue:
        return value.get("number")


@transforms.register("gtin")
@dataclass(frozen=True, slots=True)
class Gtin(Transform):
    """A GTIN of 8, 12, 13 or 14 digits with a right check digit; `check: false` leaves that to quality rules."""

    check: bool = True

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("check",))
        return cls(read.flag("check", default=True))

    def read(self, raw: JsonValue) -> JsonValue:
        number = "".join(text_of(raw).replace("-", " ").split())
        if not self.check:
            return number
        try:
            ean.validate(number)
        except ValidationError:
            raise Unreadable("check_digit", "must be a GTIN with a right check digit") from None
        return number

    def write(self, value: JsonValue) -> JsonValue:
        return value
