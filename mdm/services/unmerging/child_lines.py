"""Lines for what hangs on the golden records of a merge: children of other golden records, list items, remotes."""

from collections.abc import Iterator, Mapping

from mdm.entity_types import AttributeType
from mdm.item_keys import item_key
from mdm.models import (
    ChangeRequest,
    ChangeRequestState,
    CrosswalkEntry,
    GoldenRecord,
    Reassignment,
    ReassignmentKind,
    RemoteRecord,
    SourceRecord,
    SourceReference,
)
from mdm.references import Target, references_in
from mdm.services.reassignments import key_of_target, target_in, target_of
from mdm.services.rule_sets import PublishedRules
from mdm.services.unmerging.parting import Parting
from mdm.services.unmerging.plan import END, Line, LineKind, Why, short_hash


def reference_lines(parting: Parting, target: Mapping[int, str]) -> Iterator[Line]:
    """Every source record that speaks of one of these: it follows the one it speaks of, unless a steward says else."""
    by_name = {target_of(record): pk for pk, record in parting.records.items()}
    words = _words(parting)
    spoken: set[tuple[int, Target]] = {
        (pk, (system, kind, key))
        for pk, system, kind, key in SourceReference.objects.filter(
            target_key__any={key for _, _, key in by_name}
        ).values_list("source_record_id", "target_system", "target_entity_type", "target_key")
        if (system, kind, key) in by_name
    }
    spoken |= {(pk, target_in(key)) for pk, _, key in words}
    speakers = SourceRecord.objects.select_related("source_system").in_bulk({pk for pk, _ in spoken})
    homes = _homes(speakers)
    for pk, named in sorted(spoken):
        speaker, home = speakers[pk], homes.get(pk)
        if speaker.tombstoned_at is not None or home is None:
            continue
        for attribute in sorted(name for name, value in speaker.accepted.items() if named in references_in(value)):
            key = key_of_target(named)
            to_record = words.get((pk, attribute, key), by_name.get(named))
            if to_record is None or to_record not in target:
                continue  # a steward said that it is about something else
            default = target[to_record]
            # Nothing refers to its own thing.
            choices = tuple(each for each in parting.choices if each == default or each != target.get(pk))
            yield Line(
                key=f"reference:{pk}:{attribute}:{short_hash(key)}",
                kind=LineKind.REFERENCE,
                about=f"{speaker.source_system.name}:{speaker.key}",
                default=default,
                choice=default,
                choices=choices,
                why=Why.REASSIGNED if (pk, attribute, key) in words else Why.SPEAKS_OF,
                attribute=attribute,
                golden_id=home.public_id,
                value={"system": named[0], "entity_type": named[1], "key": named[2]},
                subject_id=pk,
                fingerprint=short_hash([key, to_record]),
            )


def item_lines(parting: Parting, target: Mapping[int, str], rules: PublishedRules) -> Iterator[Line]:
    """Every item of the lists that these source records tell, such as a certificate: it goes with its record."""
    lists = [each for each in rules.attributes if each.type is AttributeType.COLLECTION and each.item]
    words = {
        (pk, attribute, key): to
        for pk, attribute, key, to in Reassignment.objects.filter(
            source_record__in=parting.records, kind=ReassignmentKind.ITEM, closed_at=None
        ).values_list("source_record_id", "attribute", "key", "to_record_id")
    }
    choices = parting.choices
    for pk, record in parting.records.items():
        if parting.is_hub(pk):
            continue
        for attribute in lists:
            for item in record.accepted.get(attribute.name) or ():
                key = item_key(attribute, item)
                word = words.get((pk, attribute.name, key))
                default = target.get(word, target[pk]) if word is not None else target[pk]
                yield Line(
                    key=f"item:{pk}:{attribute.name}:{short_hash(key)}",
                    kind=LineKind.ITEM,
                    about=f"{record.source_system.name}:{record.key}",
                    default=default,
                    choice=default,
                    choices=choices,
                    why=Why.ITS_RECORD if word is None else Why.REASSIGNED,
                    attribute=attribute.name,
                    value=item,
                    former=key,
                    subject_id=pk,
                    fingerprint=short_hash([item, word]),
                )


def remote_lines(parting: Parting) -> Iterator[Line]:
    """Records in targets that are no source record yet: nothing says which side they are. The others are theirs."""
    known = {(record.source_system_id, record.key) for record in parting.records.values()}
    places = {side.golden_record_id: side.key for side in parting.sides}
    remotes = RemoteRecord.objects.filter(golden_record__in=set(parting.now.values()), gone_at=None)
    for remote in remotes.select_related("target").order_by("target__name", "key"):
        if (remote.target_id, remote.key) in known or remote.golden_record_id not in places:
            continue
        default = places[remote.golden_record_id]
        yield Line(
            key=f"remote:{remote.pk}",
            kind=LineKind.REMOTE,
            about=f"{remote.target.name}:{remote.key}",
            default=default,
            choice=default,
            choices=tuple(dict.fromkeys((default, *parting.choices))),
            why=Why.STAYS,
            subject_id=remote.pk,
            fingerprint=short_hash(remote.golden_record_id),
        )


def request_lines(parting: Parting, target: Mapping[int, str]) -> Iterator[Line]:
    """Open change requests: they stay with the golden record they were made for; what a system proposed ends."""
    places = {side.golden_record_id: side.key for side in parting.sides}
    waiting = ChangeRequest.objects.filter(
        golden_record__in=[pk for pk in places if pk is not None], state=ChangeRequestState.OPEN
    )
    for request in waiting.order_by("pk"):
        side = places[request.golden_record_id]
        proposer = request.source_record_id
        moves = proposer is not None and target.get(proposer, "") not in ("", _side_now(parting, proposer))
        default = END if moves else side
        yield Line(
            key=f"request:{request.pk}",
            kind=LineKind.REQUEST,
            about=f"{request.proposed_by}",
            default=default,
            choice=default,
            choices=(),
            why=Why.ASKED_FOR,
            value=sorted(request.payload),
            subject_id=request.pk,
            fingerprint=bytes(request.payload_hash).hex()[:16],
        )


def _side_now(parting: Parting, source_record_id: int) -> str:
    places = {side.golden_record_id: side.key for side in parting.sides}
    return places.get(parting.now.get(source_record_id), "")


def _words(parting: Parting) -> dict[tuple[int, str, str], int]:
    """What stewards said that references are about: (source record, attribute, key) → source record."""
    names = {key_of_target(target_of(record)) for record in parting.records.values()}
    rows = Reassignment.objects.filter(kind=ReassignmentKind.REFERENCE, closed_at=None)
    rows = rows.filter(to_record__in=parting.records) | rows.filter(key__in=names)
    return {
        (pk, attribute, key): to
        for pk, attribute, key, to in rows.values_list("source_record_id", "attribute", "key", "to_record_id")
    }


def _homes(source_record_ids: Mapping[int, SourceRecord]) -> dict[int, GoldenRecord]:
    entries = CrosswalkEntry.objects.filter(source_record__in=source_record_ids, unlinked_at=None)
    return {entry.source_record_id: entry.golden_record for entry in entries.select_related("golden_record")}
