"""Numbers: decimals with point or comma, whole numbers, quantities in several units."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from mdm.decimals import canonical_decimal
from mdm.entity_types.base import JsonValue
from mdm.mapping.transforms import transforms
from mdm.mapping.transforms.base import Transform, Unreadable, text_of
from mdm.rules.reading import Reader

_WITH_COMMA = re.compile(r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]*)?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_STYLES = ("point", "comma", "number", "minor")


def _read_decimal(raw: JsonValue, style: str) -> str:
    text = text_of(raw)
    if style == "comma":
        if not _WITH_COMMA.fullmatch(text):
            raise Unreadable("not_a_number", "must be a number such as 1.250,50")
        text = text.replace(".", "").replace(",", ".")
    number = canonical_decimal(text)
    if number is None:
        raise Unreadable("not_a_number", "must be a number such as 1250.50")
    return number


def _write_decimal(value: JsonValue, style: str, scale: int) -> JsonValue:
    whole, _, fraction = str(value).partition(".")
    fraction = fraction.ljust(scale, "0")
    if style == "number":
        return float(str(value)) if fraction.strip("0") else int(whole)
    if style == "comma":
        sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        whole = sign + f"{int(digits):,}".replace(",", ".")
    mark = "," if style == "comma" else "."
    return f"{whole}{mark}{fraction}" if fraction else whole


@transforms.register("decimal")
@dataclass(frozen=True, slots=True)
class DecimalNumber(Transform):
    """A decimal. `style` is how the wire writes it: `point` (1250.50), `comma` (1.250,50) or `number` (JSON).

    `scale` is how many decimals are written at least. With `minor` the wire holds a whole number of the smallest unit,
    such as cents, and `scale` says how many decimals that is; a value finer than that is rounded, a half away from 0.
    """

    style: str = "point"
    scale: int = 0

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("style", "scale"))
        style = read.one_of("style", _STYLES) if "style" in read else "point"
        return cls(style, read.integer("scale", low=0, high=10) if "scale" in read else 0)

    def read(self, raw: JsonValue) -> JsonValue:
        if self.style != "minor":
            return _read_decimal(raw, self.style)
        number = _read_decimal(raw, "point")
        if not _INTEGER.fullmatch(number):
            raise Unreadable("not_a_whole_number", "must be a whole number of the smallest unit")
        return canonical_decimal(f"{Decimal(number).scaleb(-self.scale):f}")

    def write(self, value: JsonValue) -> JsonValue:
        if self.style == "minor":
            return int(Decimal(str(value)).scaleb(self.scale).to_integral_value(ROUND_HALF_UP))
        return _write_decimal(value, self.style, self.scale)


@transforms.register("integer")
@dataclass(frozen=True, slots=True)
class WholeNumber(Transform):
    """A whole number; `wire: text` writes it as text."""

    as_text: bool = False

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("wire",))
        return cls("wire" in read and read.one_of("wire", ("text", "number")) == "text")

    def read(self, raw: JsonValue) -> JsonValue:
        number = canonical_decimal(text_of(raw))
        if number is None or not _INTEGER.fullmatch(number):
            raise Unreadable("not_a_whole_number", "must be a whole number")
        return int(number)

    def write(self, value: JsonValue) -> JsonValue:
        return str(value) if self.as_text else value


@transforms.register("number_as_text")
@dataclass(frozen=True, slots=True)
class NumberAsText(Transform):
    """A key that the wire writes as a whole number and the hub as text."""

    def read(self, raw: JsonValue) -> JsonValue:
        return text_of(raw)

    def write(self, value: JsonValue) -> JsonValue:
        return int(value) if _INTEGER.fullmatch(str(value)) else value


@transforms.register("quantity")
@dataclass(frozen=True, slots=True)
class Quantity(Transform):
    """An amount and its unit, as an amount in the canonical unit.

    `factors` lists [unit, factor] pairs; the first, whose factor should be 1, is written.
    """

    factors: tuple[tuple[str, Decimal], ...]
    style: str
    scale: int

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("factors", "style", "scale"))
        factors: list[tuple[str, Decimal]] = []
        for unit, factor in read.table("factors").items():
            number = canonical_decimal(str(factor))
            if number is None or number.startswith("-") or number == "0":
                read.mistake(f"factors.{unit}", "must be a number above 0, as a text")
            else:
                factors.append((unit, Decimal(number)))
        return cls(
            tuple(factors),
            read.one_of("style", _STYLES) if "style" in read else "point",
            read.integer("scale", low=0, high=10) if "scale" in read else 0,
        )

    def read(self, raw: JsonValue) -> JsonValue:
        amount, unit = raw
        if amount in (None, ""):
            return None
        factor = dict(self.factors).get(str(unit or "").strip())
        if factor is None:
            raise Unreadable(
                "unknown_unit", f"must have one of the units {', '.join(name for name, _ in self.factors)}"
            )
        return canonical_decimal(format(Decimal(_read_decimal(amount, self.style)) * factor, "f"))

    def write(self, value: JsonValue) -> JsonValue:
        unit, factor = self.factors[0]
        number = canonical_decimal(format(Decimal(str(value)) / factor, "f"))
        return [_write_decimal(number, self.style, self.scale), unit]


@transforms.register("dimensions")
@dataclass(frozen=True, slots=True)
class Dimensions(Transform):
    """Measures such as `12.5 x 3 x 4 cm`, canonically in millimeters: `125 x 30 x 40 mm`. Other texts stay."""

    unit: str = "mm"
    separator: str = " x "

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("unit", "separator"))
        return cls(read.text("unit"), read.text("separator"))

    def read(self, raw: JsonValue) -> JsonValue:
        return _converted(text_of(raw), "mm", " x ")

    def write(self, value: JsonValue) -> JsonValue:
        return _converted(str(value), self.unit, self.separator)


_IN_MM = {"mm": Decimal(1), "cm": Decimal(10), "m": Decimal(1000), "in": Decimal("25.4"), "inches": Decimal("25.4")}
_MEASURES = re.compile(r"(\d+(?:[.,]\d+)?(?:\s*[xX×]\s*\d+(?:[.,]\d+)?)*)\s*(mm|cm|m|in|inches)", re.IGNORECASE)


def _converted(text: str, unit: str, separator: str) -> str:
    found = _MEASURES.fullmatch(text.strip())
    if found is None:
        return text
    factor = _IN_MM[found[2].lower()] / _IN_MM[unit.lower()]
    sides = re.split(r"\s*[xX×]\s*", found[1])
    lengths = [canonical_decimal(format(Decimal(side.replace(",", ".")) * factor, "f")) or side for side in sides]
    return f"{separator.join(lengths)} {unit}"
