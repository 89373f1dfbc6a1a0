"""Four eyes: in the service, and in the database for whoever goes around it."""

import pytest
from django.db import IntegrityError, connection, transaction

from mdm.actors import SYSTEM
from mdm.errors import FourEyesViolated, NotOwner, StateConflict
from mdm.models import ChangeRequest
from mdm.models.changes import ChangeRequestState
from mdm.services.change_requests import approve_change, propose_change
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import APPROVER, STEWARD, Clock, a_customer, golden_of, load


@pytest.fixture
def clock(hub: None) -> Clock:
    """Names change only with a second person's consent."""
    clock = Clock()
    document = published_rules("customer").document.to_document()
    approval = {**document["approval"], "name": {"required": True, "over_percent": None, "group": "approver"}}
    publish_rule_set("customer", {**document, "approval": approval}, model=None, actor=SYSTEM, at=clock())
    load("crm", a_customer("1", name="Before"), at=clock())
    return clock


@pytest.fixture
def request_(clock: Clock) -> ChangeRequest:
    return propose_change(golden_of("crm:1"), {"name": "After"}, reason="", actor=STEWARD, at=clock())


def name() -> str:
    return str(golden_of("crm:1").document["attributes"]["name"])


def test_a_proposal_waits_and_the_value_before_stays(request_: ChangeRequest) -> None:
    assert request_.state == ChangeRequestState.OPEN
    assert name() == "Before"


def test_the_proposer_cannot_approve(request_: ChangeRequest, clock: Clock) -> None:
    with pytest.raises(FourEyesViolated):
        approve_change(request_.pk, payload_hash=bytes(request_.payload_hash), actor=STEWARD, at=clock())

    assert name() == "Before"


def test_the_last_editor_cannot_approve(request_: ChangeRequest, clock: Clock) -> None:
    ChangeRequest.objects.update(last_edited_by=APPROVER.name)

    with pytest.raises(FourEyesViolated):
        approve_change(request_.pk, payload_hash=bytes(request_.payload_hash), actor=APPROVER, at=clock())


def test_consent_to_other_values_is_no_consent(request_: ChangeRequest, clock: Clock) -> None:
    with pytest.raises(StateConflict):
        approve_change(request_.pk, payload_hash=b"\0" * 32, actor=APPROVER, at=clock())


def test_a_second_person_approves_once(request_: ChangeRequest, clock: Clock) -> None:
    approve_change(request_.pk, payload_hash=bytes(request_.payload_hash), actor=APPROVER, at=clock())

    assert name() == "After"
    with pytest.raises(StateConflict):
        approve_change(request_.pk, payload_hash=bytes(request_.payload_hash), actor=APPROVER, at=clock())


@pytest.mark.parametrize(
    "change",
    [
        "decided_by = proposed_by, approved_hash = payload_hash",
        "decided_by = '', approved_hash = payload_hash",
        "decided_by = 'approver', last_edited_by = 'approver', approved_hash = payload_hash",
        "decided_by = 'approver', approved_hash = '\\x00'",
    ],
)
def test_the_database_refuses_what_the_service_would(request_: ChangeRequest, change: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE mdm_changerequest SET state = 'applied', {change}")


def test_who_owns_an_attribute_is_asked_of_the_golden_record(clock: Clock) -> None:
    document = published_rules("customer").document.to_document()
    retail = {"if": {"attribute": "segment", "one_of": ["retail"]}, "owner": "hub"}
    website = {**document["ownership"]["website"], "when": [retail]}
    rules = {**document, "ownership": {**document["ownership"], "website": website}}
    publish_rule_set("customer", rules, model=None, actor=SYSTEM, at=clock())
    load("crm", a_customer("1", name="Before", segment="industry"), at=clock())
    with pytest.raises(NotOwner):
        propose_change(golden_of("crm:1"), {"website": "https://x.example"}, reason="", actor=STEWARD, at=clock())

    load("crm", a_customer("1", name="Before", segment="retail"), at=clock())
    propose_change(golden_of("crm:1"), {"website": "https://x.example"}, reason="", actor=STEWARD, at=clock())

    assert golden_of("crm:1").document["attributes"]["website"] == "https://x.example"
