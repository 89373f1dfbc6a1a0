"""Protected values that others would change: what waits, for whom, and what does not slip through beside it."""

from typing import Any

import pytest

from mdm.actors import SYSTEM, Actor
from mdm.errors import FourEyesViolated, StateConflict
from mdm.models import AttributePin, ChangePart, ChangeRequest
from mdm.services.change_requests import edit_change, propose_change, withdraw_change
from mdm.services.consents import approve_change
from mdm.services.consequences import Effect, merge_consequences
from mdm.services.decisions import merge_pair
from mdm.services.pin_decisions import release_pin
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from stewardship.selectors.golden_page import value_groups
from tests.builders import APPROVER, STEWARD, Clock, a_customer, golden_of, load, source_record

pytestmark = pytest.mark.django_db

BY_ONE = {"required": True, "over_percent": None, "group": "approver"}
ANYBODYS = {**BY_ONE, "origins": ["*"]}


@pytest.fixture
def clock(hub: None) -> Clock:
    """Names and phones are protected; two companies that nothing but a steward would merge."""
    clock = Clock()
    rules(clock, name=ANYBODYS, phones=ANYBODYS)
    load("crm", a_customer("1", name="One", phone="+49401111111"), at=clock())
    load("erp", a_customer("2", name="Two", phone="+49402222222", city="Ulm"), at=clock())
    return clock


def rules(clock: Clock, **approval: Any) -> None:
    document = {**published_rules("customer").document.to_document(), "approval": approval}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())


def merge(clock: Clock, actor: Actor = STEWARD) -> None:
    merge_pair(source_record("crm:1").pk, source_record("erp:2").pk, actor=actor, at=clock())


def said(name: str) -> Any:
    return golden_of("crm:1").document["attributes"].get(name)


def waiting() -> dict[str, Any]:
    return dict(ChangePart.objects.filter(state="open").values_list("attribute", "value"))


def approve(clock: Clock, *attributes: str, actor: Actor = APPROVER) -> None:
    request = ChangeRequest.objects.get(state="open")
    seen = bytes(request.payload_hash)
    approve_change(
        request.pk, payload_hash=seen, actor=actor, at=clock(), groups=["approver"], attributes=attributes or None
    )


def test_what_a_merge_brings_waits_and_its_preview_says_so(clock: Clock) -> None:
    foreseen = merge_consequences(source_record("crm:1").pk, source_record("erp:2").pk, at=clock())
    assert [(each.attribute, each.old) for each in foreseen.of(Effect.WAITS)] == [("phones", ["+49401111111"])]
    assert foreseen.of(Effect.VALUE) != []
    assert not ChangeRequest.objects.exists()

    merge(clock)

    assert (said("name"), said("phones")) == ("One", ["+49401111111"])
    assert waiting() == {"phones": ["+49401111111", "+49402222222"]}
    (row,) = [r for group in value_groups(golden_of("crm:1")) for r in group.rows if r.attribute.name == "phones"]
    assert [(each.source, each.reason) for each in row.losers] == [("All together", "waits for consent")]
    lineage = golden_of("crm:1").lineage["phones"]
    assert (lineage["strategy"], lineage["beneath_value"]) == ("consent", ["+49401111111", "+49402222222"])
    approve(clock)
    assert said("phones") == ["+49401111111", "+49402222222"]


def test_whoever_merged_does_not_consent_to_what_the_merge_brings(clock: Clock) -> None:
    merge(clock)

    with pytest.raises(FourEyesViolated):
        approve(clock, actor=STEWARD)
    with pytest.raises(StateConflict):
        withdraw_change(ChangeRequest.objects.get().pk, actor=STEWARD, at=clock())
    with pytest.raises(StateConflict):
        edit_change(ChangeRequest.objects.get().pk, {"phones": []}, actor=STEWARD, at=clock())


def test_of_a_list_only_what_needs_consent_waits(clock: Clock) -> None:
    rules(clock, phones={**BY_ONE, "origins": ["erp"]})
    merge(clock)
    load("crm", a_customer("3", name="One", phone="+49403333333"), at=clock())
    merge_pair(source_record("crm:1").pk, source_record("crm:3").pk, actor=STEWARD, at=clock())

    assert said("phones") == ["+49401111111", "+49403333333"]
    assert waiting() == {"phones": ["+49401111111", "+49403333333", "+49402222222"]}


def test_an_edit_that_others_consented_to_brings_nothing_else_along(clock: Clock) -> None:
    merge(clock)
    wanted = ["+49401111111", "+49404444444"]
    request = propose_change(golden_of("crm:1"), {"phones": wanted}, reason="", actor=STEWARD, at=clock())
    seen = bytes(ChangeRequest.objects.get(pk=request.pk).payload_hash)

    approve_change(request.pk, payload_hash=seen, actor=APPROVER, at=clock(), groups=["approver"])

    assert "+49404444444" in said("phones")
    assert "+49402222222" not in said("phones")
    assert "+49402222222" in waiting()["phones"]


def test_a_free_edit_of_another_record_waits_where_it_is_no_small_change(clock: Clock) -> None:
    """Twenty percent of a small limit are not twenty percent of a large one."""
    document = published_rules("customer").document.to_document()
    document["ownership"] = {**document["ownership"], "companies": document["ownership"]["name"]}
    document["approval"] = {"companies": {**BY_ONE, "over_percent": "20"}}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    for name, amount in (("crm:1", "1000000"), ("erp:2", "100")):
        pinned(clock, name, amount)
    approve_all(clock)
    pinned(clock, "erp:2", "110")
    assert not ChangeRequest.objects.filter(state="open").exists()

    merge(clock)

    (company,) = said("companies")
    assert company["credit_limit"]["amount"] == "1000000.00"


def pinned(clock: Clock, name: str, amount: str) -> None:
    limit = {"amount": amount, "currency": "EUR"}
    values = {"companies": [{"company": "1000", "credit_limit": limit}]}
    propose_change(golden_of(name), values, reason="", actor=STEWARD, at=clock(), pin=True)


def approve_all(clock: Clock) -> None:
    for request in ChangeRequest.objects.filter(state="open"):
        seen = bytes(request.payload_hash)
        approve_change(request.pk, payload_hash=seen, actor=APPROVER, at=clock(), groups=["approver"])


def test_a_pin_is_released_by_consent_and_only_once(clock: Clock) -> None:
    rules(clock, name=BY_ONE)
    propose_change(golden_of("crm:1"), {"name": "Pinned"}, reason="", actor=STEWARD, at=clock(), pin=True)
    approve(clock)
    pin = AttributePin.objects.get()

    released = release_pin(pin.pk, actor=STEWARD, at=clock())

    assert released.request is not None
    assert (said("name"), waiting()) == ("Pinned", {"name": "One"})
    with pytest.raises(StateConflict):
        release_pin(pin.pk, actor=STEWARD, at=clock())
    with pytest.raises(FourEyesViolated):
        approve(clock, actor=STEWARD)
    approve(clock)
    assert said("name") == "One"
    pin.refresh_from_db()
    assert (pin.state, pin.closed_by) == ("released", STEWARD.name)


def test_consent_to_a_release_is_to_what_the_sources_say(clock: Clock) -> None:
    rules(clock, name=BY_ONE)
    propose_change(golden_of("crm:1"), {"name": "Pinned"}, reason="", actor=STEWARD, at=clock(), pin=True)
    approve(clock)
    release_pin(AttributePin.objects.get().pk, actor=STEWARD, at=clock())
    load("crm", a_customer("1", name="Other", phone="+49401111111"), at=clock())

    with pytest.raises(StateConflict):
        approve(clock)

    assert said("name") == "Pinned"


def test_a_pin_that_waits_behind_what_stands_is_shown(clock: Clock) -> None:
    """It was set while nobody had to consent to names, and a merge brings it where others must."""
    rules(clock)
    propose_change(golden_of("erp:2"), {"name": "Pinned"}, reason="", actor=STEWARD, at=clock(), pin=True)
    rules(clock, name=BY_ONE)

    merge(clock)

    assert (said("name"), waiting()) == ("One", {"name": "Pinned"})
    (row,) = [r for group in value_groups(golden_of("crm:1")) for r in group.rows if r.attribute.name == "name"]
    assert [(each.source, each.lines) for each in row.losers] == [("Pin", ("Pinned",))]
