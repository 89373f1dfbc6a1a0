"""Crosswalk entries closed and opened, in times that never go back."""

from collections.abc import Mapping, Set
from datetime import datetime

from django.db.models import Q

from mdm.bulk import add_objects
from mdm.models import CrosswalkEntry
from mdm.services.components import Component


def rewrite_entries(component: Component, wanted: Mapping[int, int], moved: Set[int], *, at: datetime) -> None:
    """Close the entries of the source records that `moved`, and open those under the golden records `wanted`."""
    left_at = _close_entries(
        {record: component.placed[record] for record in moved if record in component.placed}, at=at
    )
    heaviest: dict[int, float] = {}
    for pair in component.pairs:
        if wanted[pair.left] == wanted[pair.right]:
            for record in (pair.left, pair.right):
                heaviest[record] = max(pair.weight_bits, heaviest.get(record, pair.weight_bits))
    add_objects(
        [
            CrosswalkEntry(
                source_record_id=record,
                golden_record_id=wanted[record],
                weight_bits=heaviest.get(record),
                linked_at=left_at.get(record, at),
            )
            for record in sorted(moved)
        ],
        ids=False,
    )


def _close_entries(homes: Mapping[int, int], *, at: datetime) -> dict[int, datetime]:
    """Close the entries of these source records, by golden record; returns when those left that did not leave `at`.

    Whoever had to wait for the locks comes with an earlier time than what happened meanwhile. Times in a golden record
    never go back, so that what it held last can be told.
    """
    if not homes:
        return {}
    entries = CrosswalkEntry.objects.filter(source_record__any=list(homes), unlinked_at=None)
    later: dict[int, datetime] = {}
    known = CrosswalkEntry.objects.filter(golden_record__any=sorted(set(homes.values())))
    for golden, linked_at, unlinked_at in known.filter(Q(linked_at__gt=at) | Q(unlinked_at__gt=at)).values_list(
        "golden_record_id", "linked_at", "unlinked_at"
    ):
        later[golden] = max(later.get(golden, at), linked_at, unlinked_at or at)
    for golden, latest in sorted(later.items()):
        entries.filter(golden_record=golden).update(unlinked_at=latest)
    entries.update(unlinked_at=at)
    return {record: later[golden] for record, golden in homes.items() if golden in later}
