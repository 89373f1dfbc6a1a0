"""An attribute declared at run time is mapped, survived, projected, edited, and goes again: nothing is migrated."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from mdm.actors import SYSTEM
from mdm.entity_types import Attribute, AttributeType, ReviewKind, entity_types
from mdm.errors import InvalidValues, StateConflict
from mdm.models import GoldenRecord, QuarantineEntry, RuleSet, SourceSystem
from mdm.rules.errors import InvalidMapping, InvalidRuleSet
from mdm.selectors.attributes import attributes_ever, attributes_of
from mdm.selectors.golden import changes_between, origins_of, versions_of
from mdm.selectors.rollouts import open_rollouts
from mdm.services.change_requests import propose_change
from mdm.services.declared_attributes import Terms, with_declared
from mdm.services.rollouts.steering import roll_back
from mdm.services.rule_set_versions import draft_rule_set, publish_draft, version_of
from mdm.services.rule_sets import known_rules, published_rules
from mdm.services.search_before_create import find_matches
from mdm.services.systems import put_mapping
from tests.builders import STEWARD, Clock, customer_mapping, golden_of, load, roll_out, the_same_customer

pytestmark = pytest.mark.django_db

SOUGHT = {
    "kind": "organization",
    "name": "Nordlicht Handel GmbH",
    "phones": ["+49401234567"],
    "emails": ["info@nordlicht.example"],
    "address": {
        "street": "Hafenstrasse",
        "house_number": "12",
        "city": "Hamburg",
        "postcode": "20457",
        "country": "DE",
    },
}
MAPPED = {"loyalty_tier": "tier", "credit_score": {"path": "score", "transform": {"integer": {"wire": "number"}}}}


def declare(name: str, *options: str, entity_type: str = "customer", label: str = "") -> None:
    call_command("rules", "declare", entity_type, name, "--label", label or name.replace("_", " "), *options)
    number = RuleSet.objects.filter(entity_type=entity_type).order_by("number").values_list("number", flat=True).last()
    call_command("rules", "publish", entity_type, str(number), without_rehearsal="A test")


def declare_both() -> None:
    declare("loyalty_tier", "--type", "choice", "--choices", "silver,gold", "--owner", "crm", "--group", "commercial")
    declare("credit_score", "--type", "integer", "--owner", "erp", "--group", "commercial", "--personal")


def put(system: str, clock: Clock, **attributes: Any) -> None:
    mapping = customer_mapping(system, **attributes)
    put_mapping(SourceSystem.objects.get(name=system), mapping, actor=SYSTEM, at=clock())


def values() -> dict[str, Any]:
    return dict(golden_of("crm:1").document["attributes"])


def publish(document: dict[str, Any], clock: Clock) -> None:
    draft = draft_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    publish_draft("customer", draft.number, actor=SYSTEM, at=clock(), without_rehearsal="A test")
    roll_out(clock)


def without(name: str) -> dict[str, Any]:
    """The rules in force, with one declared attribute less."""
    document = published_rules("customer").document.to_document()
    for part in (document["attributes"], document["ownership"], document["survivorship"]["attributes"]):
        del part[name]
    return document


@pytest.fixture
def clock(hub: None) -> Clock:
    """Both are declared and mapped; the systems differ about each."""
    clock = Clock()
    declare_both()
    put("crm", clock, **MAPPED)
    put("erp", clock, **MAPPED)
    load("crm", the_same_customer("1", tier="gold", score=500), at=clock())
    load("erp", the_same_customer("1", tier="silver", score=710), at=clock())
    return clock


def extensions_of(golden: GoldenRecord) -> Any:
    rows = entity_types.get("customer").model()._default_manager.filter(golden_record=golden)
    return rows.values_list("extensions", flat=True).get()


def test_each_survives_from_its_owner_and_is_projected(clock: Clock) -> None:
    assert values()["loyalty_tier"] == "gold"
    assert values()["credit_score"] == 710
    assert golden_of("crm:1").lineage["credit_score"]["winner"]["system"] == "erp"
    assert extensions_of(golden_of("crm:1")) == {"loyalty_tier": "gold", "credit_score": 710}


@pytest.mark.parametrize("entity_type", entity_types)
def test_any_entity_type_takes_one_and_its_versions_say_which(hub: None, entity_type: str) -> None:
    before = version_of(entity_type).number
    declare("remark", "--type", "text", entity_type=entity_type)

    assert "remark" not in {each.name for each in attributes_of(entity_type, before)}
    assert "remark" in {each.name for each in attributes_of(entity_type)}
    assert published_rules(entity_type).attributes == attributes_of(entity_type)


def test_a_wrong_value_is_quarantined_with_its_pointer(clock: Clock) -> None:
    load("crm", the_same_customer("2", tier="platinum"), the_same_customer("3", score="many"), at=clock())

    problems = [problem for entry in QuarantineEntry.objects.order_by("key") for problem in entry.problems]
    assert [(each["pointer"], each["code"]) for each in problems] == [
        ("/loyalty_tier", "unknown_choice"),
        ("/score", "not_a_whole_number"),
    ]


def test_a_mapping_to_an_undeclared_attribute_is_refused_with_its_path_until_it_is_declared(clock: Clock) -> None:
    with pytest.raises(InvalidMapping) as refused:
        put("crm", clock, remark="remark")
    assert [each.path for each in refused.value.mistakes] == ["attributes.remark"]

    declare("remark", "--type", "text")
    put("crm", clock, remark="remark")


def test_an_owned_one_is_corrected_by_change_request_and_a_wrong_value_refused(clock: Clock) -> None:
    golden = golden_of("crm:1")
    with pytest.raises(InvalidValues) as refused:
        propose_change(golden, {"credit_score": "high"}, reason="", actor=STEWARD, at=clock())
    assert refused.value.problems[0]["pointer"] == "/credit_score"

    propose_change(golden, {"loyalty_tier": "silver"}, reason="Called", actor=STEWARD, at=clock())

    assert values()["loyalty_tier"] == "silver"
    assert golden_of("crm:1").document["corrections"] == {"loyalty_tier": "silver"}


def test_history_and_origins_tell_of_it_also_after_it_is_gone(clock: Clock) -> None:
    assert {"loyalty_tier", "credit_score"} <= {each.attribute for each in origins_of(golden_of("crm:1"))}
    put("crm", clock)
    put("erp", clock)
    publish(without("loyalty_tier"), clock)

    golden = golden_of("crm:1")
    assert "loyalty_tier" not in golden.document["attributes"]
    newer, older = versions_of(golden)[:2]
    assert [(each.label, each.before, each.after) for each in changes_between(older, newer)] == [
        ("loyalty tier", "gold", None)
    ]
    assert extensions_of(golden) == {"credit_score": 710}


def test_a_mapped_one_is_not_taken_away(clock: Clock) -> None:
    draft = draft_rule_set("customer", without("loyalty_tier"), model=None, actor=SYSTEM, at=clock())

    with pytest.raises(InvalidRuleSet, match="the mapping of crm, erp names it") as refused:
        publish_draft("customer", draft.number, actor=SYSTEM, at=clock(), without_rehearsal="A test")

    assert [each.path for each in refused.value.mistakes] == ["attributes.loyalty_tier"]


def test_a_pinned_one_is_not_taken_away(clock: Clock) -> None:
    propose_change(golden_of("crm:1"), {"loyalty_tier": "silver"}, reason="Called", actor=STEWARD, at=clock())
    put("crm", clock)
    put("erp", clock)
    draft = draft_rule_set("customer", without("loyalty_tier"), model=None, actor=SYSTEM, at=clock())

    with pytest.raises(InvalidRuleSet, match="1 pins hold it"):
        publish_draft("customer", draft.number, actor=SYSTEM, at=clock(), without_rehearsal="A test")


@pytest.mark.parametrize(
    "form", [{"type": "text"}, {"type": "decimal"}, {"type": "choice", "choices": ["710"]}], ids=str
)
def test_another_form_is_refused_while_values_of_the_old_are_told(clock: Clock, form: dict[str, Any]) -> None:
    document = published_rules("customer").document.to_document()
    document["attributes"]["credit_score"] = {"label": "Score", **form}

    with pytest.raises(InvalidRuleSet, match="declare it under another name") as refused:
        draft_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())

    assert [each.path for each in refused.value.mistakes] == ["attributes.credit_score"]


def test_choices_grow_and_shrink_as_far_as_the_told_values_allow(clock: Clock) -> None:
    document = published_rules("customer").document.to_document()
    tier = document["attributes"]["loyalty_tier"]

    for choices in (["silver", "gold", "platinum"], ["gold", "silver"]):
        document["attributes"]["loyalty_tier"] = {**tier, "choices": choices}
        publish(document, clock)
    document["attributes"]["loyalty_tier"] = {**tier, "choices": ["gold"]}
    with pytest.raises(InvalidRuleSet):
        publish(document, clock)


def test_one_that_comes_back_brings_its_values_back_and_its_form(clock: Clock) -> None:
    with_both = published_rules("customer").document.to_document()
    put("crm", clock)
    put("erp", clock)
    publish(without("credit_score"), clock)
    assert "credit_score" not in values()
    assert "credit_score" in attributes_ever("customer")

    changed = with_both | {"attributes": {**with_both["attributes"], "credit_score": {"label": "S", "type": "text"}}}
    with pytest.raises(InvalidRuleSet):
        draft_rule_set("customer", changed, model=None, actor=SYSTEM, at=clock())
    publish(with_both, clock)

    assert values()["credit_score"] == 710


def test_an_exported_version_is_drafted_elsewhere_with_what_it_declares(clock: Clock, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    call_command("rules", "export", "customer", "--out", str(file))
    written = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert written["attributes"]["loyalty_tier"]["choices"] == ["silver", "gold"]
    assert written["attributes"]["credit_score"]["personal"] is True

    call_command("rules", "draft", str(file))

    drafts = RuleSet.objects.filter(state="draft")
    assert [each.attributes for each in drafts] == [written["attributes"]]


def test_publishing_the_same_again_changes_nothing(clock: Clock) -> None:
    before = {each.pk: each.version for each in GoldenRecord.objects.all()}

    publish(published_rules("customer").document.to_document(), clock)

    assert {each.pk: each.version for each in GoldenRecord.objects.all()} == before


def test_a_declaration_alone_needs_no_rollout(clock: Clock) -> None:
    declare("remark", "--type", "text")
    assert not open_rollouts("customer").exists()

    put("crm", clock)
    put("erp", clock)
    document = without("loyalty_tier")
    publish_draft(
        "customer",
        draft_rule_set("customer", document, model=None, actor=SYSTEM, at=clock()).number,
        actor=SYSTEM,
        at=clock(),
        without_rehearsal="A test",
    )
    assert open_rollouts("customer").exists()


def test_a_search_knows_it_at_once(clock: Clock) -> None:
    known_rules("customer")
    declare("remark", "--type", "text")

    found = find_matches("customer", {**SOUGHT, "remark": "By the harbor"}, limit=5)
    with pytest.raises(InvalidValues):
        find_matches("customer", {**SOUGHT, "remark": 7}, limit=5)

    assert [each.golden_id for each in found] == [golden_of("crm:1").public_id]


@pytest.mark.parametrize("pattern", ["[0-9]{2}", "[0-9]{3}"])
def test_quality_and_consent_look_at_it(clock: Clock, pattern: str) -> None:
    document = published_rules("customer").document.to_document()
    document["quality"] = [{"attribute": "credit_score", "check": "pattern", "severity": "error", "pattern": pattern}]
    document["approval"] = {"credit_score": {"required": True, "over_percent": "10", "group": "approver"}}
    publish(document, clock)

    small = propose_change(golden_of("crm:1"), {"credit_score": 711}, reason="", actor=STEWARD, at=clock())
    big = propose_change(golden_of("crm:1"), {"credit_score": 100}, reason="", actor=STEWARD, at=clock())

    assert (small.state, big.state) == ("applied", "open")
    put("crm", clock)
    put("erp", clock)
    with pytest.raises(InvalidRuleSet, match=f"change request {big.pk} proposes a value"):
        publish(without("credit_score") | {"quality": [], "approval": {}}, clock)
    assert (golden_of("crm:1").quality == 1) == (pattern == "[0-9]{3}")


def test_what_cannot_be_declared_is_refused_with_its_path(hub: None) -> None:
    with pytest.raises(CommandError, match=r"attributes\.segment: is the name of a built-in attribute"):
        declare("segment", "--type", "text")
    declare("remark", "--type", "text")
    with pytest.raises(CommandError, match="declared already"):
        declare("remark", "--type", "integer")


def test_a_draft_that_takes_one_away_again_is_caught_by_its_base(clock: Clock) -> None:
    draft = draft_rule_set("customer", without("loyalty_tier"), model=None, actor=SYSTEM, at=clock())
    declare("remark", "--type", "text")

    with pytest.raises(StateConflict):
        publish_draft("customer", draft.number, actor=SYSTEM, at=clock(), without_rehearsal="A test")


def test_rolling_back_an_attribute_that_a_mapping_names_is_refused_before_anything_is_matched(hub: None) -> None:
    clock = Clock()
    load("crm", the_same_customer("1"), at=clock())
    tier = Attribute(name="tier", label="Tier", type=AttributeType.TEXT, group=ReviewKind("commercial"))
    document = with_declared(published_rules("customer").document, tier, Terms("crm", "system_of_record"))
    document["match"] = {**document["match"], "vetoes": []}
    draft = draft_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    publish_draft("customer", draft.number, actor=SYSTEM, at=clock(), without_rehearsal="A test")
    (rollout,) = roll_out(clock)
    put("crm", clock, tier="tier")

    with pytest.raises(InvalidRuleSet):
        roll_back(rollout.pk, reason="Wrong", actor=SYSTEM, at=clock())
    assert not open_rollouts("customer").exists()
    assert version_of("customer").pk == rollout.rule_set_id

    put("crm", clock)
    assert roll_back(rollout.pk, reason="Wrong", actor=SYSTEM, at=clock()).is_open
