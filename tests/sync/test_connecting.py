"""A system is connected by one file, whole or not at all; and told apart from what its mappings speak of."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from mdm.mapping.parsing import parse_mapping
from mdm.models import MappingVersion, SourceSystem, SystemMode
from sync.connectors import RemoteAttribute, RemoteEntity
from sync.selectors.drift import schema_drift
from tests.contracts.connectors.test_generic import interface
from tests.sync.builders import World, connect, publish_customer_rules

MAPPING = {
    "system": "shop",
    "entity_type": "customer",
    "key": "id",
    "attributes": {"name": "name", "phones": {"each": ["phone"]}, "address": {"components": {"city": "place.city"}}},
}


def written(folder: Path, mapping: dict[str, Any] | None = None, **parts: Any) -> Path:  # Any: YAML
    system = {
        "name": "shop",
        "label": "Web shop",
        "connector": "generic",
        "base_url": "https://shop.example/",
        "credentials_reference": "SHOP_TOKEN",
        "mappings": ["customer.yaml"],
        "settings": {"creates": ["customer"], "interface": interface("polite")},
        **parts,
    }
    (folder / "customer.yaml").write_text(yaml.safe_dump(mapping or MAPPING), encoding="utf-8")
    (folder / "system.yaml").write_text(yaml.safe_dump(system), encoding="utf-8")
    return folder / "system.yaml"


def told(*arguments: str | Path) -> str:
    out = StringIO()
    call_command("sync", *map(str, arguments), stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_file_connects_a_system_in_shadow_and_again_changes_nothing(tmp_path: Path) -> None:
    file = written(tmp_path)

    for _ in range(2):
        assert told("connect", file) == "Web shop is connected (shadow), with 1 mappings.\n"

    system = SourceSystem.objects.get(name="shop")
    assert (system.mode, system.base_url) == (SystemMode.SHADOW, "https://shop.example")
    assert MappingVersion.objects.filter(source_system=system).count() == 1


@pytest.mark.django_db
def test_the_mode_may_be_another_than_the_files(tmp_path: Path) -> None:
    told("connect", written(tmp_path), "--mode", "live")

    assert SourceSystem.objects.get(name="shop").mode == SystemMode.LIVE


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"connector": "telepathy"}, "connector: must be one of generic"),
        ({"colour": "red"}, "colour: is not known here"),
        ({"mappings": ["../customer.yaml"]}, "mappings: must name files beside this one"),
        ({"mappings": ["none.yaml"]}, "Cannot read"),
        ({"settings": {"interface": {"entity_types": {}, "teir": "A"}}}, "teir: is not known here"),
        ({"mapping": {**MAPPING, "system": "crm"}}, "mappings: must all be of the system shop"),
        ({"mapping": {**MAPPING, "attributes": {"nom": "name"}}}, "attributes.nom: there is no attribute nom"),
    ],
)
def test_a_mistake_anywhere_connects_nothing(tmp_path: Path, parts: dict[str, Any], words: str) -> None:
    with pytest.raises(CommandError) as refusal:
        told("connect", written(tmp_path, **parts))

    assert words in str(refusal.value)
    assert not SourceSystem.objects.filter(name="shop").exists()


def test_what_the_system_lost_and_what_nobody_maps_is_named() -> None:
    now = RemoteEntity("customer", "customers", [RemoteAttribute(name) for name in ("id", "name", "place", "fax")])

    drift = schema_drift(now, parse_mapping(MAPPING))

    assert drift.missing == ("phone",)
    assert [attribute.name for attribute in drift.unmapped] == ["fax"]


def test_the_crm_is_described_beside_its_mapping(world: World) -> None:
    publish_customer_rules(world)
    connect(world, "crm")

    text = told("describe", "crm")

    assert text.startswith("CRM is of tier A and bears 2000 records a page\ncustomer is Account, with ")
    assert "CreatedDate (text, read only) is not mapped" in text
    assert "is mapped, but is not there" not in text
