"""A merge foreseen: merged by the code that merges, looked at, taken back."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max

from mdm import ports
from mdm.actors import Actor
from mdm.errors import StateConflict
from mdm.models import CrosswalkEntry, GoldenRecord, GoldenStatus, GoldenVersion
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.price_conflicts import LineConflict
from mdm.services.consequences.differences import (
    Consequence,
    Effect,
    changed_documents,
    held_values,
    moved_items,
    moved_pins,
    moved_remotes,
    moved_requests,
    redirects,
)
from mdm.services.consequences.standing import Standing, standing_of
from mdm.services.decisions import merge_pair
from mdm.services.foresight import foreseeing
from mdm.services.price_conflicts import watch_price_conflicts

_FORESEER = Actor("foresight")
_PRICED, _LINES = "pricing_agreement", "lines"


@dataclass(frozen=True, slots=True)
class MergeConsequences:
    """Which golden record goes on and which lead there, and everything that follows, in a fixed order."""

    survivor: str
    goes: tuple[str, ...]
    consequences: tuple[Consequence, ...]

    def of(self, *effects: Effect) -> list[Consequence]:
        """Those of these kinds."""
        return [each for each in self.consequences if each.effect in effects]


def merge_consequences(left_id: int, right_id: int, *, at: datetime) -> MergeConsequences:
    """What `merge_pair` of these source records would come to; nothing is stored.

    Raises what the merge would raise: ContradictsDecision, AlreadyDecided, SourceRecordPending.
    """
    homes = _homes([left_id, right_id])
    before = standing_of(homes)
    watch = watch_price_conflicts(homes)
    with foreseeing():
        last = GoldenVersion.objects.aggregate(last=Max("history_id"))["last"] or 0
        merge_pair(left_id, right_id, actor=_FORESEER, at=at, reason="Foreseen", accept_price_conflicts=True)
        mine = GoldenVersion.objects.filter(history_id__gt=last, history_date=at, actor=_FORESEER.name)
        written = set(mine.values_list("id", flat=True))
        after = standing_of({*homes, *_homes([left_id, right_id])}, also=before)
        records = GoldenRecord.objects.in_bulk(written)
        olds = _said_before(records, last)
        conflicts, _ = watch.arisen()
    survivor = next(
        (after.golden[pk].public_id for pk in sorted(homes) if after.golden[pk].status != GoldenStatus.MERGED), ""
    )
    renamed = {
        before.golden[pk].public_id: into.public_id
        for pk in homes
        if (into := after.golden[pk].merged_into) is not None
    }
    others = {pk: (olds.get(pk, {}), record) for pk, record in records.items() if record.public_id not in renamed}
    known = attributes_ever(next(iter(before.golden.values())).entity_type)
    found = [
        *redirects(before, after),
        *changed_documents(others, renamed),
        *moved_items(before, after, known.values()),
        *moved_remotes(before, after),
        *moved_pins(before, after),
        *moved_requests(before, after),
        *held_values(before, after),
        *_prices(conflicts),
        *_messages(before, after),
    ]
    return MergeConsequences(survivor, tuple(sorted(renamed)), tuple(found))


def record_to_merge(golden_record: GoldenRecord) -> int:
    """A source record that stands for the golden record in a merge. Raises StateConflict where it holds none."""
    entries = CrosswalkEntry.objects.filter(golden_record=golden_record, unlinked_at=None)
    first = entries.order_by("linked_at", "source_record_id").values_list("source_record_id", flat=True).first()
    if first is None:
        raise StateConflict(f"{golden_record.public_id} holds no source record; it is {golden_record.status}.")
    return first


def _homes(source_record_ids: list[int]) -> set[int]:
    entries = CrosswalkEntry.objects.filter(source_record__in=source_record_ids, unlinked_at=None)
    return set(entries.values_list("golden_record_id", flat=True))


def _said_before(records: Mapping[int, GoldenRecord], last: int) -> dict[int, Mapping[str, Any]]:
    """Attributes as they were published last before; records that are foreseen only have none."""
    versions = GoldenVersion.objects.filter(id__in=records, history_id__lte=last).order_by("version")
    return {version.id: version.document["attributes"] for version in versions}


def _prices(conflicts: Iterable[LineConflict]) -> Iterator[Consequence]:
    """What would stand against each other, as the merge itself finds it and is refused for."""
    for each in conflicts:
        old = {"golden_id": each.left, "line": each.left_line, "price": dict(each.left_price)}
        new = {"golden_id": each.right, "line": each.right_line, "price": dict(each.right_price)}
        yield Consequence(Effect.PRICE, each.left, _PRICED, each.product_scope, _LINES, old, new)


def _messages(before: Standing, after: Standing) -> Iterator[Consequence]:
    """What targets would be told, by the code that will tell them."""
    for pk, record in sorted(before.golden.items()):
        now = after.golden[pk].merged_into or after.golden[pk]
        for impact in ports.impact().impact_of(record, now.document["attributes"]):
            for name, (old, new) in sorted(impact.changes.items()):
                about = f"{impact.target_label} {impact.remote_key or ''}".strip()
                yield Consequence(Effect.MESSAGE, record.public_id, record.entity_type, about, name, old, new)
