"""The OpenAPI description covers every address, says the truth about documents, and can be read offline."""

from typing import Any

import orjson
import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from mdm.actors import SYSTEM
from mdm.api.documentation import Generator
from mdm.api.urls import urlpatterns
from mdm.entity_types import Attribute, AttributeType, entity_types
from mdm.services.declared_attributes import Terms, with_declared
from mdm.services.rule_set_versions import ensure_rule_sets, publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import NOON


@pytest.fixture(scope="module")
def description(django_db_setup: None) -> dict[str, Any]:
    GENERATOR_STATS.reset()
    return Generator().get_schema(public=True)  # type: ignore[no-untyped-call]  # drf-spectacular is not typed


def test_it_is_made_without_a_warning_and_is_valid(description: dict[str, Any]) -> None:
    assert not GENERATOR_STATS
    validate_schema(description)  # type: ignore[no-untyped-call]  # drf-spectacular is not typed


def test_it_covers_every_address(description: dict[str, Any]) -> None:
    undocumented = {"api-schema", "api-docs", "api-nothing"}
    assert len(description["paths"]) == len([each for each in urlpatterns if each.name not in undocumented])


def test_every_body_has_an_example_and_every_operation_its_problems(description: dict[str, Any]) -> None:
    for path, method, operation in _operations(description):
        where = f"{method} {path}"
        assert {"400", "401", "403", "429", "503"} <= operation["responses"].keys(), where
        for body in operation.get("requestBody", {}).get("content", {}).values():
            assert body["schema"], where
        if "requestBody" in operation:
            assert operation["requestBody"]["content"]["application/json"].get("examples"), where


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    known = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}

    assert _references(description) <= known
    assert {f"#/components/schemas/{name}" for name in ("Customer", "PricingAgreement")} <= known
    assert len(entity_types) <= len(known)


@pytest.mark.django_db
def test_everybody_may_read_it_in_json_and_yaml() -> None:
    for query, media_type in (("json", "application/vnd.oai.openapi+json"), ("yaml", "application/vnd.oai.openapi")):
        response = Client().get(f"/api/v1/schema?format={query}")
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith(media_type)
    assert orjson.loads(Client().get("/api/v1/schema?format=json").content)["openapi"].startswith("3.1")


@pytest.mark.django_db
def test_documents_list_what_the_rules_in_force_declare() -> None:
    ensure_rule_sets(actor=SYSTEM, at=NOON)
    declared = Attribute("loyalty_tier", "Loyalty tier", AttributeType.CHOICE, choices=("silver", "gold"))
    rules = with_declared(published_rules("customer").document, declared, Terms(owner="crm", strategy="most_recent"))
    publish_rule_set("customer", rules, model=None, actor=SYSTEM, at=NOON)

    schemas = orjson.loads(Client().get("/api/v1/schema?format=json").content)["components"]["schemas"]

    listed = schemas["Customer"]["properties"]["attributes"]["properties"]
    assert listed["loyalty_tier"]["enum"] == ["silver", "gold", None]
    assert "loyalty_tier" not in schemas["Product"]["properties"]["attributes"]["properties"]


def _operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, each) for path, methods in description["paths"].items() for method, each in methods.items()]


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        found = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return found.union(*(_references(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(_references(each) for each in value))
    return set()
