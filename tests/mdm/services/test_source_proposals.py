"""A system changes what it does not own, or what others must consent to: refused, proposed or held, and told so."""

from typing import Any

import pytest

from mdm.actors import SYSTEM
from mdm.errors import StateConflict
from mdm.models import AttributePin, ChangePart, ChangeRequest, SourceRecord
from mdm.services.change_requests import edit_change
from mdm.services.consents import approve_change, reject_change
from mdm.services.decisions import merge_pair
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import APPROVER, STEWARD, Clock, a_customer, golden_of, load, source_record, the_same_customer


@pytest.fixture
def clock(hub: None) -> Clock:
    """CRM and ERP tell of one customer. The CRM owns its segment: the ERP may propose another, a shop may not."""
    clock = Clock()
    document = published_rules("customer").document.to_document()
    segment = {
        "owner": "crm",
        "contributors": ["erp"],
        "proposers": ["erp"],
        "receivers": ["erp"],
        "on_conflict": "propose",
        "override": "show",
    }
    document["ownership"] = {**document["ownership"], "segment": segment}
    document["approval"] = {"name": {"required": True, "group": "approver", "origins": ["hub", "crm"]}}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    tell(clock, "crm")
    tell(clock, "erp")
    if golden_of("crm:1").pk != golden_of("erp:1").pk:
        pair = source_record("crm:1").pk, source_record("erp:1").pk
        merge_pair(*pair, actor=STEWARD, at=clock())
    return clock


def tell(clock: Clock, system: str, **fields: Any) -> None:
    said = {"segment": "retail", **fields}
    load(system, the_same_customer("1", **said, modified=clock().isoformat()), at=clock())


def value(name: str) -> Any:
    return golden_of("crm:1").document["attributes"].get(name)


def parts() -> list[tuple[str, Any, str]]:
    rows = ChangePart.objects.order_by("pk").values_list("attribute", "value", "state")
    return [(attribute, told, state) for attribute, told, state in rows]


def approve(clock: Clock) -> None:
    request = ChangeRequest.objects.get(state="open")
    approve_change(
        request.pk, payload_hash=bytes(request.payload_hash), actor=APPROVER, at=clock(), groups=["approver"]
    )


@pytest.mark.django_db
def test_systems_that_disagree_from_the_start_ask_nobody(clock: Clock) -> None:
    load("erp", a_customer("2", segment="wholesale"), at=clock())

    assert parts() == []


@pytest.mark.django_db
def test_a_change_of_what_another_owns_is_proposed_and_becomes_a_correction(clock: Clock) -> None:
    tell(clock, "erp", segment="wholesale")
    assert parts() == [("segment", "wholesale", "open")]
    assert value("segment") == "retail"

    approve(clock)

    assert value("segment") == "wholesale"
    assert golden_of("crm:1").document["corrections"] == {"segment": "wholesale"}
    tell(clock, "crm", segment="wholesale")
    assert AttributePin.objects.get().state == "dissolved"


@pytest.mark.django_db
def test_who_may_not_propose_is_refused_with_the_reason(clock: Clock) -> None:
    document = published_rules("customer").document.to_document()
    document["ownership"]["segment"] = {**document["ownership"]["segment"], "proposers": []}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())

    tell(clock, "erp", segment="wholesale")

    assert parts() == [("segment", "wholesale", "refused")]
    request = ChangeRequest.objects.get()
    assert (request.state, request.origin_system) == ("refused", "erp")
    assert request.last_decided is not None
    assert request.last_decided.decision_reason == "not_owner"
    assert value("segment") == "retail"


@pytest.mark.django_db
def test_a_value_that_needs_consent_is_held_and_the_former_stays(clock: Clock) -> None:
    tell(clock, "crm", name="Nordlicht Handels AG")

    assert value("name") == "Nordlicht Handel GmbH"
    assert SourceRecord.objects.get(source_system__name="crm").accepted["name"] == "Nordlicht Handel GmbH"
    assert parts() == [("name", "Nordlicht Handels AG", "open")]
    approve(clock)
    assert value("name") == "Nordlicht Handels AG"
    assert SourceRecord.objects.get(source_system__name="crm").accepted["name"] == "Nordlicht Handels AG"


@pytest.mark.django_db
def test_a_held_value_told_again_waits_on_and_another_takes_its_place(clock: Clock) -> None:
    tell(clock, "crm", name="Nordlicht Handels AG")
    tell(clock, "crm", name="Nordlicht Handels AG")
    assert parts() == [("name", "Nordlicht Handels AG", "open")]

    tell(clock, "crm", name="Nordlicht SE")

    assert parts() == [("name", "Nordlicht SE", "open")]
    assert ChangePart.objects.get().revision == 2


@pytest.mark.django_db
def test_a_held_value_that_its_system_takes_back_is_withdrawn(clock: Clock) -> None:
    tell(clock, "crm", name="Nordlicht Handels AG")

    tell(clock, "crm")

    assert parts() == [("name", "Nordlicht Handels AG", "withdrawn")]
    assert ChangeRequest.objects.get().state == "withdrawn"


@pytest.mark.django_db
def test_a_rejected_value_is_not_asked_about_again(clock: Clock) -> None:
    tell(clock, "crm", name="Nordlicht Handels AG")
    reject_change(ChangeRequest.objects.get().pk, actor=APPROVER, at=clock(), reason="No", groups=["approver"])

    tell(clock, "crm", name="Nordlicht Handels AG", website="https://new.example")

    assert parts() == [("name", "Nordlicht Handels AG", "rejected")]
    assert value("name") == "Nordlicht Handel GmbH"
    assert value("website") == "https://new.example"


@pytest.mark.django_db
def test_what_the_golden_record_says_already_is_welcome(clock: Clock) -> None:
    tell(clock, "erp", segment="wholesale")
    tell(clock, "crm", segment="wholesale")

    tell(clock, "erp", segment="wholesale", website="https://new.example")

    assert [state for _, _, state in parts()] == ["open"]
    assert value("segment") == "wholesale"


@pytest.mark.django_db
def test_nobody_edits_what_a_system_said_nor_around_the_consent_it_needs(clock: Clock) -> None:
    tell(clock, "erp", segment="wholesale")

    with pytest.raises(StateConflict, match="propose a value of your own"):
        edit_change(ChangeRequest.objects.get().pk, {"segment": "export"}, actor=STEWARD, at=clock())

    assert value("segment") == "retail"
    assert parts() == [("segment", "wholesale", "open")]
