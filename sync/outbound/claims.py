"""Claiming due streams: under a lease and a new epoch, with everything rendered that sending needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import F, Q

from mdm.models import GoldenStatus, MappingVersion, OutboxMessage, SourceSystem, SystemMode
from mdm.rules.ownership import ownership_of
from mdm.services.intake import current_mapping
from mdm.services.rule_sets import published_rules
from sync.models import Attempt, Delivery, DeliveryState, Stream, StreamState
from sync.outbound.hub_epochs import hub_epoch
from sync.outbound.knowledge import awaiting_review, known_values, primary_keys
from sync.outbound.rendering import Rendered, public_ids_in, render_version
from sync.outcomes import Outcome

LEASE = timedelta(seconds=60)
REVIEW_WAIT = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Claim:
    """One stream taken by one worker. `unclear`: an earlier attempt may have been applied without our knowing.

    `differing` names what the target is known to hold otherwise; empty means there is nothing to say, unless the claim
    `erases`: the target is to delete its record.
    """

    stream_id: int
    epoch: int
    delivery_id: int
    golden_record_id: int
    public_id: str
    entity_type: str
    version: int
    remote_record_id: int | None
    remote_key: str | None
    rendered: Rendered
    differing: tuple[str, ...]
    idempotency_key: str
    correlation_id: UUID
    lease_until: datetime
    again: bool
    unclear: bool
    shadow: bool
    erases: bool = False


@transaction.atomic
def claim_streams(target: SourceSystem, *, worker: str, limit: int, at: datetime) -> list[Claim]:
    """Take up to `limit` due streams, parents before children. Whatever another worker holds is left to it."""
    streams = list(
        Stream.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(target=target, state=StreamState.DUE, due_at__lte=at)
        .filter(Q(lease_until=None) | Q(lease_until__lt=at))
        .select_related("golden_record", "remote_record")
        .order_by("turn", "due_at", "pk")[:limit]
    )
    streams = _without_those_under_review(streams, target=target, at=at)
    if not streams:
        return []
    unclear = _unclear(streams)
    Stream.objects.filter(pk__in=[stream.pk for stream in streams]).update(
        epoch=F("epoch") + 1, lease_until=at + LEASE, leased_by=worker
    )
    return _claims(streams, target=target, unclear=unclear, at=at)


def release_claims(claims: Sequence[Claim]) -> None:
    """Give streams back unsent; only while they are still ours."""
    for claim in claims:
        Stream.objects.filter(pk=claim.stream_id, epoch=claim.epoch).update(lease_until=None, leased_by="")


def _claims(streams: Sequence[Stream], *, target: SourceSystem, unclear: set[int], at: datetime) -> list[Claim]:
    messages = {
        (message.golden_record_id, message.version): message
        for message in OutboxMessage.objects.filter(
            golden_record__in={s.golden_record_id for s in streams}, version__in={s.wanted_version for s in streams}
        )
    }
    documents = {s.pk: orjson.loads(bytes(messages[s.golden_record_id, s.wanted_version].body)) for s in streams}
    known = known_values(s.remote_record for s in streams if s.remote_record is not None)
    spoken_of = set().union(*(public_ids_in(document["attributes"]) for document in documents.values()))
    keys = primary_keys(spoken_of, target_id=target.pk)
    mappings = {kind: current_mapping(target, kind) for kind in {s.golden_record.entity_type for s in streams}}
    rules = {kind: published_rules(kind) for kind in mappings}
    rendered = {
        s.pk: render_version(
            documents[s.pk],
            mapping=mappings[s.golden_record.entity_type][1],
            attributes=rules[s.golden_record.entity_type].attributes,
            ownership=ownership_of(
                rules[s.golden_record.entity_type].document.ownership, documents[s.pk]["attributes"]
            ),
            remote_keys=keys,
            sent=s.remote_record.sent if s.remote_record else {},
            creating=s.remote_record is None,
        )
        for s in streams
    }
    versions = {kind: version for kind, (version, _) in mappings.items()}
    deliveries = _deliveries(streams, messages, mappings=versions, rendered=rendered, known=known, at=at)
    return [
        Claim(
            stream_id=s.pk,
            epoch=s.epoch + 1,
            delivery_id=deliveries[s.pk].pk,
            golden_record_id=s.golden_record_id,
            public_id=s.golden_record.public_id,
            entity_type=s.golden_record.entity_type,
            version=s.wanted_version,
            remote_record_id=s.remote_record_id,
            remote_key=s.remote_record.key if s.remote_record else None,
            rendered=rendered[s.pk],
            differing=tuple(deliveries[s.pk].attributes),
            idempotency_key=_idempotency_key(s, target=target, rendered=rendered[s.pk]),
            correlation_id=deliveries[s.pk].correlation_id,
            lease_until=at + LEASE,
            again=s.resends > 0,
            unclear=s.pk in unclear,
            shadow=target.mode == SystemMode.SHADOW,
            erases=documents[s.pk]["status"] == GoldenStatus.ERASED,
        )
        for s in streams
    ]


def _deliveries(
    streams: Sequence[Stream],
    messages: Mapping[tuple[int, int], OutboxMessage],
    *,
    mappings: Mapping[str, MappingVersion],
    rendered: Mapping[int, Rendered],
    known: Mapping[int, Mapping[str, object]],
    at: datetime,
) -> dict[int, Delivery]:
    deliveries = [
        Delivery(
            stream=s,
            version=s.wanted_version,
            mapping=mappings[s.golden_record.entity_type],
            body_hash=messages[s.golden_record_id, s.wanted_version].body_hash,
            attributes=list(rendered[s.pk].differing(known.get(s.remote_record_id or 0, {}))),
            left_out=list(rendered[s.pk].left_out),
            state=DeliveryState.SENDING,
            created_at=at,
            correlation_id=messages[s.golden_record_id, s.wanted_version].correlation_id,
        )
        for s in streams
    ]
    stored = Delivery.objects.bulk_create(
        deliveries,
        update_conflicts=True,
        unique_fields=["stream", "version"],
        update_fields=["mapping", "attributes", "left_out", "state"],
    )
    return {delivery.stream_id: delivery for delivery in stored}


def _idempotency_key(stream: Stream, *, target: SourceSystem, rendered: Rendered) -> str:
    """The same for every try of one content. The stream is part of it: two accounts of one customer are two."""
    record = f"{stream.golden_record.public_id}.{stream.pk}"
    key = f"{hub_epoch()}:{target.name}:{record}:{stream.wanted_version}:{rendered.body_hash.hex()[:12]}"
    return f"{key}:{stream.resends}" if stream.resends else key


def _unclear(streams: Sequence[Stream]) -> set[int]:
    """Streams whose last claim was never given back, or whose last attempt broke off."""
    abandoned = {stream.pk for stream in streams if stream.leased_by}
    last = (
        Attempt.objects.filter(
            delivery__stream__in=[stream.pk for stream in streams if stream.failures],
            delivery__version=F("delivery__stream__wanted_version"),
        )
        .order_by("delivery__stream", "-pk")
        .distinct("delivery__stream")
        .values_list("delivery__stream", "outcome")
    )
    return abandoned | {stream for stream, outcome in last if outcome == Outcome.UNKNOWN}


def _without_those_under_review(streams: list[Stream], *, target: SourceSystem, at: datetime) -> list[Stream]:
    creating = {s.golden_record_id for s in streams if s.remote_record_id is None}
    waiting = awaiting_review(creating, target_id=target.pk) if creating else set()
    held = [s.pk for s in streams if s.remote_record_id is None and s.golden_record_id in waiting]
    Stream.objects.filter(pk__in=held).update(
        due_at=at + REVIEW_WAIT, last_error="Waits for a match review: it may be in the target already."
    )
    return [s for s in streams if s.pk not in held]
