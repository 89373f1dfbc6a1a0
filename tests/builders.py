"""Small hubs: two systems that tell of a few customers, a clock that moves when told, a look at what came of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from mdm.actors import SYSTEM, person
from mdm.models import CrosswalkEntry, GoldenRecord, GoldenStatus, Rollout, SourceRecord, SourceSystem, SystemMode
from mdm.selectors.golden import golden_record_by_source_key
from mdm.selectors.rollouts import open_rollouts
from mdm.services.authoring import keep_authored
from mdm.services.intake import Intake, receive_payloads
from mdm.services.rebuild import Cause, rebuild_golden_records
from mdm.services.rollouts.carrying import carry_on
from mdm.services.rule_set_versions import ensure_rule_sets
from mdm.services.settlement import settle_source_records
from mdm.services.systems import connect_system, put_mapping

STEWARD, APPROVER = person("steward"), person("approver")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SYSTEMS = ("crm", "erp")

Payload = dict[str, Any]  # a system's record in its own shape
Group = frozenset[str]  # `system:key` of the source records of one golden record


@dataclass(slots=True)
class Clock:
    """A minute passes with every look, so that no two things happen at once."""

    now: datetime = field(default=NOON)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


def customer_mapping(system: str, **changes: Any) -> dict[str, Any]:
    """A system that tells of customers nearly in the hub's own words. `changes` replace attributes."""
    return {
        "system": system,
        "entity_type": "customer",
        "key": "id",
        "source_time": {"path": "modified", "format": "iso", "zone": "UTC"},
        "deleted": {"path": "gone", "one_of": [True]},
        "attributes": {
            "kind": {"path": "kind", "required": True},
            "name": {"path": "name", "required": True},
            "phones": {"each": [{"path": "phone"}]},
            "emails": {"each": [{"path": "email"}]},
            "website": "website",
            "segment": "segment",
            "address": {
                "components": {
                    "street": "street",
                    "house_number": "house_number",
                    "city": "city",
                    "postcode": "postcode",
                    "country": "country",
                }
            },
            "tax_registrations": {
                "each": [
                    {
                        "needs": ["number"],
                        "components": {
                            "kind": {"constant": "vat"},
                            "jurisdiction": {"constant": "DE"},
                            "number": "vat",
                        },
                    }
                ]
            },
            "legal_parent": {"reference": {"system": system, "entity_type": "customer"}, "path": "parent"},
            **changes,
        },
    }


def a_customer(key: str, **fields: Any) -> Payload:
    """A customer of either system. Only what is given is said; None leaves an attribute out."""
    said = {"id": key, "kind": "organization", "name": f"Company {key}", "modified": "2026-01-05T08:00:00Z", **fields}
    return {name: value for name, value in said.items() if value is not None}


def the_same_customer(key: str, **fields: Any) -> Payload:
    """Two records made by this match: name, phone, address and tax id agree."""
    return a_customer(
        key,
        **{
            "name": "Nordlicht Handel GmbH",
            "phone": "+49401234567",
            "email": "info@nordlicht.example",
            "street": "Hafenstrasse",
            "house_number": "12",
            "city": "Hamburg",
            "postcode": "20457",
            "country": "DE",
            "vat": "DE136695976",
            **fields,
        },
    )


def connect(name: str, mapping: Mapping[str, Any] | None = None, *, connector: str = "", at: datetime) -> SourceSystem:
    """A system with a mapping of customers. Without a connector it is only read."""
    system = connect_system(
        name,
        label=name.upper(),
        connector=connector,
        base_url="",
        credentials_reference="",
        settings={},
        mode=SystemMode.LIVE,
        actor=SYSTEM,
        at=at,
    )
    put_mapping(system, mapping or customer_mapping(name), actor=SYSTEM, at=at)
    return system


def a_hub(at: datetime = NOON) -> None:
    """Shipped rules, and both systems, connected."""
    ensure_rule_sets(actor=SYSTEM, at=at)
    for name in SYSTEMS:
        connect(name, at=at)


@contextmanager
def passing() -> Iterator[Clock]:
    """One example of many: what happens to the hub inside is gone afterwards, and checked as a commit would."""
    with transaction.atomic():
        yield Clock()
        check_as_commit_does()
        transaction.set_rollback(True)


def check_as_commit_does() -> None:
    """Run the deferred constraint triggers now, and leave them deferred."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def receive(system: str, payloads: Sequence[Payload], *, at: datetime, entity_type: str = "customer") -> Intake:
    """Take a batch in; nothing is placed yet."""
    return receive_payloads(SourceSystem.objects.get(name=system), entity_type, payloads, actor=SYSTEM, at=at)


def load(system: str, *payloads: Payload, at: datetime, entity_type: str = "customer") -> Intake:
    """Take a batch in and place it."""
    intake = receive(system, payloads, at=at, entity_type=entity_type)
    settle_source_records(entity_type, intake.pending_ids, actor=SYSTEM, at=at)
    return intake


def roll_out(clock: Clock, *, at_once: int = 2_000, batches: int | None = None) -> list[Rollout]:
    """Carry on every rollout under way, to its end or for some batches, as a process does that is then killed."""
    left = iter(range(batches)) if batches is not None else None
    return [
        carry_on(each.pk, clock=clock, at_once=at_once, enough=lambda: left is not None and next(left, None) is None)
        for each in open_rollouts()
    ]


def author_values(golden_record: GoldenRecord, values: Mapping[str, Any], *, at: datetime) -> None:
    """The hub says these values itself, as an applied change request would have it."""
    golden_record = GoldenRecord.objects.select_for_update().get(pk=golden_record.pk)
    correlation_ids = {golden_record.pk: keep_authored(golden_record, values, at=at)}
    cause = Cause("Authored", correlation_ids, agreed={golden_record.pk: values.keys()})
    rebuild_golden_records([golden_record], cause=cause, actor=STEWARD, at=at)


def source_record(name: str) -> SourceRecord:
    """The source record of that `system:key`."""
    system, key = name.split(":", 1)
    return SourceRecord.objects.get(source_system__name=system, key=key)


def golden_of(name: str, entity_type: str = "customer") -> GoldenRecord:
    """The golden record that holds the source record of that `system:key`."""
    system, key = name.split(":", 1)
    return golden_record_by_source_key(system, entity_type, key)


def crosswalk() -> dict[str, str]:
    """`system:key` → public id of the golden record that holds it."""
    entries = CrosswalkEntry.objects.filter(unlinked_at=None).values_list(
        "source_record__source_system__name", "source_record__key", "golden_record__public_id"
    )
    return {f"{system}:{key}": public_id for system, key, public_id in entries}


def groups() -> dict[str, Group]:
    """Public id → `system:key` of the source records under it."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, public_id in crosswalk().items():
        found[public_id].add(name)
    return {public_id: frozenset(names) for public_id, names in found.items()}


def golden_values() -> dict[Group, Any]:
    """What the hub says about each group of source records, with references named by group instead of by id."""
    members = groups()
    records = GoldenRecord.objects.exclude(status=GoldenStatus.MERGED).filter(public_id__in=members)
    return {
        members[record.public_id]: (record.status, renamed(record.document["attributes"], members))
        for record in records
    }


def renamed(value: Any, members: Mapping[str, Group]) -> Any:  # any part of a JSON document
    """The same with the source records of golden records in place of their ids."""
    match value:
        case {"id": str(public_id), **rest} if public_id in members:
            return {**rest, "id": sorted(members[public_id])}
        case dict():
            return {name: renamed(each, members) for name, each in value.items()}
        case list():
            return [renamed(each, members) for each in value]
        case _:
            return value


def together(names: Iterable[str]) -> bool:
    """Whether one golden record holds all these source records."""
    held = crosswalk()
    return len({held[name] for name in names}) == 1
