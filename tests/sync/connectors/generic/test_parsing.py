"""Interface documents are taken whole or refused with the path of every mistake."""

from typing import Any

import pytest
import yaml

from mdm.project.supervisor.places import ROOT
from sync.connectors.generic import InvalidInterface, parse_interface
from tests.contracts.connectors.test_generic import interface


def mistakes(document: Any) -> dict[str, str]:  # Any: what a person may have written
    with pytest.raises(InvalidInterface) as caught:
        parse_interface(document)
    return {each.path: each.message for each in caught.value.mistakes}


def test_the_interface_that_ships_is_taken() -> None:
    shipped = yaml.safe_load((ROOT / "deploy/systems/vendure/system.yaml").read_text(encoding="utf-8"))

    assert set(parse_interface(shipped["settings"]["interface"]).entity_types) == {"customer", "product"}


def test_every_mistake_is_named_at_once() -> None:
    document = interface("polite")
    document["teir"] = "A"
    document["tier"] = "Z"
    document["time"] = {"zone": "Europe/Atlantis"}
    document["outcomes"] = [{"outcome": "splendid", "status": [500]}, {"outcome": "gone"}]
    document["entity_types"]["customer"]["read"]["path"] = "//evil.example/{{key}}"
    document["entity_types"]["customer"]["find"]["query"] = {"q": "{{golden}}"}
    document["entity_types"]["customer"]["list"]["query"] = {"q": "{{since"}

    assert set(mistakes(document)) == {
        "teir",
        "tier",
        "time.zone",
        "outcomes[0].outcome",
        "outcomes[1].outcome",
        "entity_types.customer.read.path",
        "entity_types.customer.find.query",
        "entity_types.customer.list.query",
    }


@pytest.mark.parametrize(
    "path",
    ["customers", "//evil.example/x", "/a/../b", "/..", "https://evil.example/", "/a?b=c", "/a\\b", "/a b", "/a#b"],
)
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    document = interface("polite")
    document["entity_types"]["customer"]["read"]["path"] = path

    assert "entity_types.customer.read.path" in mistakes(document)


@pytest.mark.parametrize("url", ["http://login.example/token", "ftp://x/y", "//evil.example/t", "/../t", "token"])
def test_a_secret_is_not_sent_in_the_clear(url: str) -> None:
    document = interface("polite")
    document["authentication"]["token_url"] = url

    assert "authentication.token_url" in mistakes(document)


@pytest.mark.parametrize(
    ("tier", "part", "without", "at"),
    [
        ("A", "create", "headers", "create"),
        ("C", None, "find", "find"),
        ("C", None, "read", "read"),
        ("C", None, "list", "list"),
        ("C", None, "changed_at", "changed_at"),
    ],
)
def test_what_a_promise_rests_on_must_be_there(tier: str, part: str | None, without: str, at: str) -> None:
    document = interface("polite")
    document["tier"] = tier
    customer = document["entity_types"]["customer"]
    del (customer[part] if part else customer)[without]

    assert f"entity_types.customer.{at}" in mistakes(document)


def test_a_creation_that_does_not_write_our_key_is_refused() -> None:
    document = interface("rude")
    del document["entity_types"]["customer"]["create"]["body"]["params"]["values"]["golden_id"]

    assert "entity_types.customer.create" in mistakes(document)


@pytest.mark.parametrize("document", [None, [], "text", 7])
def test_what_is_no_object_is_refused(document: Any) -> None:  # Any: what a person may have written
    assert "$" in mistakes(document)
