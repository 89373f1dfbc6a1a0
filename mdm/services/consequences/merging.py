"""A merge foreseen: merged by the code that merges, looked at, taken back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Max

from mdm import ports
from mdm.actors import Actor
from mdm.entity_types.pricing_agreement import PricingAgreement, overlapping_lines
from mdm.errors import StateConflict
from mdm.models import CrosswalkEntry, GoldenRecord, GoldenStatus, GoldenVersion
from mdm.selectors.attributes import attributes_ever
from mdm.services.consequences.differences import (
    Consequence,
    Effect,
    changed_documents,
    moved_items,
    moved_pins,
    moved_remotes,
    moved_requests,
    redirects,
)
from mdm.services.consequences.price_conflicts import price_conflicts
from mdm.services.consequences.standing import Standing, standing_of
from mdm.services.decisions import merge_pair
from mdm.services.foresight import foreseeing

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
    agreements = _agreements(before)
    with foreseeing():
        last = GoldenVersion.objects.aggregate(last=Max("history_id"))["last"] or 0
        merge_pair(left_id, right_id, actor=_FORESEER, at=at, reason="Foreseen", accept_price_conflicts=True)
        mine = GoldenVersion.objects.filter(history_id__gt=last, history_date=at, actor=_FORESEER.name)
        written = set(mine.values_list("id", flat=True))
        after = standing_of({*homes, *_homes([left_id, right_id])}, also=before)
        records = GoldenRecord.objects.in_bulk(written)
        olds = _said_before(records, last)
        prices = list(_prices(before, agreements, records, olds))
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
        *prices,
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


def _agreements(standing: Standing) -> dict[int, dict[str, Mapping[str, Any]]]:
    """By golden record: what its own agreements say, by their public id."""
    found: dict[int, dict[str, Mapping[str, Any]]] = {pk: {} for pk in standing.golden}
    for name in ("customer", "location"):
        rows = PricingAgreement.objects.filter(**{f"{name}__in": standing.golden}).select_related("golden_record")
        for row in rows:
            record = row.golden_record
            if record.status == GoldenStatus.ACTIVE and row.scope_kind == name:
                found[getattr(row, f"{name}_id")][record.public_id] = record.document["attributes"]
    return found


def _prices(
    before: Standing,
    agreements: Mapping[int, Mapping[str, Mapping[str, Any]]],
    records: Mapping[int, GoldenRecord],
    olds: Mapping[int, Mapping[str, Any]],
) -> Iterator[Consequence]:
    """Agreements of both that would price one thing differently, and lines of one that come to price the same."""
    sides = [agreements[pk] for pk in sorted(before.golden)]
    for ours, theirs in pairwise(sides):
        for one, other, line, rival in price_conflicts(ours, theirs):
            old = {"golden_id": one, "price": dict(line.price), "scope": line.scope}
            new = {"golden_id": other, "price": dict(rival.price), "scope": rival.scope}
            yield Consequence(Effect.PRICE, one, _PRICED, line.scope, _LINES, old, new)
    for pk, record in sorted(records.items()):
        if record.entity_type == _PRICED and record.status == GoldenStatus.ACTIVE:
            known = set(overlapping_lines(olds.get(pk, {})))
            for one, other in overlapping_lines(record.document["attributes"]):
                if (one, other) not in known:
                    yield Consequence(Effect.PRICE, record.public_id, _PRICED, record.title, _LINES, one, other)


def _messages(before: Standing, after: Standing) -> Iterator[Consequence]:
    """What targets would be told, by the code that will tell them."""
    for pk, record in sorted(before.golden.items()):
        now = after.golden[pk].merged_into or after.golden[pk]
        for impact in ports.impact().impact_of(record, now.document["attributes"]):
            for name, (old, new) in sorted(impact.changes.items()):
                about = f"{impact.target_label} {impact.remote_key or ''}".strip()
                yield Consequence(Effect.MESSAGE, record.public_id, record.entity_type, about, name, old, new)
