"""Records of a page that must wait: deliveries to them are under way, so whose values they show is not settled.

Read as news, a value of ours would count as the system's own, or an old one would end what the hub knows it sent.
Nothing is lost by waiting: a delivery that arrives moves its record behind this page, one that does not leaves it
within the overlap of the next pull.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import OuterRef, Q, Subquery

from mdm.mapping.documents import SystemMapping, read
from mdm.models import RemoteRecord, SourceSystem
from sync.connectors import Connector
from sync.connectors.base import Record
from sync.models import Attempt, Stream, StreamState
from sync.outcomes import Outcome


def settled_records(
    records: Sequence[Record], *, system: SourceSystem, mapping: SystemMapping, connector: Connector, read_at: datetime
) -> list[Record]:
    """The records without those that a delivery was writing at `read_at`, or has written since."""
    keys = _keys_in_flight(system, mapping.entity_type, read_at=read_at)
    creations = _creations_in_flight(system, mapping.entity_type)
    if not keys and not creations:
        return list(records)
    return [
        record
        for record in records
        if read(mapping, record).key not in keys and connector.hub_key_of(record) not in creations
    ]


def _keys_in_flight(system: SourceSystem, entity_type: str, *, read_at: datetime) -> set[str]:
    last_outcome = Attempt.objects.filter(delivery__stream=OuterRef("pk")).order_by("-pk").values("outcome")[:1]
    unclear = Q(last_outcome__in=[Outcome.UNKNOWN, Outcome.CONFLICT])
    streams = (
        Stream.objects.filter(target=system, state=StreamState.DUE, remote_record__entity_type=entity_type)
        .annotate(last_outcome=Subquery(last_outcome))
        .filter(Q(lease_until__gte=read_at) | ~Q(leased_by="") | unclear)
    )
    written = RemoteRecord.objects.filter(target=system, entity_type=entity_type, confirmed_at__gte=read_at)
    return {*streams.values_list("remote_record__key", flat=True), *written.values_list("key", flat=True)}


def _creations_in_flight(system: SourceSystem, entity_type: str) -> set[str | None]:
    streams = Stream.objects.filter(
        target=system, ended_at=None, remote_record=None, epoch__gt=0, golden_record__entity_type=entity_type
    )
    return set(streams.values_list("golden_record__public_id", flat=True))
