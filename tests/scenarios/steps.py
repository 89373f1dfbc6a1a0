"""What happens in scenarios: systems tell, software matches, time passes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from mdm.actors import SYSTEM
from mdm.models import SourceRecord, SourceSystem
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.settlement import settle_pending
from mdm.services.systems import put_mapping
from mdm.services.upkeep import keep_up
from tests.builders import load, roll_out
from tests.scenarios.companies import Company
from tests.scenarios.world import World


@dataclass(frozen=True, slots=True)
class Tells:
    """A system tells of a record, for the first time or again. Several keys come as one batch."""

    record: str
    company: Company
    says: Mapping[str, Any] = field(default_factory=dict)

    def happen(self, world: World) -> None:
        system, key = self.record.split(":")
        at = world.clock()
        load(system, self.company.payload(key, modified=at.isoformat(), **self.says), at=at)

    def __str__(self) -> str:
        said = ", ".join(f"{name} {'left out' if value is None else f'*{value}*'}" for name, value in self.says.items())
        return f"`{self.record}` tells of {self.company.known_as}{f', with {said}' if said else ''}"


@dataclass(frozen=True, slots=True)
class Repeats:
    """A system sends a record again, word for word."""

    record: str

    def happen(self, world: World) -> None:
        system, key = self.record.split(":")
        record = SourceRecord.objects.get(source_system__name=system, key=key)
        load(system, record.payload, at=world.clock())

    def __str__(self) -> str:
        return f"`{self.record}` is sent again, word for word"


@dataclass(frozen=True, slots=True)
class Deletes:
    """A system says that a record is gone."""

    record: str

    def happen(self, world: World) -> None:
        system, key = self.record.split(":")
        record = SourceRecord.objects.get(source_system__name=system, key=key)
        load(system, {**record.payload, "gone": True}, at=world.clock())

    def __str__(self) -> str:
        return f"`{self.record}` is deleted in its system"


@dataclass(frozen=True, slots=True)
class MatchedAgain:
    """Everything is matched from the beginning."""

    def happen(self, world: World) -> None:
        SourceRecord.objects.exclude(source_system__name="hub").update(pending_since=world.clock())
        settle_pending("customer", actor=SYSTEM, at=world.clock())

    def __str__(self) -> str:
        return "everything is matched again"


@dataclass(frozen=True, slots=True)
class DaysPass:
    """Time passes, and what is due is done."""

    days: int

    def happen(self, world: World) -> None:
        world.clock.now += timedelta(days=self.days)
        keep_up(at=world.clock())

    def __str__(self) -> str:
        return f"{self.days} days pass"


@dataclass(frozen=True, slots=True)
class RulesChange:
    """Other rules are published. `change` makes the new document from the one in force."""

    what: str
    change: Callable[[dict[str, Any]], None]

    def happen(self, world: World) -> None:
        document = published_rules("customer").document.to_document()
        self.change(document)
        publish_rule_set("customer", document, model=None, actor=SYSTEM, at=world.clock())
        roll_out(world.clock)

    def __str__(self) -> str:
        return f"rules are published: {self.what}"


_AGREEMENTS: dict[str, Any] = {
    "entity_type": "pricing_agreement",
    "key": "id",
    "attributes": {
        "number": {"path": "id", "required": True},
        "currency": "currency",
        "scope_kind": "scope",
        "status": "status",
        "lines": {
            "items": "lines",
            "components": {name: name for name in ("category", "unit", "method", "value", "valid_from")},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Agrees:
    """A system tells of a price for one of its customers."""

    record: str
    price: str

    def happen(self, world: World) -> None:
        system, key = self.record.split(":")
        customer = {"reference": {"system": system, "entity_type": "customer"}, "path": "customer"}
        mapping = {**_AGREEMENTS, "system": system, "attributes": {**_AGREEMENTS["attributes"], "customer": customer}}
        put_mapping(SourceSystem.objects.get(name=system), mapping, actor=SYSTEM, at=world.clock())
        line = {"category": "Cables", "unit": "piece", "method": "net", "value": self.price, "valid_from": "2026-01-01"}
        agreement = {"id": f"A-{key}", "currency": "EUR", "scope": "customer", "status": "active", "customer": key}
        load(system, {**agreement, "lines": [line]}, at=world.clock(), entity_type="pricing_agreement")

    def __str__(self) -> str:
        return f"`{self.record}` is promised cables at {self.price} EUR from 2026"
