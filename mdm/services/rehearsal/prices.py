"""Which prices a changed pricing agreement would state otherwise. Pure; what a buyer would pay is not resolved here."""

from collections.abc import Iterator, Mapping
from typing import Any

from mdm.entity_types.base import Attribute
from mdm.item_keys import item_key

_SAYS_THE_PRICE = ("method", "value", "per", "break_mode", "breaks")

Said = dict[str, Any]  # any: canonical JSON values


def price_changes(
    attribute: Attribute, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[tuple[str, Said | None, Said | None]]:
    """Line key, price before and price after, of the lines that state another one; None for no line.

    `attribute` is the collection of lines, `old` and `new` are documents of one agreement.
    """
    before, after = (_prices(attribute, document) for document in (old, new))
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield key, before.get(key), after.get(key)


def _prices(attribute: Attribute, document: Mapping[str, Any]) -> dict[str, Said]:
    return {
        item_key(attribute, line): {
            "currency": document.get("currency"),
            **{name: line[name] for name in _SAYS_THE_PRICE if line.get(name) is not None},
        }
        for line in document.get(attribute.name) or ()
    }
