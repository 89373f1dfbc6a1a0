"""Consent is to a change as it is when it is given: rules, owners and former values that moved are asked about anew."""

from typing import Any

import pytest

from mdm.actors import SYSTEM, person
from mdm.errors import FourEyesViolated, StateConflict
from mdm.models import Approval, ChangePart, ChangeRequest
from mdm.services.change_requests import edit_change, propose_change
from mdm.services.consents import approve_change
from mdm.services.renewal import renew_change
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import APPROVER, STEWARD, Clock, a_customer, golden_of, load

BY_ONE = {"required": True, "over_percent": None, "group": "approver"}
BY_TWO = {**BY_ONE, "second": {"over_percent": None, "group": "finance"}}
CFO = person("cfo")


@pytest.fixture
def clock(hub: None) -> Clock:
    clock = Clock()
    publish(clock, name=BY_TWO)
    tell(clock)
    return clock


def publish(clock: Clock, *, owner: str | None = None, **approval: Any) -> None:
    document = published_rules("customer").document.to_document()
    name = document["ownership"]["name"]
    if owner:
        name = {
            "owner": owner,
            "contributors": ["erp"],
            "proposers": ["hub"],
            "receivers": [owner, "erp"],
            "on_conflict": "propose",
            "override": "show",
        }
    document.update(approval=approval, ownership={**document["ownership"], "name": name})
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())


def tell(clock: Clock, name: str = "Before", **fields: Any) -> None:
    load("crm", a_customer("1", name=name, **fields, modified=clock().isoformat()), at=clock())


def propose(clock: Clock, name: str = "After", *, pin: bool = False) -> ChangeRequest:
    return propose_change(golden_of("crm:1"), {"name": name}, reason="", actor=STEWARD, at=clock(), pin=pin)


def approve(request: ChangeRequest, clock: Clock, *, actor: Any = APPROVER, group: str = "approver") -> None:
    seen = bytes(ChangeRequest.objects.get(pk=request.pk).payload_hash)
    approve_change(request.pk, payload_hash=seen, actor=actor, at=clock(), groups=[group])


def name() -> Any:
    return golden_of("crm:1").document["attributes"]["name"]


def part() -> ChangePart:
    return ChangePart.objects.prefetch_related("approvals").get(attribute="name")


@pytest.mark.django_db
def test_consents_that_the_rules_ask_for_meanwhile_are_needed(clock: Clock) -> None:
    publish(clock, name=BY_ONE)
    request = propose(clock)
    publish(clock, name=BY_TWO)

    with pytest.raises(StateConflict, match="read it again"):
        approve(request, clock)
    assert renew_change(request.pk, at=clock())
    assert not renew_change(request.pk, at=clock())

    approve(request, clock)
    assert name() == "Before"
    approve(request, clock, actor=CFO, group="finance")
    assert name() == "After"


@pytest.mark.django_db
def test_consent_beside_another_value_is_void(clock: Clock) -> None:
    request = propose(clock)
    approve(request, clock)
    tell(clock, "Told since")

    with pytest.raises(StateConflict, match="read it again"):
        approve(request, clock, actor=CFO, group="finance")
    renew_change(request.pk, at=clock())

    assert Approval.objects.exists()
    assert part().valid_approvals == []
    request.refresh_from_db()
    assert request.base_version == golden_of("crm:1").version


@pytest.mark.django_db
def test_another_attribute_that_changed_voids_nothing(clock: Clock) -> None:
    request = propose(clock)
    approve(request, clock)
    tell(clock, segment="B")

    assert not renew_change(request.pk, at=clock())
    approve(request, clock, actor=CFO, group="finance")
    assert name() == "After"


@pytest.mark.django_db
def test_whoever_edited_last_stays_so_when_it_is_asked_anew(clock: Clock) -> None:
    request = propose(clock)
    edit_change(request.pk, {"name": "Edited"}, actor=CFO, at=clock())
    tell(clock, "Told since")
    renew_change(request.pk, at=clock())

    with pytest.raises(FourEyesViolated):
        approve(request, clock, actor=CFO)


@pytest.mark.django_db
def test_what_a_system_owns_meanwhile_becomes_a_correction(clock: Clock) -> None:
    request = propose(clock)
    publish(clock, owner="crm", name=BY_TWO)

    renew_change(request.pk, at=clock())

    assert part().effect == "correction"


@pytest.mark.django_db
def test_pinning_what_is_there_takes_every_consent(clock: Clock) -> None:
    request = propose(clock, "Before", pin=True)

    assert (request.state, part().consents) == ("open", ["approver", "finance"])
    approve(request, clock)
    tell(clock, "Told since")
    renew_change(request.pk, at=clock())
    approve(request, clock)
    approve(request, clock, actor=CFO, group="finance")
    assert name() == "Before"


@pytest.mark.django_db
def test_pinning_what_the_rules_leave_free_is_free(clock: Clock) -> None:
    publish(clock)

    assert propose(clock, "Before", pin=True).state == "applied"
