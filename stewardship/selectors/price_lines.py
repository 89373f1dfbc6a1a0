"""Lines of pricing agreements in a person's words, from what a price conflict keeps of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mdm.selectors.golden import titles_of
from mdm.value_texts import Titles, price_text

_SCOPES = {
    "product": gettext_lazy("Product"),
    "category": gettext_lazy("Category"),
    "brand": gettext_lazy("Brand"),
    "all": gettext_lazy("All products"),
}


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One side of a conflict: its price, if known, and what of the line differs from others for the same thing."""

    price: str
    terms: str


@dataclass(frozen=True, slots=True)
class ToldConflict:
    """Two lines for `thing`; `product_id` leads to the product where one is priced. Days are empty where open."""

    thing: str
    product_id: str
    left: ToldLine
    right: ToldLine
    valid_from: str
    valid_to: str


def told_conflicts(lines: Iterable[Mapping[str, Any]]) -> list[ToldConflict]:
    """Of `PriceConflict.lines`, in their order."""
    kept = list(lines)
    scopes = [line["product_scope"].partition(":") for line in kept]
    places = [_parts(line[side])[1] for line in kept for side in ("left_line", "right_line")]
    titles = titles_of([*(value for kind, _colon, value in scopes if kind == "product"), *filter(None, places)])
    return [
        ToldConflict(
            thing=scope_text(line["product_scope"], titles),
            product_id=value if kind == "product" and value in titles else "",
            left=_side(line, "left", titles),
            right=_side(line, "right", titles),
            valid_from=line["valid_from"],
            valid_to=line["valid_to"],
        )
        for line, (kind, _colon, value) in zip(kept, scopes, strict=True)
    ]


def scope_text(product_scope: str, titles: Titles) -> str:
    """What a line prices: "Brand Ostmark", or a product by its title with its id where there is no title."""
    kind, _colon, value = product_scope.partition(":")
    label = str(_SCOPES.get(kind, kind))
    return f"{label} {titles.get(value) or value}".strip()


def _side(line: Mapping[str, Any], side: str, titles: Titles) -> ToldLine:
    """The key of a line is its product scope, ship-from, unit and first day."""
    _scope, ship_from, unit, first_day = _parts(line[f"{side}_line"])
    terms = [
        _("per %(unit)s") % {"unit": unit} if unit else "",
        _("from %(day)s") % {"day": first_day} if first_day else "",
        _("shipped from %(place)s") % {"place": titles.get(ship_from) or ship_from} if ship_from else "",
    ]
    return ToldLine(price_text(line.get(f"{side}_price", {})), ", ".join(each for each in terms if each))


def _parts(line_key: str) -> list[str]:
    """Product scope, ship-from, unit and first day; a name of what is priced may hold the mark that divides them."""
    return line_key.rsplit("|", 3)
