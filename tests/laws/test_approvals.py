"""What holds was consented to: edits race approvals, and no value holds that its approver did not see."""

import os

import pytest

from mdm.actors import SYSTEM, person
from mdm.errors import StateConflict
from mdm.models import ChangePart, ChangeRequest
from mdm.services import consents
from mdm.services.change_requests import edit_change, propose_change
from mdm.services.consents import approve_change
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import APPROVER, STEWARD, Clock, a_customer, golden_of, load
from tests.laws.threads import all_at_once

ROUNDS = 1_000 if os.environ.get("ASSAY_LAWS") == "full" else 8
EDITS = 5


@pytest.fixture
def clock(committed_hub: None) -> Clock:
    clock = Clock()
    document = published_rules("customer").document.to_document()
    document["approval"] = {"name": {"required": True, "over_percent": None, "group": "approver"}}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    load("crm", a_customer("1", name="Before"), at=clock())
    return clock


def race(request: ChangeRequest, clock: Clock) -> set[str]:
    """Edit and approve at the same time; returns the values that the approver looked at."""
    seen: set[str] = set()

    def edit() -> None:
        for number in range(EDITS):
            try:
                edit_change(request.pk, {"name": f"Edit {request.pk}.{number}"}, actor=person("editor"), at=clock())
            except StateConflict:  # approved meanwhile
                return

    def approve() -> None:
        for _ in range(EDITS):
            shown = ChangeRequest.objects.prefetch_related("parts").get(pk=request.pk)
            seen.add(str(shown.payload["name"]))
            try:
                approve_change(
                    request.pk, payload_hash=bytes(shown.payload_hash), actor=APPROVER, at=clock(), groups=["approver"]
                )
            except StateConflict:
                continue
            return

    all_at_once([edit, approve])
    return seen


@pytest.mark.django_db(transaction=True)
def test_no_value_holds_that_its_approver_did_not_see(clock: Clock) -> None:
    for number in range(ROUNDS):
        request = propose_change(
            golden_of("crm:1"), {"name": f"Proposal {number}"}, reason="", actor=STEWARD, at=clock()
        )
        seen = race(request, clock)
        part = ChangePart.objects.get(change_request=request)
        if part.state == "applied":
            assert part.value in seen
            assert bytes(part.approvals.get(payload_hash=part.payload_hash).payload_hash) == bytes(part.payload_hash)
            assert golden_of("crm:1").document["attributes"]["name"] == part.value


@pytest.mark.django_db(transaction=True)
def test_without_the_hash_a_value_would_hold_unseen(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    request = propose_change(golden_of("crm:1"), {"name": "Seen"}, reason="", actor=STEWARD, at=clock())
    seen = bytes(request.payload_hash)
    edit_change(request.pk, {"name": "Unseen"}, actor=person("editor"), at=clock())

    with pytest.raises(StateConflict):
        approve_change(request.pk, payload_hash=seen, actor=APPROVER, at=clock(), groups=["approver"])
    monkeypatch.setattr(consents, "_has_changed", lambda *_: False)
    approve_change(request.pk, payload_hash=seen, actor=APPROVER, at=clock(), groups=["approver"])

    assert golden_of("crm:1").document["attributes"]["name"] == "Unseen"
