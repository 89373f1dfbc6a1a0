"""Reference pages agree with the registries, and examples in the pages are accepted by the code."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from mdm.entity_types import coded_attributes
from mdm.mapping.parsing import parse_mapping
from mdm.mapping.transforms import transforms
from mdm.rules.checks import checks
from mdm.rules.defaults import default_rules
from mdm.rules.parsing import parse_rule_set
from mdm.survivorship.strategies import strategies
from sync.connectors import connectors
from sync.connectors.generic import parse_interface
from sync.connectors.generic.documents import Proof, Style, Verify
from tests.docs.attributes_page import PAGE, rendered
from tests.docs.pages import DOCS, PAGES, blocks, name_of, table_rows


def _yaml_examples() -> list[Any]:
    """Whole mapping files among the pages' YAML blocks. Any: parsed YAML."""
    return [
        pytest.param(document, id=f"{name_of(page)}:{document['system']}")
        for page in PAGES
        for block in blocks(page, "yaml")
        if isinstance(document := yaml.safe_load(block), dict) and "system" in document
    ]


def _first_cells(page: Path) -> set[str]:
    return {row[0].strip("`") for row in table_rows(page.read_text(encoding="utf-8"))}


def test_the_attributes_page_is_what_the_registry_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == rendered(), "run python -m tests.docs.attributes_page"


@pytest.mark.parametrize("document", _yaml_examples())
def test_every_mapping_in_the_pages_is_accepted(document: dict[str, Any]) -> None:
    parse_mapping(document, attributes=coded_attributes(document["entity_type"]))


@pytest.mark.parametrize("example", blocks(DOCS / "reference/rules.md", "yaml"))
def test_every_part_of_a_rule_set_in_its_page_is_accepted(example: str) -> None:
    whole = dict(default_rules("customer"))
    for section, part in yaml.safe_load(example).items():
        written = whole.get(section, {})
        if not isinstance(written, dict) or not isinstance(part, dict):
            whole[section] = part
            continue
        policies = {"attributes": written["attributes"] | part["attributes"]} if "attributes" in part else {}
        whole[section] = written | part | policies
    parse_rule_set(coded_attributes("customer"), whole)


def test_the_page_of_rule_sets_tells_every_quality_check() -> None:
    cells = " ".join(_first_cells(DOCS / "reference/rules.md"))

    assert [check for check in checks if check not in cells] == []


def test_the_mapping_page_tells_every_transform() -> None:
    assert set(transforms.names()) - _first_cells(DOCS / "reference/mapping.md") == set()


def test_the_survivorship_page_tells_every_strategy() -> None:
    assert set(strategies.names()) - _first_cells(DOCS / "explanation/ownership-and-survivorship.md") == set()


def _system_examples() -> list[Any]:
    """Whole system files of the generic connector among the pages' YAML blocks. Any: parsed YAML."""
    return [
        pytest.param(document["settings"]["interface"], id=f"{name_of(page)}:{document['name']}")
        for page in PAGES
        for block in blocks(page, "yaml")
        if isinstance(document := yaml.safe_load(block), dict) and document.get("connector") == "generic"
    ]


@pytest.mark.parametrize("document", _system_examples())
def test_every_interface_in_the_pages_is_accepted(document: dict[str, Any]) -> None:
    assert parse_interface(document).entity_types


def test_the_page_of_interfaces_tells_every_choice() -> None:
    cells = " ".join(_first_cells(DOCS / "reference/interfaces.md"))
    text = (DOCS / "reference/interfaces.md").read_text(encoding="utf-8")

    assert [choice for choice in (*Proof, *Style) if choice not in cells] == []
    assert [choice for choice in Verify if f"`{choice}`" not in text] == []


def test_the_connector_page_tells_every_connector() -> None:
    text = (DOCS / "how-to/add-a-connector.md").read_text(encoding="utf-8")

    assert [name for name in connectors.names() if f"`{name}`" not in text] == []
