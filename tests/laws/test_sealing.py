"""Audit entries are sealed once, after their commit, all of them; nothing else about them changes."""

from collections.abc import Callable
from functools import partial
from io import StringIO
from random import Random
from threading import Event
from time import sleep

import pytest
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction

from mdm.models import AuditEntry, AuditSeal
from mdm.services.audit_sealing import seal_audit_entries
from tests.builders import NOON, Clock
from tests.laws.audit_trail import OWNED, present_head, seal_all, write_entries
from tests.laws.threads import all_at_once


@pytest.mark.django_db
def test_the_running_role_gives_a_position_once() -> None:
    first, second = write_entries(2)
    AuditEntry.objects.filter(pk=first.pk).update(seal_position=1)

    for position in (None, 7):
        with pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
            AuditEntry.objects.filter(pk=first.pk).update(seal_position=position)
    with pytest.raises(IntegrityError, match="seal_position_is_unique"), transaction.atomic():
        AuditEntry.objects.filter(pk=second.pk).update(seal_position=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mdm_auditentry SET actor = 'nobody', seal_position = 7",
        "UPDATE mdm_auditdetail SET values = '{}'",
        "UPDATE mdm_auditseal SET sealed_at = now()",
        "DELETE FROM mdm_auditseal",
        "TRUNCATE mdm_auditseal",
    ],
)
def test_the_running_role_rewrites_nothing(statement: str) -> None:
    write_entries(2)
    seal_audit_entries(at=NOON)

    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@OWNED
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mdm_auditentry SET actor = 'nobody' WHERE seal_position IS NULL",
        "UPDATE mdm_auditentry SET seal_position = NULL",
        "DELETE FROM mdm_auditentry",
        "TRUNCATE mdm_auditentry CASCADE",
        "UPDATE mdm_auditdetail SET values = '{}'",
        "UPDATE mdm_auditseal SET sealed_at = now()",
        "DELETE FROM mdm_auditseal",
        "TRUNCATE mdm_auditseal",
    ],
)
def test_nor_does_the_owner_by_mistake(statement: str) -> None:
    write_entries(2)
    seal_audit_entries(at=NOON, limit=1)

    with pytest.raises(IntegrityError, match="only added to"), connections["owner"].cursor() as owner:
        owner.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_commits_late_is_sealed_later() -> None:
    inserted, overtaken = Event(), Event()

    def slow() -> None:
        with transaction.atomic():
            write_entries(1)
            inserted.set()
            assert overtaken.wait(timeout=30)

    def quick() -> None:
        assert inserted.wait(timeout=30)
        write_entries(1, start=1)
        assert seal_audit_entries(at=NOON) == 1
        overtaken.set()

    all_at_once([slow, quick])

    assert seal_audit_entries(at=NOON) == 1
    early, late = AuditEntry.objects.order_by("id")
    assert (early.seal_position, late.seal_position) == (2, 1)
    assert present_head().position == 2


@pytest.mark.django_db(transaction=True)
def test_writers_and_sealers_at_once_leave_nothing_out() -> None:
    written = Event()

    def write(writer: int) -> None:
        random = Random(writer)
        for number in range(12):
            with transaction.atomic():
                write_entries(random.randint(1, 5), start=1000 * writer + 10 * number)
                sleep(random.uniform(0, 0.02))

    def seal() -> None:
        while not written.is_set():
            seal_audit_entries(at=NOON, limit=7)

    def write_all() -> None:
        try:
            all_at_once([partial(write, writer) for writer in range(3)])
        finally:
            written.set()

    works: list[Callable[[], None]] = [write_all, seal, seal]
    all_at_once(works)
    seal_all(Clock())

    positions = AuditEntry.objects.order_by("seal_position").values_list("seal_position", flat=True)
    assert list(positions) == list(range(1, AuditEntry.objects.count() + 1))
    assert present_head().position == len(positions)
    assert AuditSeal.objects.count() > 1


@pytest.mark.django_db(transaction=True)
def test_a_check_is_not_misled_by_what_is_sealed_meanwhile() -> None:
    checked = Event()

    def write_and_seal() -> None:
        number = 0
        while not checked.is_set():
            write_entries(3, start=number)
            seal_audit_entries(at=NOON)
            number += 3

    def check() -> None:
        try:
            for _ in range(20):
                call_command("doctor", "audit", stdout=StringIO())
        finally:
            checked.set()

    all_at_once([write_and_seal, check])

    assert AuditSeal.objects.exists()
