"""Products: words of the title, model codes, quantities with units, colors, brand and price."""

from __future__ import annotations

import re
from functools import lru_cache
from math import inf

from matching.standardize.kinds import Alternatives, Cell, standardizers
from matching.standardize.text import distinct, standardize_code, standardize_text

_UNITS = {
    "gb": ("gb", 1.0), "tb": ("gb", 1000.0), "mb": ("gb", 0.001), "ft": ("m", 0.3048), "foot": ("m", 0.3048),
    "feet": ("m", 0.3048), "m": ("m", 1.0), "meter": ("m", 1.0), "meters": ("m", 1.0), "inch": ("in", 1.0),
    "inches": ("in", 1.0), "in": ("in", 1.0), "diagonal": ("in", 1.0), "cm": ("in", 0.3937), "mm": ("mm", 1.0),
    "w": ("w", 1.0), "watt": ("w", 1.0), "watts": ("w", 1.0), "mah": ("mah", 1.0), "megapixel": ("mp", 1.0),
    "megapixels": ("mp", 1.0), "mp": ("mp", 1.0), "ghz": ("ghz", 1.0), "oz": ("oz", 1.0), "lb": ("oz", 16.0),
    "pack": ("pk", 1.0), "pk": ("pk", 1.0), "count": ("pk", 1.0), "ct": ("pk", 1.0), "pcs": ("pk", 1.0),
    "pc": ("pk", 1.0),
    "piece": ("pk", 1.0), "cu": ("cuft", 1.0), "ports": ("port", 1.0), "port": ("port", 1.0),
}  # fmt: skip
_QUANTITY = re.compile(
    r"(?<![\w.-])(\d+(?:\.\d+)?)[\s-]*(" + "|".join(sorted(_UNITS, key=len, reverse=True)) + r")\b",
    re.IGNORECASE | re.ASCII,  # else i and s would also be the letters ı and ſ, which no unit is written with
)
_QUOTE_INCH = re.compile(r"(?<!\d)(\d+(?:\.\d+)?)\s*(?:''|\"|'|”)")
_PACK_OF = re.compile(r"\b(?:pack|set|box|case)\s+of\s+(\d+)\b", re.IGNORECASE | re.ASCII)
_COLORS = {
    "black": "black", "blk": "black", "white": "white", "wht": "white", "silver": "silver", "slv": "silver",
    "gray": "gray",
    "grey": "gray", "red": "red", "blue": "blue", "green": "green", "pink": "pink", "purple": "purple",
    "yellow": "yellow", "orange": "orange", "brown": "brown", "gold": "gold", "stainless": "stainless",
}  # fmt: skip
_WORD = re.compile(r"[a-z0-9]+(?:[-/.][a-z0-9]+)*", re.IGNORECASE)
_MONEY = re.compile(r"\d[\d.,]*")
_MEASURE = re.compile(
    r"^\d+(?:"
    + "|".join(sorted(_UNITS, key=len, reverse=True))
    + r"|x|p|i|hz|v|k|bit|st|nd|rd|th|d|s|pin|way|g|dpi|rpm|ah|mb|mbps|gbps|kbps|hr|hour|min|ch|mhz|up|oz|cu)$"
)


@lru_cache(maxsize=200_000)
def title_words(text: str) -> tuple[str, ...]:
    """Distinct folded words of a title in order, digits kept with their letters and `4 GB` joined to `4gb`."""
    joined = _QUANTITY.sub(lambda found: f" {found.group(1)}{found.group(2)} ", text)
    return tuple(dict.fromkeys(standardize_text(joined).split()))


@lru_cache(maxsize=200_000)
def model_codes(text: str) -> tuple[str, ...]:
    """Words of a title that look like model numbers: letters and digits mixed, or a long number; separators dropped."""
    found: dict[str, None] = {}
    for word in _WORD.findall(standardize_separated(text)):
        code = standardize_code(word)
        if len(code) >= 4 and _is_code(code):
            found[code] = None
    return tuple(found)


def standardize_separated(text: str) -> str:
    """ASCII text with its separators kept, so that `KX-FG2451` stays one word."""
    return text if text.isascii() else " ".join(standardize_text(each) for each in text.split())


def _is_code(code: str) -> bool:
    digits = sum(each.isdigit() for each in code)
    if digits == 0 or _MEASURE.match(code.lower()):
        return False
    return digits >= 5 if digits == len(code) else digits >= 2 or (digits == 1 and len(code) >= 5)


@standardizers.register("product_title")
def product_title_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Words of each name, joined by blanks."""
    return distinct([" ".join(title_words(each)) for alternatives in values for each in alternatives])


@standardizers.register("product_codes")
def product_codes_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """One cell: stated model numbers marked `=`, then the codes found in the names. Attributes: model_number, name."""
    stated, names = values
    own = [f"={code}" for each in stated if (code := standardize_code(each))]
    found = [code for each in names for code in model_codes(each)]
    return distinct([tuple(dict.fromkeys([*own, *found]))])


@standardizers.register("product_quantities")
def product_quantities_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """One cell of `unit:amount`, sorted: capacities, lengths, powers and pack sizes named in the texts."""
    amounts: set[str] = set()
    for alternatives in values:
        for text in alternatives:
            for number, unit in _QUANTITY.findall(text):
                name, factor = _UNITS[unit.lower()]
                amounts.add(f"{name}:{float(number) * factor:.4g}")
            amounts.update(f"in:{float(number):.4g}" for number in _QUOTE_INCH.findall(text))
            amounts.update(f"pk:{float(number):.4g}" for number in _PACK_OF.findall(text))
    return distinct([tuple(sorted(amounts))])


@standardizers.register("product_colors")
def product_colors_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """One cell of the colors named in the texts, sorted."""
    words = {word for alternatives in values for text in alternatives for word in standardize_text(text).split()}
    return distinct([tuple(sorted({_COLORS[word] for word in words if word in _COLORS}))])


@standardizers.register("price")
def price_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Each price above zero as a plain decimal; a comma before the last one or two digits is a decimal comma."""
    cells: list[Cell] = []
    for each in (text for alternatives in values for text in alternatives):
        if found := _MONEY.search(each):
            number = found.group()
            number = (
                number.replace(".", "").replace(",", ".")
                if re.search(r",\d{1,2}$", number)
                else number.replace(",", "")
            )
            try:
                amount = float(number)
            except ValueError:
                continue
            if 0 < amount < inf:
                # What a screw costs has no whole cents.
                cells.append(f"{amount:.2f}" if amount >= 1 else f"{amount:.6g}")
    return distinct(cells)
