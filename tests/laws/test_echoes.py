"""Law 8: what comes back to us as we sent it changes nothing."""

import pytest

from mdm import events
from mdm.models import AuditEntry, GoldenVersion, OutboxMessage, RemoteRecord
from mdm.services.remote_records import confirm_sent
from tests.builders import Clock, Payload, a_customer, connect, golden_of, load


def everything_told() -> tuple[int, int, int]:
    return GoldenVersion.objects.count(), OutboxMessage.objects.count(), AuditEntry.objects.count()


@pytest.fixture
def clock(hub: None, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The ERP is a target too; its record of the customer was sent a web site."""
    clock = Clock()
    monkeypatch.setattr(events, "_subscribers", {})
    connect("erp", connector="rest_erp", at=clock())
    load("erp", a_customer("1", website="https://old.example"), at=clock())
    remote = RemoteRecord.objects.get()
    confirm_sent(remote.pk, sent={"website": "https://sent.example"}, remote_version="2", at=clock())
    return clock


@pytest.fixture
def emitted(clock: Clock) -> list[object]:
    """Every event of the test, in order."""
    heard: list[object] = []
    for event_type in vars(events).values():
        if isinstance(event_type, type) and event_type.__module__ == events.__name__:
            events.subscribe(event_type, heard.append)
    return heard


def coming_back() -> Payload:
    return a_customer("1", website="https://sent.example", modified="2026-02-01T08:00:00Z")


def test_an_echo_makes_no_version_no_message_and_no_event(clock: Clock, emitted: list[object]) -> None:
    before = everything_told()

    intake = load("erp", coming_back(), at=clock())

    assert (intake.echoes, intake.changed, intake.pending_ids) == (1, 0, ())
    assert everything_told() == before
    assert emitted == []
    assert golden_of("erp:1").document["attributes"]["website"] == "https://old.example"


def test_an_echo_with_a_word_of_its_own_changes_only_that(clock: Clock) -> None:
    load("erp", {**coming_back(), "name": "New name"}, at=clock())

    golden = golden_of("erp:1")
    assert golden.version == 2
    assert golden.document["attributes"]["name"] == "New name"
    assert golden.document["attributes"]["website"] == "https://old.example"


def test_a_value_that_returns_after_another_is_the_systems_own(clock: Clock) -> None:
    load("erp", a_customer("1", website="https://mine.example"), at=clock())
    load("erp", coming_back(), at=clock())

    assert golden_of("erp:1").document["attributes"]["website"] == "https://sent.example"


def test_what_was_not_sent_is_no_echo(clock: Clock, emitted: list[object]) -> None:
    """Negative control: nothing is known to be sent, so the same payload is news."""
    RemoteRecord.objects.update(sent={})
    before = everything_told()

    intake = load("erp", coming_back(), at=clock())

    assert intake.changed == 1
    assert everything_told() != before
    assert emitted
