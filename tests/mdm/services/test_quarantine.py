import pytest

from mdm.actors import SYSTEM
from mdm.models import QuarantineEntry, QuarantineState, SourceRecord, SourceSystem
from mdm.services.quarantine import discard, replay
from mdm.services.systems import put_mapping
from tests.builders import STEWARD, Clock, a_customer, customer_mapping, golden_of, load

NAMELESS = {**a_customer("1", name=None), "title": "Nordlicht"}
MENDED = customer_mapping("crm", name={"path": "title", "required": True})


@pytest.fixture
def clock(hub: None) -> Clock:
    return Clock()


def mend_mapping(clock: Clock) -> None:
    put_mapping(SourceSystem.objects.get(name="crm"), MENDED, actor=SYSTEM, at=clock())


def entry_ids() -> list[int]:
    return list(QuarantineEntry.objects.filter(state=QuarantineState.OPEN).values_list("pk", flat=True))


def test_what_does_not_map_is_kept_counted_and_holds_up_nobody(clock: Clock) -> None:
    intake = load("crm", NAMELESS, a_customer("2"), at=clock())

    assert (intake.received, intake.new, intake.quarantined) == (2, 1, 1)
    entry = QuarantineEntry.objects.get()
    assert entry.payload == NAMELESS
    assert [problem["pointer"] for problem in entry.problems] == ["/name"]
    assert list(SourceRecord.objects.values_list("key", flat=True)) == ["2"]


def test_the_same_payload_is_kept_once(clock: Clock) -> None:
    load("crm", NAMELESS, at=clock())

    assert load("crm", NAMELESS, at=clock()).quarantined == 1
    assert QuarantineEntry.objects.count() == 1


def test_after_the_mapping_is_mended_it_passes(clock: Clock) -> None:
    load("crm", NAMELESS, at=clock())
    mend_mapping(clock)

    assert replay(entry_ids(), actor=STEWARD, at=clock()) == 1

    assert golden_of("crm:1").document["attributes"]["name"] == "Nordlicht"
    assert entry_ids() == []


def test_what_still_does_not_map_stays(clock: Clock) -> None:
    load("crm", NAMELESS, at=clock())

    assert replay(entry_ids(), actor=STEWARD, at=clock()) == 0

    assert len(entry_ids()) == 1


def test_an_old_payload_does_not_replace_what_came_later(clock: Clock) -> None:
    load("crm", {**NAMELESS, "title": "Old", "modified": "2026-01-05T08:00:00Z"}, at=clock())
    load("crm", a_customer("1", name="New", modified="2026-01-06T08:00:00Z", title="New"), at=clock())
    mend_mapping(clock)

    replay(entry_ids(), actor=STEWARD, at=clock())

    assert golden_of("crm:1").document["attributes"]["name"] == "New"
    assert entry_ids() == []


def test_what_was_put_aside_stays_stored_and_is_not_read_again(clock: Clock) -> None:
    load("crm", NAMELESS, at=clock())
    entry = QuarantineEntry.objects.get()
    discard([entry.pk], actor=STEWARD, at=clock(), reason="A test record")
    mend_mapping(clock)

    assert replay([entry.pk], actor=STEWARD, at=clock()) == 0
    assert not SourceRecord.objects.exists()
