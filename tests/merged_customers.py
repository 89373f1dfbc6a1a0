"""Two customers with everything that hangs on them: agreements, locations, certificates, targets' records."""

from typing import Any

from mdm.actors import SYSTEM
from mdm.models import ChangeRequestState, GoldenRecord, RemoteRecord, SourceSystem
from mdm.services.change_requests import propose_change
from mdm.services.consents import approve_change
from mdm.services.decisions import merge_pair
from mdm.services.systems import put_mapping
from tests.builders import APPROVER, STEWARD, Clock, a_customer, a_hub, customer_mapping, golden_of, load, source_record

CERTIFICATES = {
    "items": "certificates",
    "components": {"number": "number", "jurisdiction": "state", "valid_from": "from"},
}


def two_customers(clock: Clock) -> None:
    """crm:1, the Sandhof, and erp:1, the Kiesgrube: nothing but a steward would merge them."""
    a_hub()
    for name in ("crm", "erp"):
        put_mapping(
            SourceSystem.objects.get(name=name),
            customer_mapping(name, exemption_certificates=CERTIFICATES),
            actor=SYSTEM,
            at=clock(),
        )
        for entity_type, mapping in (("pricing_agreement", _agreement(name)), ("location", _location(name))):
            put_mapping(
                SourceSystem.objects.get(name=name), {**mapping, "entity_type": entity_type}, actor=SYSTEM, at=clock()
            )
    load("crm", sandhof(), at=clock())
    load("erp", kiesgrube(), at=clock())


def sandhof(**fields: Any) -> dict[str, Any]:
    """crm:1 as the CRM tells it, which owns certificates."""
    said = {"name": "Sandhof Brandt", "street": "Weiher", "city": "Husum", "postcode": "25813"}
    return a_customer("1", **{**said, "certificates": [{"number": "K-1", "state": "TX"}], **fields})


def kiesgrube(**fields: Any) -> dict[str, Any]:
    """erp:1 as the ERP tells it."""
    said = {"name": "Kiesgrube West", "street": "Ring", "city": "Trier", "postcode": "54290"}
    return a_customer("1", **{**said, "website": "https://kies.example", **fields})


def an_agreement(system: str, price: str, *, number: str = "", at: Any) -> None:
    """A price for cables that the system promised its customer 1."""
    line = {"category": "Cables", "unit": "piece", "method": "net", "value": price, "valid_from": "2026-01-01"}
    told = {
        "id": f"A-{system}{number}",
        "currency": "EUR",
        "scope": "customer",
        "status": "active",
        "customer": "1",
        "lines": [line],
    }
    load(system, told, at=at, entity_type="pricing_agreement")


def a_location(system: str, *, at: Any) -> None:
    """A warehouse that the system's customer 1 has goods shipped to."""
    role = {"customer": "1", "role": "ship_to", "valid_from": "2026-01-01"}
    told = {
        "id": f"L-{system}",
        "name": f"Yard of {system}",
        "street": f"{system} road",
        "city": "Ulm",
        "country": "DE",
    }
    load(system, {**told, "roles": [role]}, at=at, entity_type="location")


def merge(clock: Clock, left: str = "crm:1", right: str = "erp:1") -> Any:
    """The steward's decision; crm:1's golden record goes on."""
    pair = [source_record(name).pk for name in (left, right)]
    decided = merge_pair(*pair, actor=STEWARD, at=clock(), reason="One company", accept_price_conflicts=True)
    return decided.unit


def edit(record: str, /, clock: Clock, *, pin: bool = False, **values: Any) -> None:
    """A steward proposes the values, and whoever must consents."""
    request = propose_change(golden_of(record), values, reason="", actor=STEWARD, at=clock(), pin=pin)
    if request.state == ChangeRequestState.OPEN:
        approve_change(
            request.pk, payload_hash=bytes(request.payload_hash), actor=APPROVER, at=clock(), groups=["approver"]
        )


def says(name: str, attribute: str, entity_type: str = "customer") -> Any:
    """A value of the golden record that holds the source record."""
    return golden_of(name, entity_type).document["attributes"].get(attribute)


def a_remote(name: str, key: str) -> RemoteRecord:
    """A record that the shop has of the golden record, which never came back as a source record."""
    shop, _ = SourceSystem.objects.get_or_create(name="shop", defaults={"label": "Shop", "mode": "live"})
    golden: GoldenRecord = golden_of(name)
    return RemoteRecord.objects.create(target=shop, entity_type="customer", key=key, golden_record=golden)


def _agreement(system: str) -> dict[str, Any]:
    return {
        "system": system,
        "key": "id",
        "attributes": {
            "number": {"path": "id", "required": True},
            "currency": "currency",
            "scope_kind": "scope",
            "status": "status",
            "customer": {"reference": {"system": system, "entity_type": "customer"}, "path": "customer"},
            "lines": {
                "items": "lines",
                "components": {name: name for name in ("category", "unit", "method", "value", "valid_from")},
            },
        },
    }


def _location(system: str) -> dict[str, Any]:
    customer = {"reference": {"system": system, "entity_type": "customer"}, "path": "customer"}
    return {
        "system": system,
        "key": "id",
        "attributes": {
            "name": {"path": "name", "required": True},
            "address": {"components": {"street": "street", "city": "city", "country": "country"}},
            "roles": {
                "items": "roles",
                "components": {"customer": customer, "role": "role", "valid_from": "valid_from"},
            },
        },
    }
