"""Law 10: no golden version without its history row, outbox message and audit entry."""

import hashlib
import uuid
from collections.abc import Set

import pytest
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction

from mdm.canonical import canonical_bytes
from mdm.models import AuditEntry, GoldenRecord, GoldenVersion, OutboxMessage
from tests.builders import NOON, Clock, a_customer, check_as_commit_does, golden_of, load

PARTS = ("history", "outbox", "audit")


@pytest.fixture
def golden(committed_hub: None) -> GoldenRecord:
    load("crm", a_customer("1"), at=Clock()())
    return golden_of("crm:1")


def write_version_by_hand(golden: GoldenRecord, *, without: Set[str] = frozenset()) -> None:
    """The next version in a transaction of its own, as a program would that went around the hub's services."""
    number = golden.version + 1
    document = {**golden.document, "version": number}
    body = canonical_bytes(document)
    with transaction.atomic():
        GoldenRecord.objects.filter(pk=golden.pk).update(version=number, document=document)
        if "history" not in without:
            last = GoldenVersion.objects.filter(id=golden.pk).latest("version")
            last.history_id, last.feed_position, last.version, last.document = None, None, number, document
            last.save(force_insert=True)
        if "outbox" not in without:
            OutboxMessage.objects.create(
                golden_record=golden,
                version=number,
                entity_type=golden.entity_type,
                body=body,
                body_hash=hashlib.sha256(body).digest(),
                correlation_id=uuid.uuid4(),
                created_at=NOON,
            )
        if "audit" not in without:
            AuditEntry.objects.create(
                action="golden_version.published",
                subject_type="golden_record",
                subject_id=golden.pk,
                subject_version=number,
                actor="somebody",
                at=NOON,
            )


@transaction.atomic
def insert_alone(golden: GoldenRecord) -> None:
    """Nothing but the row itself, and then as at a commit."""
    GoldenRecord.objects.bulk_create([golden])
    check_as_commit_does()


@pytest.mark.django_db(transaction=True)
def test_a_commit_without_any_one_of_them_is_refused(golden: GoldenRecord) -> None:
    for part in PARTS:
        with pytest.raises(IntegrityError):
            write_version_by_hand(golden, without={part})
    assert golden_of("crm:1").version == 1

    write_version_by_hand(golden)

    assert golden_of("crm:1").version == 2


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_without_the_trigger_half_a_version_would_commit(golden: GoldenRecord) -> None:
    """Negative control."""
    with connections["owner"].cursor() as owner:
        owner.execute("ALTER TABLE mdm_goldenrecord DISABLE TRIGGER golden_version_is_whole")

    write_version_by_hand(golden, without=set(PARTS))

    assert golden_of("crm:1").version == 2
    assert GoldenVersion.objects.count() == 1


@pytest.mark.django_db
def test_a_record_is_born_with_its_first_version(hub: None) -> None:
    load("crm", a_customer("1"), at=NOON)
    golden = golden_of("crm:1")
    golden.pk, golden.public_id = None, "CUS-9999999-9"

    with pytest.raises(IntegrityError):
        insert_alone(golden)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "document = jsonb_set(document, '{attributes,name}', '\"Other\"')",
        "document = '{}', version = version - 1",
        "version = 0",
    ],
)
def test_a_changed_document_needs_the_next_version(hub: None, change: str) -> None:
    load("crm", a_customer("1"), at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE mdm_goldenrecord SET {change}")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mdm_auditentry SET actor = 'nobody'",
        "DELETE FROM mdm_auditentry",
        "TRUNCATE mdm_auditentry CASCADE",
        "UPDATE mdm_historicalgoldenrecord SET document = '{}'",
        "DELETE FROM mdm_historicalgoldenrecord",
        "DELETE FROM mdm_outboxmessage",
        "DELETE FROM mdm_goldenrecord",
        "DELETE FROM mdm_crosswalkentry",
        "DELETE FROM mdm_sourcerecord",
        "UPDATE mdm_sourcepayload SET payload = '{}'",
        "UPDATE mdm_priceline SET value = 0",
        "DELETE FROM mdm_priceline",
    ],
)
def test_what_tells_the_past_cannot_be_rewritten(hub: None, statement: str) -> None:
    load("crm", a_customer("1"), at=NOON)

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
