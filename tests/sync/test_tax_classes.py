"""Tax classes per engine: without a word for one, the engine is told nothing of the product until it has one."""

from typing import Any

import pytest
import yaml

from mdm.actors import SYSTEM
from mdm.entity_types import entity_types
from mdm.models import SourceSystem, SystemMode
from mdm.project.supervisor.places import ROOT
from mdm.services.intake import receive_payloads
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.settlement import settle_source_records
from mdm.services.systems import connect_system, put_mapping
from stewardship.models import Task, TaskKind, TaskState
from sync.models import Stream, StreamState
from tests.sync.builders import World

pytestmark = pytest.mark.django_db(transaction=True)

SHOP = {
    "system": "shop",
    "entity_type": "product",
    "key": "id",
    "attributes": {"name": {"path": "name", "required": True}, "tax_class": "tax", "base_unit": "unit"},
}


def _erp_mapping(*classes: list[str]) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "fixtures/mappings/erp_product.yaml").read_text(encoding="utf-8"))
    document["attributes"]["tax_class"]["transform"]["table"]["values"] = [
        ["1", "standard"],
        ["2", "reduced"],
        *classes,
    ]
    return document


@pytest.fixture
def products(world: World) -> World:
    """A shop tells of products, and the ERP, which computes taxes, is to have them all."""
    rules = dict(entity_types.get("product").default_rules())
    publish_rule_set("product", rules, model=None, actor=SYSTEM, at=world.clock())
    settings = {"paths": {"product": "/api/materials"}, "creates": ["product"], "timeout_seconds": 2}
    erp = _connect(world, "erp", connector="rest_erp", base_url=world.erp.url, settings=settings)
    shop = _connect(world, "shop", connector="", base_url="", settings={})
    put_mapping(shop, SHOP, actor=SYSTEM, at=world.clock())
    put_mapping(erp, _erp_mapping(), actor=SYSTEM, at=world.clock())
    return world


def _connect(world: World, name: str, *, connector: str, base_url: str, settings: dict[str, Any]) -> SourceSystem:
    return connect_system(
        name,
        label=name.upper(),
        connector=connector,
        base_url=base_url,
        credentials_reference="TEST_TARGET_TOKEN",
        settings=settings,
        mode=SystemMode.LIVE,
        actor=SYSTEM,
        at=world.clock(),
    )


def _tell(world: World, key: str, tax_class: str) -> None:
    payload = {"id": key, "name": f"Lamp {key}", "tax": tax_class, "unit": "piece"}
    intake = receive_payloads(world.system("shop"), "product", [payload], actor=SYSTEM, at=world.clock())
    settle_source_records("product", intake.pending_ids, actor=SYSTEM, at=world.clock())


def _open_tasks() -> list[str]:
    return list(Task.objects.filter(kind=TaskKind.DELIVERY, state=TaskState.OPEN).values_list("reason", flat=True))


def test_a_class_that_the_engine_has_a_word_for_is_told_in_that_word(products: World) -> None:
    _tell(products, "1", "reduced")

    products.relay()

    (write,) = [each for each in products.erp.writes() if each.status == 201]
    assert products.erp.record("materials", write.key)["TAXKM"] == "2"


def test_without_a_word_nothing_is_told_and_a_task_says_what_is_missing(products: World) -> None:
    _tell(products, "1", "luxury")
    _tell(products, "2", "standard")

    products.relay()

    assert len([each for each in products.erp.writes() if each.status == 201]) == 1
    (reason,) = _open_tasks()
    assert "no word for the value of tax_class" in reason
    products.clock.advance(hours=1)
    products.relay()
    assert len(_open_tasks()) == 1


def test_a_mapping_with_the_word_lets_it_go_and_closes_the_task(products: World) -> None:
    _tell(products, "1", "luxury")
    products.relay()

    put_mapping(products.system("erp"), _erp_mapping(["7", "exempt"]), actor=SYSTEM, at=products.clock())
    products.relay()
    assert len(_open_tasks()) == 1
    put_mapping(products.system("erp"), _erp_mapping(["9", "luxury"]), actor=SYSTEM, at=products.clock())
    products.relay()

    (write,) = [each for each in products.erp.writes() if each.status == 201]
    assert products.erp.record("materials", write.key)["TAXKM"] == "9"
    assert _open_tasks() == []
    assert Stream.objects.get().state == StreamState.IDLE
