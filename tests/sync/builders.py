"""Small worlds for delivery: one customer in two systems, a clock that moves when told, a relay on this thread."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import yaml

from mdm.actors import SYSTEM, person
from mdm.entity_types import entity_types
from mdm.models import GoldenRecord, SourceRecord, SourceSystem, SystemMode
from mdm.project.supervisor.places import ROOT
from mdm.selectors.golden import golden_record_by_source_key
from mdm.services.decisions import merge_pair
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.systems import connect_system, put_mapping
from sync.inbound.pulling import pull_all
from sync.models import Stream
from sync.outbound.relay import Burst, plan_everything, run_once
from tests.sync.processes import Target

ACCOUNT, PARTNER = "001Qy00000AAAA1AAA", "0000100001"
STEWARD = person("steward")
PATHS = {
    "crm": {"customer": "/services/data/v62.0/sobjects/Account"},
    "erp": {"customer": "/api/business_partners"},
}


@dataclass(slots=True)
class Clock:
    """Moves a millisecond with every look, so that no two things happen at once."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(slots=True)
class World:
    """Hub, CRM and ERP."""

    crm: Target
    erp: Target
    clock: Clock

    def system(self, name: str) -> SourceSystem:
        return SourceSystem.objects.get(name=name)

    def pull(self, *names: str) -> None:
        for name in names or ("crm", "erp"):
            for run in pull_all(self.system(name), actor=SYSTEM, clock=self.clock):
                assert not run.error

    def relay(self) -> Burst:
        return run_once(clock=self.clock, random=Random(7), workers=1)

    def settle(self) -> None:
        """Read both systems and deliver what follows from it."""
        self.pull()
        self.relay()

    def golden(self, system: str = "crm", key: str = ACCOUNT) -> GoldenRecord:
        return golden_record_by_source_key(system, "customer", key)


def connect(world: World, name: str, **settings: Any) -> SourceSystem:
    target = {"crm": world.crm, "erp": world.erp}[name]
    system = connect_system(
        name,
        label=name.upper(),
        connector=f"rest_{name}",
        base_url=target.url,
        credentials_reference="TEST_TARGET_TOKEN",
        settings={"paths": PATHS[name], "timeout_seconds": 2, **settings},
        mode=SystemMode.LIVE,
        actor=SYSTEM,
        at=world.clock(),
    )
    for entity_type in PATHS[name]:
        text = (ROOT / "fixtures" / "mappings" / f"{name}_{entity_type}.yaml").read_text(encoding="utf-8")
        put_mapping(system, yaml.safe_load(text), actor=SYSTEM, at=world.clock())
    return system


def publish_customer_rules(world: World) -> None:
    rules = dict(entity_types.get("customer").default_rules())
    publish_rule_set("customer", rules, model=None, actor=SYSTEM, at=world.clock())


def a_shared_customer(world: World) -> GoldenRecord:
    """The account and the business partner are one golden record, and nothing is left to deliver."""
    publish_customer_rules(world)
    connect(world, "crm")
    connect(world, "erp")
    world.pull()
    if world.golden().pk != world.golden("erp", PARTNER).pk:
        left = SourceRecord.objects.get(key=ACCOUNT)
        right = SourceRecord.objects.get(key=PARTNER)
        merge_pair(left.pk, right.pk, actor=STEWARD, at=world.clock(), reason="Same address and phone")
    world.relay()
    world.settle()
    return world.golden()


def change_in_crm(world: World, value: str) -> None:
    """Somebody changes the web site in the CRM, and the hub has read it: the ERP is to be told."""
    world.crm.edit("Account", ACCOUNT, "Website", value)
    world.pull("crm")
    plan_everything(at=world.clock())


def erp_stream() -> Stream:
    return Stream.objects.get(target__name="erp", ended_at=None, remote_record__key=PARTNER)


def account(**fields: Any) -> dict[str, Any]:
    return {
        "Id": ACCOUNT,
        "Name": "Nordlicht Handel GmbH",
        "Phone": "+49 40 1234567",
        "Website": "https://nordlicht.example",
        "BillingStreet": "Hafenstrasse 12",
        "BillingCity": "Hamburg",
        "BillingPostalCode": "20457",
        "BillingCountryCode": "DE",
        "Type": "Customer",
        "CreatedDate": "2026-01-01T08:00:00.000+0000",
        "LastModifiedDate": "2026-01-02T08:00:00.000+0000",
        **fields,
    }


def partner(**fields: Any) -> dict[str, Any]:
    return {
        "BUSINESS_PARTNER": PARTNER,
        "BP_CATEGORY": "2",
        "NAME_ORG1": "Nordlicht Handel GmbH",
        "BIRTHDATE": "00000000",
        "STREET": "Hafenstrasse",
        "HOUSE_NUM1": "12",
        "CITY1": "Hamburg",
        "POST_CODE1": "20457",
        "COUNTRY": "DEU",
        "TEL_NUMBER": "+49 40 1234567",
        "PRICE_GROUP": "S1",
        "CREATED_AT": "20260101080000000",
        "CHANGED_AT": "20260102080000000",
        **fields,
    }
