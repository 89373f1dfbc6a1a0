"""Small worlds for the stewards' pages: fathers and sons, whom the rules never link by themselves."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.test import Client

from mdm.actors import SYSTEM
from mdm.entity_types import entity_types
from mdm.models import GoldenRecord, SourceSystem, SystemMode
from mdm.selectors.golden import golden_record_by_source_key
from mdm.services.intake import Intake, receive_payloads
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.settlement import settle_source_records
from mdm.services.systems import connect_system, put_mapping
from stewardship.models import Task, TaskKind, TaskState
from stewardship.services.roles import Role, ensure_roles, give_role

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAMES = ("Heinz Lachmann", "Karol Gierat", "Corinne Pereira", "Xavier Millet", "Alf Heintze")
HOMES = (
    ("Lange Gasse 12", "Hannover", "30159", "+49 511 6057851"),
    ("Am Mühlbach 3", "Freising", "85354", "+49 8161 990412"),
    ("Deichstraße 77", "Husum", "25813", "+49 4841 33710"),
    ("Kirchplatz 1", "Görlitz", "02826", "+49 3581 724466"),
    ("Rosenweg 40", "Trier", "54290", "+49 651 2088"),
)
PASSWORD = "not a secret"


def mapping(system: str) -> dict[str, Any]:
    """Attributes under their own names, as a system that speaks like the hub would send them."""
    return {
        "system": system,
        "entity_type": "customer",
        "key": "Id",
        "attributes": {
            "kind": {"path": "kind", "required": True},
            "name": {"path": "name", "required": True},
            "given_name": "given_name",
            "family_name": "family_name",
            "date_of_birth": {"path": "date_of_birth", "transform": "date"},
            "phones": {"each": [{"path": "phone"}]},
            "address": {
                "components": {"street": "street", "city": "city", "postcode": "postcode", "country": "country"}
            },
        },
    }


def a_hub() -> None:
    """Two connected systems with mappings of customers, rules in force, roles."""
    ensure_roles()
    publish_rule_set("customer", dict(entity_types.get("customer").default_rules()), model=None, actor=SYSTEM, at=NOON)
    for name in ("crm", "erp"):
        system = connect_system(
            name,
            label=name.upper(),
            connector="",
            base_url="",
            credentials_reference="",
            settings={},
            mode=SystemMode.LIVE,
            actor=SYSTEM,
            at=NOON,
        )
        put_mapping(system, mapping(name), actor=SYSTEM, at=NOON)


def names_need_approval() -> None:
    """Publish rules under which a customer's name changes only with a second person's consent."""
    document = dict(entity_types.get("customer").default_rules())
    document["approval"] = {"name": {"required": True, "over_percent": None, "group": "approver"}}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=NOON)


def a_person(key: str, name: str, born: str, **other: Any) -> dict[str, Any]:
    """A payload. Any: whatever a system sends."""
    given, family = name.split(" ", 1)
    return {
        "Id": key,
        "kind": "person",
        "name": name,
        "given_name": given,
        "family_name": family,
        "date_of_birth": born,
        "phone": "+49 511 6057851",
        "street": "Lange Gasse 12",
        "city": "Hannover",
        "postcode": "30159",
        "country": "DE",
        **other,
    }


def receive(system: str, *payloads: dict[str, Any]) -> Intake:
    """Send payloads in and place what passed."""
    found = SourceSystem.objects.get(name=system)
    intake = receive_payloads(found, "customer", payloads, actor=SYSTEM, at=NOON)
    settle_source_records("customer", intake.pending_ids, actor=SYSTEM, at=NOON)
    return intake


def father_and_son(number: int = 0, name: str = "", **other: Any) -> Task:
    """The open review of two people of one name under one roof, born a generation apart."""
    name = name or NAMES[number]
    street, city, postcode, phone = HOMES[number]
    home = {"street": street, "city": city, "postcode": postcode, "phone": phone, **other}
    receive("crm", a_person(f"C{number}", name, "1950-04-01", **home))
    receive("erp", a_person(f"E{number}", name, "1982-11-23", **home))
    return open_reviews()[-1]


def open_reviews() -> list[Task]:
    """Open match reviews, oldest first."""
    return list(Task.objects.filter(kind=TaskKind.MATCH_REVIEW, state=TaskState.OPEN).order_by("pk"))


def golden(system: str, key: str) -> GoldenRecord:
    """The golden record that holds a system's record."""
    return golden_record_by_source_key(system, "customer", key)


def someone(role: Role | None, username: str = "") -> User:
    """A person with a role; None for one without."""
    user = User.objects.create_user(username or (role or "nobody").lower(), password=PASSWORD)
    if role is not None:
        give_role(user, role)
    return user


def signed_in(role: Role | None, username: str = "") -> Client:
    """A browser in which that person is signed in."""
    client = Client()
    client.force_login(someone(role, username))
    return client
