"""Identifiers with check digits: tax ids and trade item numbers."""

from __future__ import annotations

import re
from functools import lru_cache

import stdnum
from stdnum import ean
from stdnum.exceptions import ValidationError

from matching.standardize.kinds import Alternatives, Cell, standardizers
from matching.standardize.text import distinct, standardize_code, standardize_text

_PREFIX = re.compile(r"^([A-Z]{2})(?=[A-Z]?\d)")


@lru_cache(maxsize=200_000)
def standardize_tax_id(value: str, country: str = "") -> tuple[str, str, str]:
    """(country, number without prefix, "valid" or ""): valid when the country's check rules accept the number."""
    code = standardize_code(value)
    found = _PREFIX.match(code)
    prefix = found.group(1) if found else ""
    number = code[len(prefix) :] if prefix else code
    where = prefix or country.upper()[:2]
    return (where, number, "valid" if where and number and is_valid_tax_id(where, prefix + number, number) else "")


@lru_cache(maxsize=200_000)
def is_valid_tax_id(country: str, prefixed: str, number: str) -> bool:
    """Whether the country's check rules accept the number, with or without its prefix."""
    module = _vat_module("GR" if country == "EL" else country)
    if module is None:
        return False
    for candidate in {prefixed, number}:
        try:
            module.validate(candidate)
        except ValidationError:
            continue
        return True
    return False


@lru_cache(maxsize=300)
def _vat_module(country: str):  # type: ignore[no-untyped-def]  # stdnum hands out untyped modules
    try:
        return stdnum.get_cc_module(country.lower(), "vat")
    except ImportError:
        return None


@lru_cache(maxsize=200_000)
def standardize_gtin(value: str) -> str:
    """Fourteen digits of a GTIN whose check digit is right, else ""."""
    digits = re.sub(r"\D", "", value)
    if not 8 <= len(digits) <= 14 or set(digits) == {"0"}:
        return ""
    short = digits.lstrip("0")
    padded = next((short.zfill(size) for size in (8, 12, 13, 14) if len(short) <= size), "")
    return digits.zfill(14) if padded and ean.is_valid(padded) else ""


@standardizers.register("tax_id")
def tax_id_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Cells (country, number, "valid" or ""). Attributes: tax_id, country."""
    numbers, countries = values
    country = standardize_text(countries[0]).upper() if countries else ""
    cells: list[Cell] = [standardize_tax_id(each, country if len(country) == 2 else "") for each in numbers]
    return distinct([cell for cell in cells if cell[1]])


@standardizers.register("gtin")
def gtin_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Each valid GTIN as fourteen digits."""
    return distinct([standardize_gtin(each) for alternatives in values for each in alternatives])
