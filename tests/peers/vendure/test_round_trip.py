"""A golden customer and a golden product go to a real web shop and come back, by the file that ships."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest

from mdm.actors import SYSTEM
from mdm.entity_types import entity_types
from mdm.mapping.documents import read
from mdm.models import GoldenRecord, GoldenVersion, OutboxMessage, RemoteRecord, SourceSystem, SystemMode
from mdm.selectors.attributes import attributes_of
from mdm.services.intake import current_mapping, receive_payloads
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.settlement import settle_source_records
from mdm.services.systems import connect_system, put_mapping
from mdm.validation import normalize_document
from sync.connectors import connector_for
from sync.inbound.pulling import pull_all
from sync.inbound.reconciling import reconcile_all
from sync.models import Delivery, Stream, StreamState
from sync.outbound.relay import run_once
from sync.services.connecting import connect, read_system_file
from tests.peers.vendure.peers import SHIPPED
from tests.peers.vendure.program import Vendure
from tests.sync.builders import Clock

CUSTOMER = {
    "number": "7001",
    "first": "Ada",
    "last": "Lovelace",
    "mail": "ada.lovelace@shop.example",
    "phone": "+49 40 7654321",
    "street": "Hafenstrasse 12",
    "city": "Hamburg",
    "zip": "20457",
    "country": "DE",
}
PRODUCT = {
    "number": "8001",
    "code": "LAMP-1",
    "name": "Desk lamp",
    "text": "Bright",
    "price": "12.50",
    "unit": "EUR",
    "status": "active",
}
ORIGIN: Mapping[str, Mapping[str, Any]] = {
    "customer": {
        "kind": {"constant": "person"},
        "name": {"paths": ["first", "last"], "transform": "join", "direction": "read"},
        "given_name": "first",
        "family_name": "last",
        "emails": {"each": ["mail"]},
        "phones": {"each": [{"path": "phone", "transform": "phone"}]},
        "address": {
            "components": {
                "street+house_number+unit+country": {"paths": ["street", "country"], "transform": {"street_line": {}}},
                "city": "city",
                "postcode": "zip",
            }
        },
    },
    "product": {
        "sku": "code",
        "name": "name",
        "description": "text",
        "status": "status",
        "list_price": {"components": {"amount": {"path": "price", "transform": "decimal"}, "currency": "unit"}},
    },
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(vendure: Vendure, transactional_db: None, clock: Clock) -> SourceSystem:
    """The web shop, connected by its file; a desk that records come from; rules that make the shop a receiver."""
    vendure.forget_records()
    told = read_system_file(SHIPPED / "system.yaml")
    system = connect(replace(told, base_url=vendure.url, mode=SystemMode.LIVE), actor=SYSTEM, at=clock())
    desk = connect_system(
        "desk",
        label="Order desk",
        connector="",
        base_url="",
        credentials_reference="",
        settings={},
        mode=SystemMode.LIVE,
        actor=SYSTEM,
        at=clock(),
    )
    for entity_type, attributes in ORIGIN.items():
        mapping = {"system": "desk", "entity_type": entity_type, "key": "number", "attributes": attributes}
        put_mapping(desk, mapping, actor=SYSTEM, at=clock())
        rules = dict(entity_types.get(entity_type).default_rules())
        shared = {
            "owner": None,
            "contributors": ["vendure", "*"],
            "proposers": [],
            "receivers": ["vendure"],
            "on_conflict": "contribute",
        }
        rules["ownership"] = {
            name: shared if name in attributes else told_before for name, told_before in rules["ownership"].items()
        }
        publish_rule_set(entity_type, rules, model=None, actor=SYSTEM, at=clock())
    return system


def arrive(entity_type: str, payload: Mapping[str, Any], *, clock: Clock) -> GoldenRecord:
    """A record comes in from the order desk and becomes golden."""
    desk = SourceSystem.objects.get(name="desk")
    intake = receive_payloads(desk, entity_type, [dict(payload)], actor=SYSTEM, at=clock())
    settle_source_records(entity_type, intake.pending_ids, actor=SYSTEM, at=clock())
    return GoldenRecord.objects.get(
        crosswalk_entries__source_record__key=payload["number"], crosswalk_entries__unlinked_at=None
    )


def relay(clock: Clock) -> None:
    run_once(clock=clock, random=Random(7), workers=1)
    assert not Stream.objects.exclude(state=StreamState.IDLE).values_list("last_error", flat=True)


def pull(shop: SourceSystem, clock: Clock) -> None:
    for run in pull_all(shop, actor=SYSTEM, clock=clock):
        assert not run.error
        assert not run.quarantined


def approved(golden: GoldenRecord, names: set[str]) -> dict[str, Any]:
    """What the golden version says of these attributes. Any: canonical JSON."""
    message = OutboxMessage.objects.filter(golden_record=golden).latest("version")
    return {name: value for name, value in orjson.loads(bytes(message.body))["attributes"].items() if name in names}


def held(shop: SourceSystem, golden: GoldenRecord) -> dict[str, Any]:
    """What the shop holds, read back and mapped in reverse. Any: canonical JSON."""
    connector = connector_for(shop)
    record = connector.read_back(golden.entity_type, RemoteRecord.objects.get(target=shop, golden_record=golden).key)
    connector.close()
    assert record is not None
    values = read(current_mapping(shop, golden.entity_type)[1], record.record).values
    return dict(normalize_document(attributes_of(golden.entity_type), values))


@pytest.mark.parametrize(("entity_type", "payload"), [("customer", CUSTOMER), ("product", PRODUCT)])
def test_a_golden_record_goes_out_comes_back_and_echoes_nothing(
    shop: SourceSystem, vendure: Vendure, clock: Clock, entity_type: str, payload: dict[str, str]
) -> None:
    golden = arrive(entity_type, payload, clock=clock)

    relay(clock)

    shown = held(shop, golden)
    assert approved(golden, set(shown) & set(ORIGIN[entity_type])) == {
        name: value for name, value in shown.items() if name in ORIGIN[entity_type] and value not in (None, [], "")
    }

    before = GoldenVersion.objects.count(), OutboxMessage.objects.count(), Delivery.objects.count()
    pull(shop, clock)
    relay(clock)
    assert (GoldenVersion.objects.count(), OutboxMessage.objects.count(), Delivery.objects.count()) == before

    key = RemoteRecord.objects.get(target=shop, golden_record=golden).key
    change_over_there(vendure, entity_type, key)
    pull(shop, clock)
    assert "Edited" in str(approved(golden, {"family_name", "name"}))

    relay(clock)
    after = GoldenVersion.objects.count(), OutboxMessage.objects.count()
    pull(shop, clock)
    relay(clock)
    assert (GoldenVersion.objects.count(), OutboxMessage.objects.count()) == after

    for run in reconcile_all(shop, actor=SYSTEM, clock=clock):
        assert not run.error
        assert [row for row in run.drift if row["key"] == key] == []


def change_over_there(vendure: Vendure, entity_type: str, key: str) -> None:
    """Somebody in the shop corrects a name."""
    if entity_type == "customer":
        vendure.ask(
            "mutation($i: UpdateCustomerInput!) { updateCustomer(input: $i) { __typename } }",
            i={"id": key, "lastName": "Edited-Lovelace"},
        )
    else:
        vendure.ask(
            "mutation($i: UpdateProductInput!) { updateProduct(input: $i) { id } }",
            i={"id": key, "translations": [{"languageCode": "en", "name": "Edited desk lamp"}]},
        )


def test_the_file_that_ships_is_beside_its_mappings() -> None:
    told = read_system_file(Path(SHIPPED) / "system.yaml")

    assert {mapping["entity_type"] for mapping in told.mappings} == {"customer", "product"}
