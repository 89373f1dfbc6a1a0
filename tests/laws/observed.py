"""Universes loaded, and what must hold of any hub at any time."""

from collections import Counter
from collections.abc import Iterable, Sequence

from mdm.models import CrosswalkEntry, GoldenRecord, GoldenStatus, SourceRecord
from mdm.public_ids import parse_public_id, public_id
from mdm.selectors.golden import survivor_of
from tests.builders import Clock, groups, load
from tests.laws.universe import Told


def load_batch(batch: Sequence[Told], clock: Clock) -> None:
    """One batch for each run of payloads of one system, so that the order stays."""
    runs: list[list[Told]] = []
    for told in batch:
        if runs and runs[-1][0].system == told.system:
            runs[-1].append(told)
        else:
            runs.append([told])
    for run in runs:
        load(run[0].system, *(told.payload for told in run), at=clock())


def load_all(batches: Iterable[Sequence[Told]], clock: Clock) -> None:
    for batch in batches:
        load_batch(batch, clock)


def homeless_or_doubled() -> list[int]:
    """Source records, accepted and not waiting, that do not sit in exactly one golden record."""
    homes = Counter(CrosswalkEntry.objects.filter(unlinked_at=None).values_list("source_record_id", flat=True))
    settled = SourceRecord.objects.filter(pending_since=None).values_list("pk", flat=True)
    return [pk for pk in settled if homes[pk] != 1]


def dangling() -> list[str]:
    """Public ids that lead nowhere, lead to a merged record, are mistyped, or stand alive with nothing under them."""
    held = groups()
    wrong = []
    for record in GoldenRecord.objects.select_related("merged_into"):
        prefix, pk = parse_public_id(record.public_id)
        survivor = survivor_of(record)
        sound = (
            pk == record.pk
            and public_id(prefix, pk) == record.public_id
            and survivor.status != GoldenStatus.MERGED
            and survivor.public_id in held
            and (record.status == GoldenStatus.MERGED) != (record.public_id in held)
        )
        if not sound:
            wrong.append(record.public_id)
    return wrong
