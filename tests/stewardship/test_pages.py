"""The stewards' pages: who comes in, what they show, and that they ask the database no more for more rows."""

import re
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mdm.models import GoldenRecord
from mdm.selectors.rollouts import open_rollouts
from mdm.services.rollouts.carrying import carry_on
from mdm.services.rule_set_versions import draft_rule_set, publish_draft
from mdm.services.rule_sets import published_rules
from stewardship.models import Task, TaskKind
from stewardship.services.roles import Role, ensure_roles
from stewardship.services.tasks import Question, open_tasks
from tests.builders import STEWARD
from tests.stewardship.builders import NOON, a_person, father_and_son, golden, receive, signed_in

pytestmark = pytest.mark.django_db

CANARY = "<script>alert(1)</script>\"'<img src=x onerror=alert(2)>"
PAGES = ("/", "/queue/", "/golden/", "/approvals/", "/quarantine/", "/quality/")


def _reviews(count: int) -> None:
    questions = [Question(number, "customer", f"Pair {number}", weight_bits=number % 7) for number in range(count)]
    open_tasks(TaskKind.MATCH_REVIEW, questions, at=NOON)


@pytest.mark.parametrize("address", [*PAGES, "/reviews/1/", "/golden/CUS-0000001-3/", "/approvals/1/"])
def test_whoever_is_not_signed_in_is_sent_to_sign_in(address: str) -> None:
    answer = Client().get(address)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=")


def test_the_admin_site_has_the_same_sign_in_page(db: None) -> None:
    assert Client().get("/admin/", follow=True).redirect_chain[-1][0] == "/login/?next=/admin/"


@pytest.mark.parametrize("address", PAGES)
def test_every_page_opens_on_an_empty_hub(address: str, hub: None) -> None:
    assert signed_in(Role.STEWARD).get(address).status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_a_person_without_a_role_sees_nothing(address: str, hub: None) -> None:
    assert signed_in(None).get(address).status_code == 403


def test_the_admin_site_is_for_administrators(hub: None) -> None:
    father_and_son()
    assert signed_in(Role.STEWARD).get("/admin/", follow=True).status_code == 403
    admin = signed_in(Role.ADMIN)
    for table in ("goldenrecord", "candidatepair", "sourcerecord", "crosswalkentry", "auditentry", "outboxmessage"):
        assert admin.get(f"/admin/mdm/{table}/").status_code == 200
        assert admin.get(f"/admin/mdm/{table}/add/").status_code == 403
    assert admin.get("/admin/django_celery_beat/periodictask/").status_code == 200


def test_ensuring_roles_again_changes_nothing(db: None) -> None:
    ensure_roles()
    ensure_roles()

    assert signed_in(Role.APPROVER).get("/approvals/").status_code == 200


def test_the_queue_is_ordered_by_priority_and_weight_and_paged_without_gaps(hub: None) -> None:
    _reviews(120)
    open_tasks(TaskKind.DELIVERY, [Question(1, "", "CRM refused the name.")], at=NOON)
    client, address, seen = signed_in(Role.STEWARD), "/queue/", []

    while address:
        page = client.get(address)
        seen += [task.pk for task, _ in page.context["rows"]]
        following = page.context["following"]
        address = f"/queue/?after={following}" if following else ""

    assert seen == list(Task.objects.order_by("-priority", "-order_bits", "-pk").values_list("pk", flat=True))
    assert Task.objects.get(pk=seen[0]).kind == TaskKind.DELIVERY


def test_the_queue_asks_the_database_the_same_for_more_tasks(hub: None) -> None:
    client, counts = signed_in(Role.STEWARD), []
    for number in (5, 45):
        Task.objects.all().delete()
        _reviews(number)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/queue/").status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] < 20


def test_an_address_that_is_not_ours_leads_to_the_first_page(hub: None) -> None:
    _reviews(3)

    page = signed_in(Role.STEWARD).get("/queue/?after=%27;drop&kind=nonsense&entity_type=nonsense")

    assert len(page.context["rows"]) == 3


def test_what_a_source_says_is_never_markup(hub: None) -> None:
    father_and_son(name=f"Heinz {CANARY}", street=CANARY, city=CANARY)
    receive("crm", a_person(f"Q{CANARY}", "Heinz Lachmann", CANARY, street=CANARY))
    client, task, record = signed_in(Role.ADMIN), Task.objects.get(kind=TaskKind.MATCH_REVIEW), golden("crm", "C0")
    entry = Task.objects.get(kind=TaskKind.QUARANTINE).subject_id
    addresses = [
        "/",
        "/queue/",
        "/golden/",
        f"/golden/?q={CANARY}",
        f"/reviews/{task.pk}/",
        f"/golden/{record.public_id}/",
        f"/golden/{record.public_id}/edit/",
        f"/quarantine/{entry}/",
        "/quarantine/",
        "/admin/mdm/goldenrecord/",
    ]

    for address in addresses:
        text = client.get(address).content.decode()
        assert not re.search(r"<script>alert|<img src=x", text), address
        assert not re.search(r"\son\w+=|\sstyle=|javascript:", re.sub(r"&lt;.*?&gt;", "", text)), address


def test_a_golden_record_is_found_by_name_id_and_source_key(hub: None) -> None:
    father_and_son()
    client, record = signed_in(Role.STEWARD), golden("erp", "E0")

    for asked in ("lachm", record.public_id.lower(), "E0"):
        found = client.get("/golden/", {"q": asked}).context["page"].records
        assert record in found, asked


def test_a_mistyped_id_is_not_found(hub: None) -> None:
    assert signed_in(Role.STEWARD).get("/golden/CUS-0000001-9/").status_code == 404


def test_a_golden_record_tells_where_its_values_come_from(hub: None) -> None:
    father_and_son()

    page = signed_in(Role.STEWARD).get(f"/golden/{golden('crm', 'C0').public_id}/").content.decode()

    assert "CRM C0" in page
    assert "the only one to say" in page
    assert "1950-04-01" in page


def test_a_quarantined_payload_says_what_to_mend_and_is_replayed_and_discarded(hub: None) -> None:
    receive("crm", a_person("C1", "Heinz Lachmann", "1.4.50"))
    client, entry = signed_in(Role.STEWARD), Task.objects.get(kind=TaskKind.QUARANTINE).subject_id

    assert "/date_of_birth" in client.get(f"/quarantine/{entry}/").content.decode()
    replayed = client.post("/quarantine/close/", {"entry": entry, "action": "replay"}, follow=True)
    assert "still has problems" in replayed.content.decode()
    again = Task.objects.get(kind=TaskKind.QUARANTINE, state="open").subject_id
    assert (
        "Say why"
        in client.post("/quarantine/close/", {"entry": again, "action": "discard"}, follow=True).content.decode()
    )
    client.post("/quarantine/close/", {"entry": again, "action": "discard", "reason": "a test record"})
    assert not Task.objects.filter(kind=TaskKind.QUARANTINE, state="open").exists()
    assert not GoldenRecord.objects.exists()


def test_the_queue_says_which_rollout_has_failed_and_how_it_goes_on(hub: None) -> None:
    father_and_son()
    document = published_rules("customer").document.to_document()
    looser = {**document, "match": {**document["match"], "vetoes": []}}
    draft = draft_rule_set("customer", looser, model=None, actor=STEWARD, at=NOON)
    publish_draft("customer", draft.number, actor=STEWARD, at=NOON, without_rehearsal="A test")
    client, rollout = signed_in(Role.STEWARD), open_rollouts("customer").get()
    assert rollout.public_id not in client.get("/queue/").content.decode()

    times = iter([None, NOON])

    def broken_once() -> datetime:
        at = next(times)
        if at is None:
            raise OSError("no time")
        return at

    with pytest.raises(OSError, match="no time"):
        carry_on(rollout.pk, clock=broken_once)

    assert f'href="/rollouts/{rollout.pk}/"' in client.get("/queue/").content.decode()
    told = client.get(f"/rollouts/{rollout.pk}/").content.decode()
    assert "OSError" in told
    assert f"manage.py rollout roll-back {rollout.public_id}" in told
    assert rollout.public_id not in client.get("/queue/?entity_type=product").content.decode()
    client.post(f"/rollouts/{rollout.pk}/resume/")
    task = Task.objects.get(kind=TaskKind.ROLLOUT)
    assert (task.state, task.closed_by) == ("done", "steward")
