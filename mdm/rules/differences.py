"""What changed between two documents, one line each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mdm.entity_types.base import JsonValue

ABSENT = object()
_NAMES = ("attribute", "code", "name")  # what an item of a list is known by, where it has one of these


@dataclass(frozen=True, slots=True)
class Difference:
    """`path` as in a mistake (`survivorship.attributes.name.strategy`); `ABSENT` stands for what is not there."""

    path: str
    old: JsonValue
    new: JsonValue


def differences(old: JsonValue, new: JsonValue, *, path: str = "") -> list[Difference]:
    """Every smallest part that differs, by path. Items of lists are compared by name where all have one of their own.

    Lists of plain values differ as a whole: their order counts.
    """
    return list(_differences(old, new, path))


def _differences(old: JsonValue, new: JsonValue, path: str) -> Iterator[Difference]:
    before, after = _parts(old), _parts(new)
    if before is None or after is None or (isinstance(old, list) != isinstance(new, list)):
        if old != new:
            yield Difference(path, old, new)
        return
    for part in [*before, *(part for part in after if part not in before)]:
        yield from _differences(before.get(part, ABSENT), after.get(part, ABSENT), _join(path, part))


def _parts(value: JsonValue) -> dict[str, JsonValue] | None:
    if isinstance(value, Mapping):
        return {str(name): each for name, each in value.items()}
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        return None
    named = {_item_name(each): each for each in value}
    if len(named) == len(value) and "" not in named:
        return named
    return {f"[{place}]": each for place, each in enumerate(value)}


def _item_name(item: Mapping[str, JsonValue]) -> str:
    said = [str(item[name]) for name in (*_NAMES, "component", "check") if item.get(name) is not None]
    return f"[{' '.join(said)}]" if said else ""


def _join(path: str, part: str) -> str:
    return f"{path}{part}" if part.startswith("[") or not path else f"{path}.{part}"
