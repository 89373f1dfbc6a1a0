"""Taking records in: repeated, broken off, told twice."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mdm import events
from mdm.actors import SYSTEM
from mdm.events import GoldenVersionsPublished, subscribe
from mdm.models import (
    AuditEntry,
    CandidatePair,
    CrosswalkEntry,
    GoldenRecord,
    GoldenVersion,
    OutboxMessage,
    SourcePayload,
    SourceRecord,
)
from mdm.services.settlement import settle_pending, settle_source_records
from tests.builders import (
    Clock,
    a_customer,
    crosswalk,
    golden_of,
    golden_values,
    load,
    passing,
    receive,
    the_same_customer,
)

BATCH = [
    the_same_customer("1"),
    the_same_customer("2"),
    a_customer("3", name="Zementwerk"),
    a_customer("4", parent="3"),
]
TABLES = (
    AuditEntry,
    CandidatePair,
    CrosswalkEntry,
    GoldenRecord,
    GoldenVersion,
    OutboxMessage,
    SourcePayload,
    SourceRecord,
)


def sizes() -> list[int]:
    return [table.objects.count() for table in TABLES]


@pytest.fixture
def clock(hub: None) -> Clock:
    return Clock()


def test_loading_the_same_batch_twice_changes_nothing(clock: Clock) -> None:
    load("crm", *BATCH, at=clock())
    before = sizes(), crosswalk()

    intake = load("crm", *BATCH, at=clock())

    assert (intake.received, intake.unchanged, intake.pending_ids) == (4, 4, ())
    assert (sizes(), crosswalk()) == before


def test_settling_again_changes_nothing(clock: Clock) -> None:
    pending = load("crm", *BATCH, at=clock()).pending_ids
    before = sizes(), crosswalk()

    settle_source_records("customer", pending, actor=SYSTEM, at=clock())

    assert (sizes(), crosswalk()) == before


def test_of_payloads_with_one_key_the_last_counts(clock: Clock) -> None:
    intake = load("crm", a_customer("1", name="First"), a_customer("1", name="Last"), at=clock())

    assert (intake.received, intake.new) == (2, 1)
    assert golden_of("crm:1").document["attributes"]["name"] == "Last"


def test_what_was_said_before_is_kept_word_for_word(clock: Clock) -> None:
    load("crm", a_customer("1", name="First"), at=clock())
    load("crm", a_customer("1", name="Last"), at=clock())

    assert [each.payload for each in SourcePayload.objects.all()] == [a_customer("1", name="First")]


def test_a_load_killed_before_settling_goes_on_from_there(clock: Clock) -> None:
    with passing() as other:
        load("crm", *BATCH, at=other())
        expected = golden_values()
    receive("crm", BATCH, at=clock())

    receive("crm", BATCH, at=clock())
    settle_pending("customer", actor=SYSTEM, at=clock())

    assert golden_values() == expected


def test_a_load_killed_while_settling_goes_on_from_there(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with passing() as other:
        load("crm", *BATCH, at=other())
        expected = golden_values()
    receive("crm", BATCH, at=clock())
    with killed_at_publication(2, monkeypatch), pytest.raises(KeyboardInterrupt):
        settle_pending("customer", actor=SYSTEM, at=clock(), batch=2)
    assert 0 < SourceRecord.objects.filter(pending_since__isnull=False).count() < len(BATCH)
    assert CrosswalkEntry.objects.count() == SourceRecord.objects.filter(pending_since=None).count()

    settle_pending("customer", actor=SYSTEM, at=clock(), batch=2)

    assert golden_values() == expected
    assert CrosswalkEntry.objects.filter(unlinked_at=None).count() == len(BATCH)


@contextmanager
def killed_at_publication(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    published = 0

    def kill(event: GoldenVersionsPublished) -> None:
        nonlocal published
        published += 1
        if published == number:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(events, "_subscribers", {})
        subscribe(GoldenVersionsPublished, kill)
        yield
