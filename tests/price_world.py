"""Products, customers, places and agreements told by CRM and ERP, and prices asked of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from mdm.actors import SYSTEM
from mdm.models import SourceSystem
from mdm.pricing import Resolution
from mdm.selectors.price_facts import Asked
from mdm.services.prices import Answer, resolve_prices
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.systems import put_mapping
from tests.builders import NOON, Clock, Payload, a_customer, a_hub, customer_mapping, golden_of, load

CRM, ERP = "crm", "erp"
_MODIFIED = {"path": "modified", "format": "iso", "zone": "UTC"}


def _mapping(entity_type: str, **attributes: Any) -> dict[str, Any]:
    return {
        "system": ERP,
        "entity_type": entity_type,
        "key": "id",
        "source_time": _MODIFIED,
        "deleted": {"path": "gone", "one_of": [True]},
        "attributes": attributes,
    }


def _reference(entity_type: str, path: str) -> dict[str, Any]:
    return {"reference": {"system": _teller(entity_type), "entity_type": entity_type}, "path": path}


def _teller(entity_type: str) -> str:
    """The CRM owns who belongs to whom."""
    return CRM if entity_type == "customer" else ERP


def _money(name: str) -> dict[str, Any]:
    return {"needs": ["amount"], "components": {"amount": name, "currency": "currency"}}


MAPPINGS = (
    customer_mapping(
        CRM,
        customer_group="group",
        price_class="class",
        lifecycle_stage="stage",
        companies={
            "each": [
                {
                    "needs": ["credit_status"],
                    "components": {"company": {"constant": "1000"}, "credit_status": "blocked"},
                }
            ]
        },
        parents={
            "items": "parents",
            "components": {
                "tree": "tree",
                "parent": _reference("customer", "parent"),
                "valid_from": "from",
                "valid_to": "to",
            },
        },
    ),
    _mapping(
        "product",
        sku="id",
        name={"path": "name", "required": True},
        gtin="gtin",
        category="category",
        brand="brand",
        status="status",
        base_unit="unit",
        units={
            "items": "units",
            "components": {
                "unit": "unit",
                "numerator": "numerator",
                "denominator": "denominator",
                "valid_from": "from",
                "valid_to": "to",
            },
        },
        list_price=_money("list_price"),
        cost=_money("cost"),
        successor=_reference("product", "successor"),
    ),
    _mapping(
        "location",
        name={"path": "name", "required": True},
        address={"components": {"city": "city"}},
        roles={
            "items": "roles",
            "components": {
                "customer": _reference("customer", "customer"),
                "role": "role",
                "valid_from": "from",
                "valid_to": "to",
            },
        },
    ),
    _mapping(
        "pricing_agreement",
        number={"path": "id", "required": True},
        currency="currency",
        status="status",
        valid_from="from",
        valid_to="to",
        scope_kind="scope",
        customer=_reference("customer", "customer"),
        location=_reference("location", "location"),
        customer_group="group",
        price_class="class",
        parent=_reference("pricing_agreement", "parent"),
        inherits="inherits",
        precedence="precedence",
        floor_margin="floor",
        lines={
            "items": "lines",
            "components": {
                "product": _reference("product", "product"),
                "category": "category",
                "brand": "brand",
                "all": "all",
                "ship_from": _reference("location", "ship_from"),
                "unit": "unit",
                "method": "method",
                "value": "value",
                "per": "per",
                "valid_from": "from",
                "valid_to": "to",
                "break_mode": "break_mode",
                "breaks": {
                    "items": "breaks",
                    "components": {"quantity_from": "quantity_from", "value": "value"},
                },
            },
        },
    ),
)


def _no_duplicates(entity_type: str) -> None:
    """The ERP has none of these twice, so that tests may tell of two that resemble each other."""
    rules = published_rules(entity_type)
    model = replace(rules.model, unique_sources=(ERP,))
    publish_rule_set(entity_type, rules.document.to_document(), model=model, actor=SYSTEM, at=NOON)


def _groups_from_crm() -> None:
    """One system tells all of a customer."""
    rules = published_rules("customer")
    document = rules.document.to_document()
    owned = dict.fromkeys(("customer_group", "companies"), document["ownership"]["legal_parent"])
    ownership = {**document["ownership"], **owned}
    document = {**document, "ownership": ownership}
    publish_rule_set("customer", document, model=rules.model, actor=SYSTEM, at=NOON)


class PriceWorld:
    """A hub whose CRM tells of customers and whose ERP tells of all else. Each telling takes a minute of its clock."""

    def __init__(self) -> None:
        a_hub()
        self.clock = Clock()
        self.ids: dict[str, str] = {}
        self.first_ids: dict[tuple[str, str], int] = {}
        for entity_type in ("product", "pricing_agreement"):
            _no_duplicates(entity_type)
        _groups_from_crm()
        for mapping in MAPPINGS:
            put_mapping(SourceSystem.objects.get(name=mapping["system"]), mapping, actor=SYSTEM, at=NOON)

    def customer(self, key: str, **fields: Any) -> str:
        return self._tell("customer", a_customer(key, **{"name": f"{_NAMES[key[0]]} {key}", **fields}))

    def product(self, key: str, **fields: Any) -> str:
        said = {"id": key, "name": f"{_NAMES[key[0]]} {key}", "unit": "piece", "currency": "EUR", **fields}
        return self._tell("product", said)

    def location(self, key: str, **fields: Any) -> str:
        return self._tell("location", {"id": key, "name": f"{_NAMES[key[0]]} {key}", **fields})

    def agreement(self, key: str, *lines: Payload, **fields: Any) -> str:
        scope = next((name for name in ("customer", "location", "group", "class") if name in fields), "everyone")
        said = {"id": key, "currency": "EUR", "status": "active", "lines": list(lines)}
        return self._tell("pricing_agreement", {**said, "scope": {"class": "price_class"}.get(scope, scope), **fields})

    def _tell(self, entity_type: str, said: Mapping[str, Any]) -> str:
        at = self.clock()
        payload = {name: value for name, value in said.items() if value is not None}
        intake = load(_teller(entity_type), {**payload, "modified": at.isoformat()}, at=at, entity_type=entity_type)
        assert intake.quarantined == 0
        found = golden_of(f"{_teller(entity_type)}:{said['id']}", entity_type)
        self.first_ids.setdefault((entity_type, said["id"]), found.pk)
        return found.public_id

    def ask(
        self, product: str, customer: str = "", *, position: int | None = None, on: date | None = None, **rest: Any
    ) -> Resolution:
        """What the buyer pays for the product; keys are those of the systems that tell."""
        return self.answer(product, customer, position=position, on=on, **rest).resolution

    def answer(
        self, product: str, customer: str = "", *, position: int | None = None, on: date | None = None, **rest: Any
    ) -> Answer:
        """The same with the question as it was understood."""
        asked = Asked(
            product=_pk(product, "product"),
            customer=_pk(customer, "customer"),
            ship_to=_pk(rest.pop("ship_to", ""), "location"),
            ship_from=_pk(rest.pop("ship_from", ""), "location"),
            quantity=Fraction(rest.pop("quantity", "1")),
            currency=rest.pop("currency", "EUR"),
            unit=rest.pop("unit", ""),
            on=on or date(2026, 6, 1),
        )
        assert not rest
        answers, _ = resolve_prices([asked], position=position)
        return answers[0]

    def ask_by_id(self, product: str, customer: str, *, position: int | None, quantity: str, unit: str) -> Resolution:
        """The same by the golden ids that the systems' keys had at first, wherever these lead."""
        asked = Asked(
            product=self.first_ids["product", product],
            customer=self.first_ids["customer", customer],
            quantity=Fraction(quantity),
            unit=unit,
            currency="EUR",
            on=date(2026, 6, 1),
        )
        answers, _ = resolve_prices([asked], position=position)
        return answers[0].resolution

    def price(self, product: str, customer: str = "", **rest: Any) -> str:
        """The unit price as text, else the outcome."""
        found = self.ask(product, customer, **rest)
        return str(found.outcome) if found.price is None else f"{found.price.unit_price.normalize():f}"


def a_line(value: str, **fields: Any) -> Payload:
    """A net price of a piece, from 2026 on; `all` products unless one is named."""
    if not {"product", "category", "brand"} & fields.keys():
        fields["all"] = True
    return {"unit": "piece", "method": "net", "value": value, "from": "2026-01-01", **fields}


def a_break(quantity_from: str, value: str) -> Payload:
    return {"quantity_from": quantity_from, "value": value}


def _pk(key: str, entity_type: str) -> int:
    return golden_of(f"{_teller(entity_type)}:{key}", entity_type).pk if key else 0


# First letter of a key → a name that resembles no other.
_NAMES = dict(
    zip(
        "ABCDEFGHPQRSTXYZ",
        (
            "Nordlicht", "Zementwerk", "Alpenblick", "Rheinufer", "Kiesgrube", "Morgenstern", "Hafenkante", "Waldhof",
            "Stromkabel", "Bohrhammer", "Gartenschlauch", "Filterpatrone", "Lampenfuss", "Lagerhaus", "Baustelle",
            "Werkstor",
        ),
        strict=True,
    )
)  # fmt: skip
