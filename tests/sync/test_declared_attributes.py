"""Two attributes declared at run time go the whole way: told, owned, edited, delivered, and no echo comes of it."""

from typing import Any

import yaml
from django.core.management import call_command

from mdm.actors import SYSTEM
from mdm.models import GoldenRecord, GoldenVersion, OutboxMessage, RuleSet, SourceRecord
from mdm.project.supervisor.places import ROOT
from mdm.services.change_requests import propose_change
from mdm.services.decisions import merge_pair
from mdm.services.systems import put_mapping
from tests.sync.builders import ACCOUNT, PARTNER, STEWARD, World, connect, publish_customer_rules

SCORE = {"transform": {"integer": {"wire": "text"}}}
# Fields of each system that nothing else is mapped to then; `without` makes room.
MAPPED: dict[str, dict[str, Any]] = {
    "crm": {"loyalty_tier": "Industry", "credit_score": {"path": "OwnerName", **SCORE}},
    "erp": {"loyalty_tier": "CUSTOMER_GROUP", "credit_score": {"path": "SEARCH_TERM", **SCORE}},
}
WITHOUT = {"crm": ("segment", "account_owner"), "erp": ("customer_group",)}


def declare(name: str, *options: str) -> None:
    call_command("rules", "declare", "customer", name, "--label", name, *options)
    newest = RuleSet.objects.filter(entity_type="customer").order_by("-number").values_list("number", flat=True)[0]
    call_command("rules", "publish", "customer", str(newest), without_rehearsal="A test")


def map_both(world: World) -> None:
    for name, attributes in MAPPED.items():
        text = (ROOT / "fixtures" / "mappings" / f"{name}_customer.yaml").read_text(encoding="utf-8")
        document = yaml.safe_load(text)
        kept = {key: each for key, each in document["attributes"].items() if key not in WITHOUT[name]}
        document["attributes"] = {**kept, **attributes}
        put_mapping(world.system(name), document, actor=SYSTEM, at=world.clock())


def a_scored_customer(world: World) -> GoldenRecord:
    """One customer in both systems; the CRM knows its tier and the ERP its score."""
    publish_customer_rules(world)
    connect(world, "crm")
    connect(world, "erp")
    declare("loyalty_tier", "--type", "choice", "--choices", "silver,gold", "--owner", "crm", "--override", "confirm")
    declare("credit_score", "--type", "integer", "--owner", "erp")
    map_both(world)
    world.crm.edit("Account", ACCOUNT, "Industry", "gold")
    world.erp.edit("business_partners", PARTNER, "SEARCH_TERM", "710")
    world.pull()
    if world.golden().pk != world.golden("erp", PARTNER).pk:
        left, right = SourceRecord.objects.get(key=ACCOUNT), SourceRecord.objects.get(key=PARTNER)
        merge_pair(left.pk, right.pk, actor=STEWARD, at=world.clock(), reason="Same address and phone")
    world.relay()
    world.settle()
    return world.golden()


def test_what_a_system_owns_arrives_at_the_other_and_comes_back_as_an_echo(world: World) -> None:
    golden = a_scored_customer(world)

    assert golden.document["attributes"]["loyalty_tier"] == "gold"
    assert golden.document["attributes"]["credit_score"] == 710
    assert world.erp.record("business_partners", PARTNER)["CUSTOMER_GROUP"] == "gold"
    assert world.crm.record("Account", ACCOUNT)["OwnerName"] == "710"
    counts = GoldenVersion.objects.count(), OutboxMessage.objects.count()
    world.settle()
    assert (GoldenVersion.objects.count(), OutboxMessage.objects.count()) == counts


def test_a_correction_is_taken_over_by_the_owner_and_told_to_the_other(world: World) -> None:
    golden = a_scored_customer(world)
    propose_change(golden, {"loyalty_tier": "silver"}, reason="Called them", actor=STEWARD, at=world.clock())
    assert world.golden().document["attributes"]["loyalty_tier"] == "gold"

    world.relay()
    world.settle()

    assert world.crm.record("Account", ACCOUNT)["Industry"] == "silver"
    assert world.golden().document["attributes"]["loyalty_tier"] == "silver"
    assert world.erp.record("business_partners", PARTNER)["CUSTOMER_GROUP"] == "silver"
