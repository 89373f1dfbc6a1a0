"""Deciding, undoing and approving through the pages."""

import pytest

from mdm.actors import person
from mdm.models import ChangeRequest, GoldenRecord, GoldenStatus, MatchDecision
from mdm.models.changes import ChangeRequestState
from mdm.services.change_requests import propose_change
from mdm.services.decisions import keep_apart
from stewardship.models import Task, TaskKind, TaskState
from stewardship.services.roles import Role
from tests.stewardship.builders import (
    HOMES,
    NAMES,
    NOON,
    a_person,
    father_and_son,
    golden,
    names_need_approval,
    open_reviews,
    receive,
    signed_in,
    someone,
)

pytestmark = pytest.mark.django_db


def test_merging_makes_one_golden_record_and_shows_the_next_review(hub: None) -> None:
    task, following = father_and_son(0), father_and_son(1)
    client = signed_in(Role.STEWARD)
    assert client.get(f"/reviews/{task.pk}/").status_code == 200

    answer = client.post(f"/reviews/{task.pk}/decide/", {"verdict": "merge"}, follow=True)

    assert answer.redirect_chain[-1][0] == f"/reviews/{following.pk}/"
    assert "Merged: Heinz Lachmann" in answer.content.decode()
    assert golden("crm", "C0") == golden("erp", "E0")
    task.refresh_from_db()
    assert (task.state, task.closed_by) == (TaskState.DONE, "steward")


def test_the_preview_is_what_the_merge_makes(hub: None) -> None:
    task, client = father_and_son(), signed_in(Role.STEWARD)

    foretold = client.get(f"/reviews/{task.pk}/").context["comparison"]
    client.post(f"/reviews/{task.pk}/decide/", {"verdict": "merge"})

    merged = golden("crm", "C0")
    assert merged.document["attributes"] == foretold.survival.document
    assert merged == foretold.survivor
    assert GoldenRecord.objects.get(pk=foretold.goes.pk).merged_into == merged


def test_what_is_kept_apart_stays_apart_and_is_not_asked_again(hub: None) -> None:
    task, client = father_and_son(), signed_in(Role.STEWARD)

    answer = client.post(f"/reviews/{task.pk}/decide/", {"verdict": "apart", "reason": "father and son"}, follow=True)

    assert "Kept apart" in answer.content.decode()
    assert golden("crm", "C0") != golden("erp", "E0")
    assert open_reviews() == []
    assert MatchDecision.objects.get().reason == "father and son"


def test_undo_brings_the_review_back_and_divides_the_record(hub: None) -> None:
    task, client = father_and_son(), signed_in(Role.STEWARD)
    client.post(f"/reviews/{task.pk}/decide/", {"verdict": "merge"})

    answer = client.post("/undo/", follow=True)

    (reopened,) = open_reviews()
    assert answer.redirect_chain[-1][0] == f"/reviews/{reopened.pk}/"
    assert reopened.subject_id == task.subject_id
    assert golden("crm", "C0") != golden("erp", "E0")
    assert GoldenRecord.objects.filter(status=GoldenStatus.ACTIVE).count() == 2


def test_undoing_with_nothing_to_undo_says_so(hub: None) -> None:
    answer = signed_in(Role.STEWARD).post("/undo/", follow=True)

    assert "no decision left to undo" in answer.content.decode()


def test_one_steward_does_not_undo_anothers_decision_by_key(hub: None) -> None:
    task = father_and_son()
    signed_in(Role.STEWARD, "sam").post(f"/reviews/{task.pk}/decide/", {"verdict": "merge"})

    signed_in(Role.STEWARD, "kim").post("/undo/")

    assert golden("crm", "C0") == golden("erp", "E0")


def test_any_decision_is_undone_from_its_golden_records_page(hub: None) -> None:
    task, client = father_and_son(), signed_in(Role.STEWARD)
    client.post(f"/reviews/{task.pk}/decide/", {"verdict": "merge"})
    unit, address = MatchDecision.objects.get().unit, f"/golden/{golden('crm', 'C0').public_id}/"
    assert str(unit) in client.get(address).content.decode()

    answer = client.post(f"/decisions/{unit}/undo/", {"next": address}, follow=True)

    assert "undone by steward" in answer.content.decode()
    assert golden("crm", "C0") != golden("erp", "E0")


def test_the_second_of_two_stewards_is_told_and_changes_nothing(hub: None) -> None:
    task = father_and_son()
    signed_in(Role.STEWARD, "sam").post(f"/reviews/{task.pk}/decide/", {"verdict": "merge"})

    answer = signed_in(Role.STEWARD, "kim").post(f"/reviews/{task.pk}/decide/", {"verdict": "apart"}, follow=True)

    assert "sam settled this already" in answer.content.decode()
    assert MatchDecision.objects.count() == 1


def test_a_decision_that_contradicts_another_is_refused_and_the_review_stays_open(hub: None) -> None:
    task = father_and_son()
    left, right = task.details["source_record_ids"]
    keep_apart(left, right, actor=person("kim"), at=NOON)
    Task.objects.filter(pk=task.pk).update(state=TaskState.OPEN, closed_at=None)

    answer = signed_in(Role.STEWARD).post(f"/reviews/{task.pk}/decide/", {"verdict": "merge"}, follow=True)

    assert "Earlier decisions stand against this" in answer.content.decode()
    assert [review.pk for review in open_reviews()] == [task.pk]


def test_an_approver_cannot_decide_reviews(hub: None) -> None:
    task, client = father_and_son(), signed_in(Role.APPROVER)

    assert b'name="verdict"' not in client.get(f"/reviews/{task.pk}/").content
    assert client.post(f"/reviews/{task.pk}/decide/", {"verdict": "merge"}).status_code == 403


def _proposal(by: str) -> ChangeRequest:
    father_and_son()
    names_need_approval()
    return propose_change(
        golden("crm", "C0"), {"name": "Heinz Lachmann sen."}, reason="He asked", actor=person(by), at=NOON
    )


def _answer(proposal: ChangeRequest, **other: str) -> dict[str, str]:
    return {"answer": "approve", "attribute": "name", "payload_hash": bytes(proposal.payload_hash).hex(), **other}


def test_an_approver_approves_what_a_steward_proposed(hub: None) -> None:
    proposal, client = _proposal("sam"), signed_in(Role.APPROVER)
    assert "Heinz Lachmann" in client.get(f"/approvals/{proposal.pk}/").content.decode()

    client.post(f"/approvals/{proposal.pk}/decide/", _answer(proposal))

    assert golden("crm", "C0").document["attributes"]["name"] == "Heinz Lachmann sen."
    assert Task.objects.get(kind=TaskKind.APPROVAL).closed_by == "approver"


def test_an_approver_cannot_approve_their_own(hub: None) -> None:
    proposal, client = _proposal("approver"), signed_in(Role.APPROVER)
    assert "somebody else must decide" in client.get(f"/approvals/{proposal.pk}/").content.decode()

    answer = client.post(f"/approvals/{proposal.pk}/decide/", _answer(proposal), follow=True)

    assert "did not propose or edit it" in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.state == ChangeRequestState.OPEN
    assert Task.objects.get(kind=TaskKind.APPROVAL).state == TaskState.OPEN


def test_a_steward_cannot_approve(hub: None) -> None:
    proposal = _proposal("sam")

    answer = signed_in(Role.STEWARD).post(f"/approvals/{proposal.pk}/decide/", _answer(proposal), follow=True)

    assert "Only an approver" in answer.content.decode()
    proposal.refresh_from_db()
    assert proposal.state == ChangeRequestState.OPEN


def test_a_rejection_needs_a_reason(hub: None) -> None:
    proposal, client = _proposal("sam"), signed_in(Role.APPROVER)

    client.post(f"/approvals/{proposal.pk}/decide/", _answer(proposal, answer="reject"))
    proposal.refresh_from_db()
    assert proposal.state == ChangeRequestState.OPEN
    client.post(f"/approvals/{proposal.pk}/decide/", _answer(proposal, answer="reject", reason="not his name"))
    proposal.refresh_from_db()
    assert proposal.state == ChangeRequestState.REJECTED


def test_a_steward_proposes_a_change_on_the_records_page(hub: None) -> None:
    father_and_son()
    client, record = signed_in(Role.STEWARD), golden("crm", "C0")
    address = f"/golden/{record.public_id}/edit/"
    form = client.get(address).context["form"]
    values = {name: field.initial or "" for name, field in form.fields.items()}

    answer = client.post(
        address,
        {**values, "address.city": "Hameln", "phones": "+49 5151 1\n+49 5151 2", "reason": "He moved"},
        follow=True,
    )

    assert "Changed." in answer.content.decode()
    assert golden("crm", "C0").document["attributes"]["address"]["city"] == "Hameln"
    assert {"+49 5151 1", "+49 5151 2"} <= set(golden("crm", "C0").document["attributes"]["phones"])


def test_a_form_that_is_behind_takes_nothing_back_and_shows_what_changed(hub: None) -> None:
    father_and_son()
    client, record = signed_in(Role.STEWARD), golden("crm", "C0")
    address = f"/golden/{record.public_id}/edit/"
    form = client.get(address).context["form"]
    values = {name: field.initial or "" for name, field in form.fields.items()}
    receive("crm", a_person("C0", NAMES[0], "1950-04-01", city="Celle", phone="+49 5141 7"))
    typed = {**values, "given_name": "Heiner", "reason": "He said so"}

    again = client.post(address, typed)

    assert not ChangeRequest.objects.exists()
    assert "Celle" in again.content.decode()
    fresh = again.context["form"]
    assert (fresh["given_name"].value(), fresh["reason"].value()) == ("Heiner", "He said so")
    assert fresh["address.city"].value() == "Celle"
    kept = {field.name: field.value() or "" for field in fresh}
    client.post(address, kept, follow=True)
    assert ChangeRequest.objects.get().payload == {"given_name": "Heiner"}
    assert golden("crm", "C0").document["attributes"]["address"]["city"] == "Celle"


def test_a_form_without_its_version_is_not_taken(hub: None) -> None:
    father_and_son()
    client, address = signed_in(Role.STEWARD), f"/golden/{golden('crm', 'C0').public_id}/edit/"

    answers = [client.post(address, {"version": text, "reason": "x"}) for text in ("", "99", "x")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_people_can_sign_in_and_out(hub: None) -> None:
    from django.test import Client

    someone(Role.STEWARD, "sam")
    client = Client()

    assert client.post("/login/", {"username": "sam", "password": "not a secret"})["Location"] == "/"
    assert client.get("/").status_code == 200
    client.post("/logout/")
    assert client.get("/").status_code == 302


def test_a_merge_divides_neither_side_however_ill_its_members_match(hub: None) -> None:
    father_and_son(0)
    receive("erp", a_person("E9", NAMES[0], "1950-04-01", street=HOMES[0][0], phone=HOMES[0][3]))
    receive("crm", a_person("C9", NAMES[0], "1982-11-23", street=HOMES[0][0], phone=HOMES[0][3]))
    assert golden("crm", "C0") == golden("erp", "E9")
    assert golden("erp", "E0") == golden("crm", "C9")

    signed_in(Role.STEWARD).post(f"/reviews/{open_reviews()[-1].pk}/decide/", {"verdict": "merge"})

    records = (("crm", "C0"), ("erp", "E9"), ("erp", "E0"), ("crm", "C9"))
    assert len({golden(system, key) for system, key in records}) == 1
