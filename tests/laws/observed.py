"""Universes loaded, and what must hold of any hub at any time."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256

from mdm.canonical import canonical_bytes
from mdm.mapping.documents import read, render
from mdm.models import (
    AuditEntry,
    CrosswalkEntry,
    GoldenRecord,
    GoldenStatus,
    GoldenVersion,
    MatchDecision,
    OutboxMessage,
    SourceRecord,
    SourceSystem,
)
from mdm.public_ids import parse_public_id, public_id
from mdm.selectors.golden import survivor_of
from mdm.services.intake import current_mapping
from tests.builders import SYSTEMS, Clock, groups, load
from tests.laws.universe import Told

PLAIN = ("kind", "name", "website", "segment", "loyalty_tier")  # both systems hold one value of each, as the hub does


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


def led_astray() -> list[str]:
    """Merged ids that lead to a golden record which holds none of the source records they held last."""
    astray = []
    for record in GoldenRecord.objects.filter(status=GoldenStatus.MERGED).select_related("merged_into"):
        entries = CrosswalkEntry.objects.filter(golden_record=record)
        emptied_at = entries.order_by("-unlinked_at").values_list("unlinked_at", flat=True)[:1]
        last = entries.filter(unlinked_at__in=emptied_at).values("source_record")
        homes = CrosswalkEntry.objects.filter(source_record__in=last, unlinked_at=None)
        if survivor_of(record).pk not in homes.values_list("golden_record_id", flat=True):
            astray.append(record.public_id)
    return astray


def disobeyed() -> list[int]:
    """Decisions in force whose source records are not where the decision says."""
    homes = dict(CrosswalkEntry.objects.filter(unlinked_at=None).values_list("source_record_id", "golden_record_id"))
    return [
        decision.pk
        for decision in MatchDecision.objects.filter(closed_at=None)
        if (homes[decision.left_id] == homes[decision.right_id]) != (decision.kind == "must_link")
    ]


def half_told() -> list[str]:
    """Golden records whose version in force lacks history, announcement or audit, or is told otherwise there."""
    wrong = []
    for record in GoldenRecord.objects.all():
        history = GoldenVersion.objects.filter(id=record.pk, version=record.version).values_list("document", flat=True)
        body = canonical_bytes(record.document)
        announced = OutboxMessage.objects.filter(golden_record=record, version=record.version)
        told = [(bytes(message.body), bytes(message.body_hash)) for message in announced]
        audited = AuditEntry.objects.filter(
            action="golden_version.published",
            subject_type="golden_record",
            subject_id=record.pk,
            subject_version=record.version,
        )
        if list(history) != [record.document] or told != [(body, sha256(body).digest())] or audited.count() != 1:
            wrong.append(record.public_id)
    return wrong


def not_read_back() -> list[str]:
    """Golden records of which a system, sent what was announced last, would hold something else."""
    mappings = [current_mapping(SourceSystem.objects.get(name=name), "customer")[1] for name in SYSTEMS]
    wrong = []
    for record in GoldenRecord.objects.exclude(status=GoldenStatus.MERGED):
        announced = OutboxMessage.objects.filter(golden_record=record).order_by("-version").first()
        values = json.loads(bytes(announced.body))["attributes"] if announced else {}
        sent = {name: values.get(name) for name in PLAIN}
        for mapping in mappings:
            body = render(mapping, sent, keys=lambda _reference: None)
            held = read(mapping, {**body, "id": "1"}).values
            if {name: held.get(name) for name in PLAIN} != {
                name: record.document["attributes"].get(name) for name in PLAIN
            }:
                wrong.append(record.public_id)
    return wrong


def lawless() -> dict[str, object]:
    """What breaks laws 2, 4, 6, 9 or 10 in a hub in which nothing waits; empty when all hold."""
    found = {
        "homeless or doubled": homeless_or_doubled(),
        "disobeyed": disobeyed(),
        "not read back": not_read_back(),
        "dangling": dangling(),
        "led astray": led_astray(),
        "half told": half_told(),
    }
    return {name: wrong for name, wrong in found.items() if wrong}
