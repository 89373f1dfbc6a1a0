"""What the page of a location tells about its place, and a review about two of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mdm.entity_types.location import Location
from mdm.models import GlnQuestion, GoldenRecord
from mdm.selectors.hierarchy import Asked
from mdm.selectors.sites import Neighbor, neighbors_of


@dataclass(frozen=True, slots=True)
class Site:
    """The address in the form of its country, who else is at this place, and what is asked about its GLN."""

    standard: Mapping[str, Any]  # as `StandardAddress`; empty without a country
    neighbors: Sequence[Neighbor]
    question: GlnQuestion | None


def site_of(record: GoldenRecord, *, on: date) -> Site | None:
    """None for what is no location."""
    if record.entity_type != "location":
        return None
    row = Location.objects.filter(golden_record=record).first()
    return Site(
        standard=row.standard_address if row is not None else {},
        neighbors=neighbors_of(record.pk, Asked("legal", on)),
        question=GlnQuestion.objects.filter(golden_record=record, closed_at=None).first(),
    )


def is_shared_site(left: GoldenRecord | None, right: GoldenRecord | None, *, on: date) -> bool:
    """Whether two locations at one place are used by parties that have nothing to do with each other."""
    if left is None or right is None or left == right or left.entity_type != "location":
        return False
    asked = Asked("legal", on)
    return any(each.golden_id == right.pk and each.is_shared for each in neighbors_of(left.pk, asked))
