"""Each value waits for its own consent, given by others: in the service, and in the database for who goes around."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from mdm.actors import SYSTEM, Actor, person
from mdm.errors import FourEyesViolated, NotApprover, NotOwner, StateConflict
from mdm.models import AuditEntry, ChangePart, ChangeRequest, ChangeRequestState
from mdm.services.change_parts import EXPIRES_AFTER
from mdm.services.change_requests import (
    FREE,
    comment_on_change,
    edit_change,
    expire_changes,
    propose_change,
    withdraw_change,
)
from mdm.services.consents import approve_change, reject_change
from mdm.services.decisions import merge_pair
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import APPROVER, STEWARD, Clock, a_customer, golden_of, load, source_record

CFO = person("cfo")
BY_ONE = {"required": True, "over_percent": None, "group": "approver"}
BY_TWO = {**BY_ONE, "second": {"over_percent": None, "group": "finance"}}


@pytest.fixture
def clock(hub: None) -> Clock:
    """A name needs one consent, a birthday two, a kind none."""
    clock = Clock()
    document = published_rules("customer").document.to_document()
    document["approval"] = {"name": BY_ONE, "address": BY_TWO}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    load("crm", a_customer("1", name="Before", city="Ulm"), a_customer("2", name="Other"), at=clock())
    return clock


def propose(clock: Clock, **values: Any) -> ChangeRequest:
    return propose_change(golden_of("crm:1"), values or {"name": "After"}, reason="", actor=STEWARD, at=clock())


def approve(request: ChangeRequest, clock: Clock, *, actor: Actor = APPROVER, **options: Any) -> ChangeRequest:
    seen = bytes(ChangeRequest.objects.get(pk=request.pk).payload_hash)
    options.setdefault("groups", ["approver"])
    return approve_change(request.pk, payload_hash=seen, actor=actor, at=clock(), **options)


def golden_values() -> Mapping[str, Any]:
    return dict(golden_of("crm:1").document["attributes"])


def states(request: ChangeRequest) -> dict[str, str]:
    return {part.attribute: str(part.state) for part in ChangePart.objects.filter(change_request=request)}


def test_a_proposal_waits_and_the_value_before_stays(clock: Clock) -> None:
    request = propose(clock)

    assert request.state == ChangeRequestState.OPEN
    assert golden_values()["name"] == "Before"


def test_what_needs_no_consent_holds_at_once_and_the_audit_says_so(clock: Clock) -> None:
    request = propose(clock, name="After", given_name="Ada")

    assert golden_values()["given_name"] == "Ada"
    assert golden_values()["name"] == "Before"
    assert states(request) == {"given_name": "applied", "name": "open"}
    assert AuditEntry.objects.filter(action="change_request.applied", detail__reason=FREE).count() == 1


def test_one_slow_approver_does_not_hold_up_the_others(clock: Clock) -> None:
    request = propose(clock, name="After", address={"city": "Bonn"})

    approve(request, clock, groups=["Approver"])

    assert golden_values()["name"] == "After"
    assert golden_values()["address"] == {"city": "Ulm"}
    assert states(request) == {"name": "applied", "address": "open"}


def test_two_groups_are_two_people(clock: Clock) -> None:
    request = propose(clock, address={"city": "Bonn"})
    approve(request, clock, groups=["approver", "finance"])

    with pytest.raises(NotApprover, match="finance"):
        approve(request, clock, groups=["approver", "finance"])
    with pytest.raises(NotApprover):
        approve(request, clock, actor=CFO, groups=["approver"])
    approve(request, clock, actor=CFO, groups=["finance"])

    assert golden_values()["address"] == {"city": "Bonn"}


def test_a_group_that_is_not_asked_cannot_consent_or_refuse(clock: Clock) -> None:
    request = propose(clock)

    with pytest.raises(NotApprover):
        approve(request, clock, groups=["finance"])
    with pytest.raises(NotApprover):
        reject_change(request.pk, actor=CFO, at=clock(), reason="no", groups=["finance"])


def test_the_proposer_cannot_approve(clock: Clock) -> None:
    request = propose(clock)

    with pytest.raises(FourEyesViolated):
        approve(request, clock, actor=STEWARD)
    assert golden_values()["name"] == "Before"


def test_the_last_editor_cannot_approve_and_earlier_consent_is_void(clock: Clock) -> None:
    request = propose(clock, address={"city": "Bonn"})
    approve(request, clock, actor=CFO, groups=["approver"])
    edit_change(request.pk, {"address": {"city": "Kiel"}}, actor=APPROVER, at=clock())

    with pytest.raises(FourEyesViolated):
        approve(request, clock, groups=["finance"])
    approve(request, clock, actor=CFO, groups=["finance"])
    assert golden_values()["address"] == {"city": "Ulm"}

    approve(request, clock, actor=person("third"), groups=["approver"])
    assert golden_values()["address"] == {"city": "Kiel"}


def test_consent_to_values_of_before_an_edit_is_no_consent(clock: Clock) -> None:
    request = propose(clock)
    seen = bytes(request.payload_hash)
    edit_change(request.pk, {"name": "Another"}, actor=STEWARD, at=clock())
    edit_change(request.pk, {"name": "After"}, actor=STEWARD, at=clock())

    with pytest.raises(StateConflict):
        approve_change(request.pk, payload_hash=seen, actor=APPROVER, at=clock(), groups=["approver"])


def test_an_edit_that_needs_no_consent_any_more_holds_at_once(clock: Clock) -> None:
    request = propose(clock)

    edit_change(request.pk, {"name": "Before"}, actor=STEWARD, at=clock())

    assert ChangeRequest.objects.get(pk=request.pk).state == ChangeRequestState.APPLIED


def test_a_second_person_approves_once(clock: Clock) -> None:
    request = propose(clock)
    approve(request, clock)

    assert golden_values()["name"] == "After"
    with pytest.raises(StateConflict):
        approve(request, clock)


def test_one_value_is_rejected_and_the_other_approved(clock: Clock) -> None:
    request = propose(clock, name="After", address={"city": "Bonn"})

    reject_change(request.pk, actor=CFO, at=clock(), reason="wrong", attributes=["address"], groups=["finance"])
    approve(request, clock)

    assert states(request) == {"name": "applied", "address": "rejected"}
    assert ChangeRequest.objects.get(pk=request.pk).state == ChangeRequestState.APPLIED


def test_what_nobody_decides_expires(clock: Clock) -> None:
    request = propose(clock)

    assert expire_changes(at=clock()) == 0
    assert expire_changes(at=clock() + EXPIRES_AFTER) == 1
    assert ChangeRequest.objects.get(pk=request.pk).state == ChangeRequestState.EXPIRED
    assert golden_values()["name"] == "Before"


def test_only_the_proposer_withdraws(clock: Clock) -> None:
    request = propose(clock)
    comment_on_change(request.pk, "Why?", actor=APPROVER, at=clock())

    with pytest.raises(StateConflict):
        withdraw_change(request.pk, actor=APPROVER, at=clock())
    withdraw_change(request.pk, actor=STEWARD, at=clock())

    assert ChangeRequest.objects.get(pk=request.pk).state == ChangeRequestState.WITHDRAWN


def test_consent_after_a_merge_changes_the_survivor(clock: Clock) -> None:
    load("erp", a_customer("3", name="Other"), at=clock())
    merge_pair(source_record("crm:2").pk, source_record("erp:3").pk, actor=STEWARD, at=clock())
    request = propose(clock)
    merge_pair(source_record("crm:1").pk, source_record("crm:2").pk, actor=STEWARD, at=clock())
    assert golden_of("crm:1").pk != request.golden_record_id

    approve(request, clock)

    assert golden_values()["name"] == "After"


SQL_AROUND_THE_SERVICE = {
    "apply without consent": "UPDATE mdm_changepart SET state = 'applied', decided_by = 'x'",
    "ask for no consent": "UPDATE mdm_changepart SET consents = '[]'",
    "consent to one's own": "INSERT INTO mdm_approval (part_id, payload_hash, place, approved_by, approved_at, reason)"
    " SELECT id, payload_hash, 0, 'steward', now(), '' FROM mdm_changepart",
    "consent as nobody": "INSERT INTO mdm_approval (part_id, payload_hash, place, approved_by, approved_at, reason)"
    " SELECT id, payload_hash, 0, '', now(), '' FROM mdm_changepart",
    "consent to another value": "INSERT INTO mdm_approval (part_id, payload_hash, place, approved_by, approved_at,"
    " reason) SELECT id, '\\x00', 0, 'x', now(), '' FROM mdm_changepart",
    "consent nobody asks for": "INSERT INTO mdm_approval (part_id, payload_hash, place, approved_by, approved_at,"
    " reason) SELECT id, payload_hash, 7, 'x', now(), '' FROM mdm_changepart",
    "turn it into a pin": "UPDATE mdm_changepart SET effect = 'pin'",
    "pin it for longer": "UPDATE mdm_changerequest SET pin_until = now()",
    "blame a system": "UPDATE mdm_changerequest SET origin_system = 'crm'",
    "edit in silence": "UPDATE mdm_changepart SET value = '\"Mine\"'",
    "edit and apply": "UPDATE mdm_changepart SET value = '\"Mine\"', revision = 2, payload_hash = '\\x01',"
    " consents = '[]', state = 'applied'",
    "blame another proposer": "UPDATE mdm_changerequest SET proposed_by = 'x'",
}


@pytest.mark.parametrize("statement", SQL_AROUND_THE_SERVICE.values(), ids=SQL_AROUND_THE_SERVICE)
def test_the_database_refuses_what_the_service_would(clock: Clock, statement: str) -> None:
    propose(clock)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_nobody_takes_another_name_to_consent_to_their_own(db: None) -> None:
    user = User.objects.create_user("steward")
    user.username = "another"

    with pytest.raises(IntegrityError), transaction.atomic():
        user.save()


def test_who_owns_an_attribute_is_asked_of_the_golden_record(clock: Clock) -> None:
    document = published_rules("customer").document.to_document()
    retail = {"if": {"attribute": "segment", "one_of": ["retail"]}, "owner": "hub"}
    website = {**document["ownership"]["website"], "override": "forbid", "when": [retail]}
    rules = {**document, "ownership": {**document["ownership"], "website": website}}
    publish_rule_set("customer", rules, model=None, actor=SYSTEM, at=clock())
    load("crm", a_customer("1", name="Before", segment="industry"), at=clock())
    with pytest.raises(NotOwner):
        propose_change(golden_of("crm:1"), {"website": "https://x.example"}, reason="", actor=STEWARD, at=clock())

    load("crm", a_customer("1", name="Before", segment="retail"), at=clock())
    propose_change(golden_of("crm:1"), {"website": "https://x.example"}, reason="", actor=STEWARD, at=clock())

    assert golden_of("crm:1").document["attributes"]["website"] == "https://x.example"
