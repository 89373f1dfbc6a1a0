"""A person is erased: found nowhere afterwards, deleted at the targets, and not brought back."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from mdm.models import GoldenRecord, GoldenVersion, SourceRecord
from mdm.project.supervisor.places import ROOT
from mdm.selectors.golden import golden_record_by_public_id
from mdm.services.audit_sealing import seal_audit_entries
from mdm.services.change_requests import comment_on_change, propose_change
from mdm.services.decisions import merge_pair
from mdm.services.idempotency import Answer, Request, answer_once
from mdm.services.intake import receive_payloads
from stewardship.models import Task, TaskKind, TaskState
from sync.models import Stream
from sync.outbound.claims import claim_streams, release_claims
from sync.outbound.relay import plan_everything
from tests.everywhere import found_in_files, found_in_tables
from tests.sync.builders import (
    ACCOUNT,
    PARTNER,
    STEWARD,
    Clock,
    World,
    account,
    connect,
    partner,
    publish_customer_rules,
)
from tests.sync.processes import TOKEN, Target, write_seeds

NEIGHBOR = "001Qy00000BBBB2AAA"
PERSON = (
    "Philippa", "Quistorp", "quistorp.p@mailbox.example", "pq.new@mailbox.example", "4915155512", "Fliederwinkel",
    "Rosenstieg", "1957-11-23", "19571123", "DE136695976", "136695976", "Quistorpia", ACCOUNT,
)  # fmt: skip


def a_person(**fields: Any) -> dict[str, Any]:
    return account(
        IsPersonAccount=True, Name="Philippa Quistorp", FirstName="Philippa", LastName="Quistorp",
        PersonBirthdate="1957-11-23", PersonEmail="quistorp.p@mailbox.example", Phone="+49 151 5551234",
        BillingStreet="Fliederwinkel 7", VAT__c="DE136695976", Website="https://quistorp.example", **fields,
    )  # fmt: skip


@pytest.fixture
def world(tmp_path: Path, transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The person in both systems, and a neighbor who shares the town."""
    monkeypatch.setenv("TEST_TARGET_TOKEN", TOKEN)
    other = account(Id=NEIGHBOR, Name="Nordlicht Handel GmbH")
    same = partner(
        BP_CATEGORY="1", NAME_ORG1="", NAME_FIRST="Philippa", NAME_LAST="Quistorp", BIRTHDATE="19571123",
        SMTP_ADDR="quistorp.p@mailbox.example", TEL_NUMBER="+49 151 5551234", STREET="Fliederwinkel", HOUSE_NUM1="7",
        TAXNUM="DE136695976",
    )  # fmt: skip
    write_seeds(tmp_path / "seeds", {"Account": [a_person(), other], "business_partners": [same]})
    world = World(
        Target("crm", folder=tmp_path / "crm", seeds=tmp_path / "seeds"),
        Target("erp", folder=tmp_path / "erp", seeds=tmp_path / "seeds"),
        Clock(),
    )
    yield world
    world.crm.stop()
    world.erp.stop()


def lived_in(world: World) -> GoldenRecord:
    """Everything that leaves copies has happened to the person: edits, a merge, a pin, proposals, deliveries."""
    publish_customer_rules(world)
    connect(world, "crm")
    connect(world, "erp")
    world.pull()
    if world.golden().pk != world.golden("erp", PARTNER).pk:
        left, right = SourceRecord.objects.get(key=ACCOUNT), SourceRecord.objects.get(key=PARTNER)
        merge_pair(left.pk, right.pk, actor=STEWARD, at=world.clock(), reason="One person")
    world.settle()
    golden = world.golden()
    propose_change(
        golden, {"emails": ["pq.new@mailbox.example"]}, reason="Told", actor=STEWARD, at=world.clock(), pin=True
    )
    request = propose_change(golden, {"name": "Quistorpia"}, reason="Told", actor=STEWARD, at=world.clock())
    comment_on_change(request.pk, "Philippa Quistorp called", actor=STEWARD, at=world.clock())
    world.crm.edit("Account", ACCOUNT, "BillingStreet", "Rosenstieg 9")
    world.pull()
    world.erp.fault(status=503, count=1)
    world.relay()
    world.clock.advance(minutes=10)
    world.settle()
    body = json.dumps(golden_record_by_public_id(golden.public_id).document).encode()
    answer_once(Request("key:1", "k", b"0" * 32), lambda: Answer(200, body), at=timezone.now())
    broken = a_person(Id=ACCOUNT, LastModifiedDate="2026-02-02T08:00:00.000+0000") | {"IsPersonAccount": "maybe"}
    receive_payloads(world.system("crm"), "customer", [broken], actor=STEWARD, at=world.clock())
    seal_audit_entries(at=world.clock())
    return golden_record_by_public_id(golden.public_id)


def erase(*options: str) -> str:
    said = StringIO()
    call_command("erase", *options, stdout=said)
    return said.getvalue()


def neighbor_of(world: World) -> Any:
    golden = world.golden(key=NEIGHBOR)
    return golden.version, golden.document, golden.lineage


def test_a_person_leaves_every_table_and_both_targets(world: World) -> None:
    golden = lived_in(world)
    neighbor = neighbor_of(world)
    held = {table for table, _ in found_in_tables(PERSON)}
    assert held >= {
        "mdm_auditdetail", "mdm_changecomment", "mdm_changepart", "mdm_customer", "mdm_goldenrecord",
        "mdm_historicalgoldenrecord", "mdm_idempotentanswer", "mdm_outboxmessage", "mdm_quarantineentry",
        "mdm_remoterecord", "mdm_sourcepayload", "mdm_sourcerecord", "stewardship_task",
    }  # fmt: skip

    told_first = json.loads(erase(golden.public_id, "--reason", "Case 7", "--dry-run", "--json"))
    assert {table for table, _ in found_in_tables(PERSON)} == held
    said = json.loads(erase(golden.public_id, "--reason", "Case 7", "--json"))
    assert said["erased"] == told_first["erased"]
    assert said["erased"][0]["targets"] == ["crm", "erp"]

    # The systems still hold the person, and tell of it at once.
    world.pull()
    world.relay()
    world.pull()

    assert world.crm.count("Account") == 1
    assert world.erp.count("business_partners") == 0
    # The last key that a reading got to; the next change in the CRM replaces it.
    assert found_in_tables(PERSON) <= {("sync_checkpoint", ACCOUNT)}
    assert found_in_files(PERSON[:-1], ROOT / "var" / "log") == set()
    assert neighbor_of(world) == neighbor
    golden.refresh_from_db()
    assert (golden.status, golden.document["attributes"], golden.title) == ("erased", {}, "")
    versions = GoldenVersion.objects.filter(id=golden.pk).order_by("version").values_list("version", flat=True)
    assert list(versions) == list(range(1, golden.version + 1))
    assert not Stream.objects.exclude(state="idle").filter(golden_record=golden).exists()
    seal_audit_entries(at=world.clock())
    call_command("doctor", "audit", "--details", stdout=StringIO())


# Each statement of the function, by the table it would leave values in.
PARTS = {
    "UPDATE mdm_historicalgoldenrecord": "mdm_historicalgoldenrecord",
    "UPDATE mdm_outboxmessage": "mdm_outboxmessage",
    "DELETE FROM mdm_customer": "mdm_customer",
    "UPDATE mdm_changepart": "mdm_changepart",
    "UPDATE mdm_changecomment": "mdm_changecomment",
    "UPDATE mdm_attributepin": "mdm_attributepin",
    "UPDATE mdm_quarantineentry": "mdm_quarantineentry",
    "WITH blanked AS (UPDATE mdm_sourcepayload": "mdm_sourcepayload",
    "UPDATE mdm_remoterecord": "mdm_remoterecord",
    "UPDATE mdm_sourcerecord": "mdm_sourcerecord",
    "WITH gone AS (DELETE FROM mdm_idempotentanswer": "mdm_idempotentanswer",
    "WITH gone AS (DELETE FROM mdm_auditdetail": "mdm_auditdetail",
}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_without_any_one_part_the_search_finds_what_it_leaves(world: World) -> None:
    golden = lived_in(world)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('mdm_erase'::regproc)")
        (whole,) = cursor.fetchone() or ("",)
    for part, table in PARTS.items():
        before, _, rest = whole.partition(part)
        with connections["owner"].cursor() as owner:
            owner.execute(before + rest.partition(";")[2])
        if table == "mdm_sourcerecord":  # what comes after it refuses to go on
            with pytest.raises(IntegrityError), transaction.atomic():
                erase(golden.public_id, "--reason", "Case 7")
            continue
        with transaction.atomic():
            erase(golden.public_id, "--reason", "Case 7")
            left = {name for name, _ in found_in_tables(PERSON[:-1])}
            transaction.set_rollback(True)
        assert table in left, part


def test_a_delivery_under_way_is_waited_for(world: World) -> None:
    golden = lived_in(world)
    world.crm.edit("Account", ACCOUNT, "Website", "https://later.example")
    world.pull("crm")
    plan_everything(at=world.clock())
    claims = claim_streams(world.system("erp"), worker="w", limit=5, at=world.clock())
    assert [claim.golden_record_id for claim in claims] == [golden.pk]

    with pytest.raises(CommandError, match="under way"):
        erase(golden.public_id, "--reason", "Case 7")
    assert found_in_tables(["Quistorp"])
    release_claims(claims)

    assert "erased" in erase(golden.public_id, "--reason", "Case 7")


def test_a_target_that_refuses_to_delete_becomes_a_task(world: World) -> None:
    golden = lived_in(world)
    erase(golden.public_id, "--reason", "Case 7")
    world.erp.fault(status=405, count=1)

    world.relay()

    assert Task.objects.filter(kind=TaskKind.DELIVERY, state=TaskState.OPEN).count() == 1
    assert world.erp.count("business_partners") == 1
