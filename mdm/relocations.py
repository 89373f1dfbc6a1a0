"""Whether a location moved: GS1 gives a place that moved a new number, and one whose street was renumbered keeps it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from matching.comparators.geo import distance_km
from matching.standardize.address import standardize_number, standardize_postcode, standardize_street
from matching.standardize.text import standardize_text
from mdm.entity_types.base import Document

FAR_METERS = 250  # the points of one site differ by gate and method; a move is farther


@dataclass(frozen=True, slots=True)
class Relocation:
    """A place that moved and kept its GLN; `meters` None where no two points tell how far."""

    gln: str
    meters: int | None


def relocation_of(before: Document, after: Document) -> Relocation | None:
    """The move that lies between two accounts of a location under one GLN; None where there is none.

    Two points decide where both tell one. Else another town or postcode is a move, and so is another street together
    with another number; another number alone is a renumbering, another street alone a renaming.
    """
    gln = after.get("gln")
    if not gln or gln != before.get("gln"):
        return None
    meters = distance_meters(before, after)
    if meters is not None:
        moved = meters > FAR_METERS
    else:
        moved = _is_elsewhere(before.get("address") or {}, after.get("address") or {})
    return Relocation(str(gln), meters) if moved else None


def distance_meters(one: Document, other: Document) -> int | None:
    """Between the points of two locations; None where one tells none."""
    left, right = ((each.get("latitude"), each.get("longitude")) for each in (one, other))
    if None in (*left, *right):
        return None
    return round(distance_km(tuple(map(str, left)), tuple(map(str, right))) * 1000)


def _is_elsewhere(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    def differs(part: str, standardize: Callable[[str], str] = standardize_text) -> bool:
        told = standardize(before.get(part) or ""), standardize(after.get(part) or "")
        return all(told) and told[0] != told[1]

    if differs("country") or differs("city") or differs("postcode", standardize_postcode):
        return True
    return differs("street", standardize_street) and differs("house_number", standardize_number)
