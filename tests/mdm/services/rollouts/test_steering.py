"""Rollouts are paused, resumed, rolled back; each version and audit entry names the one that made it."""

from datetime import datetime
from typing import Any

import pytest
from django.db.models import Q
from pytest_django import Settings

from mdm.actors import SYSTEM
from mdm.errors import NotFound, StateConflict
from mdm.models import (
    AuditEntry,
    CrosswalkEntry,
    GoldenRecord,
    GoldenStatus,
    GoldenVersion,
    RemoteRecord,
    Rollout,
    RolloutPair,
    RolloutPhase,
    RolloutState,
    RuleSetState,
    SourceRecord,
    SourceSystem,
)
from mdm.selectors.rollouts import changed_since, not_as_before, rollout_of, versions_of
from mdm.services.decisions import keep_apart
from mdm.services.erasure import erase_golden_record
from mdm.services.rollouts.carrying import carry_on
from mdm.services.rollouts.regrouping import regroup
from mdm.services.rollouts.steering import pause, resume, roll_back
from mdm.services.rule_set_versions import publish_draft, publish_rule_set, version_of
from mdm.services.rule_sets import published_rules, rules_to_work_by
from mdm.tasks import carry_on_rollouts
from tests.builders import (
    STEWARD,
    Clock,
    a_customer,
    crosswalk,
    golden_of,
    load,
    roll_out,
    source_record,
    the_same_customer,
    together,
)
from tests.laws.foretelling import LOOSER, Change, drafted

VALUES = Change(None, None, vetoes=True, trust={"crm": 10, "erp": 90}, strategy="most_trusted")


def publish(change: Change, clock: Clock) -> Rollout:
    draft = drafted(change, clock)
    publish_draft("customer", draft.number, actor=STEWARD, at=clock(), without_rehearsal="A test")
    return Rollout.objects.latest("pk")


def name() -> Any:
    return golden_of("crm:1").document["attributes"]["name"]


@pytest.fixture
def clock(hub: None, settings: Settings) -> Clock:
    """Two systems that write one name differently, and two customers that only looser rules take for one."""
    settings.ASSAY_AUTO_REPARTITION = "review"
    clock = Clock()
    load("crm", the_same_customer("1", name="Nordlicht Handel GmbH"), at=clock())
    load("erp", the_same_customer("1", name="NORDLICHT HANDEL"), at=clock())
    load("crm", a_customer("2", name="Zementwerk Ost"), at=clock())
    load("erp", a_customer("2", name="Zementwerk Ost", website="https://zement.example"), at=clock())
    return clock


@pytest.mark.django_db
def test_rules_that_match_alike_are_in_force_at_once_and_rebuild_only(clock: Clock) -> None:
    rollout = publish(VALUES, clock)

    assert (rollout.phase, rollout.total) == (RolloutPhase.REBUILDING, 3)
    assert published_rules("customer").rule_set_id == rollout.rule_set_id
    roll_out(clock, at_once=1)
    rollout.refresh_from_db()
    assert (rollout.state, rollout.golden_versions, rollout.pairs) == (RolloutState.FINISHED, 1, 0)
    assert name() == "NORDLICHT HANDEL"


@pytest.mark.django_db
def test_rules_that_match_otherwise_come_into_force_when_all_pairs_are_made(clock: Clock) -> None:
    rollout = publish(LOOSER, clock)
    assert not together(["crm:2", "erp:2"])

    roll_out(clock, at_once=1, batches=4)
    assert version_of("customer").pk == rollout.former_id
    roll_out(clock, at_once=1, batches=1)
    assert version_of("customer").pk == rollout.rule_set_id
    assert not together(["crm:2", "erp:2"])

    roll_out(clock)
    assert together(["crm:2", "erp:2"])


@pytest.mark.django_db
def test_every_version_and_audit_entry_names_the_rollout(clock: Clock) -> None:
    rollout = publish(LOOSER, clock)
    before = GoldenVersion.objects.count()
    roll_out(clock, at_once=1)

    made = list(GoldenVersion.objects.order_by("history_id")[before:])
    assert {each.history_change_reason for each in made} == {f"Rollout {rollout.public_id} of customer rules 3"}
    assert {each.correlation_id for each in made} == {rollout.correlation_id}
    entries = AuditEntry.objects.filter(correlation_id=rollout.correlation_id)
    assert set(entries.values_list("action", flat=True)) == {
        "golden_version.published",
        "rollout.finished",
        "rollout.started",
        "source_record.linked",
    }
    assert set(entries.values_list("actor", flat=True)) == {STEWARD.name}


@pytest.mark.django_db
def test_paused_it_waits_and_resumed_it_goes_on(clock: Clock) -> None:
    rollout = publish(VALUES, clock)
    pause(rollout.pk, actor=STEWARD, at=clock())
    roll_out(clock)
    carry_on_rollouts()
    assert name() == "Nordlicht Handel GmbH"

    resume(rollout.pk, actor=STEWARD, at=clock())
    carry_on_rollouts()

    assert name() == "NORDLICHT HANDEL"
    with pytest.raises(StateConflict, match="is finished already"):
        pause(rollout.pk, actor=STEWARD, at=clock())


@pytest.mark.django_db
def test_one_that_fails_says_so_and_can_be_resumed(clock: Clock) -> None:
    rollout = publish(VALUES, clock)
    times = iter([None, clock()])

    def faulty() -> datetime:
        at = next(times)
        if at is None:
            raise OSError("no time")
        return at

    with pytest.raises(OSError, match="no time"):
        carry_on(rollout.pk, clock=faulty)

    rollout.refresh_from_db()
    assert (rollout.state, rollout.error) == (RolloutState.FAILED, "OSError")
    resume(rollout.pk, actor=STEWARD, at=clock())
    roll_out(clock)
    assert name() == "NORDLICHT HANDEL"


@pytest.mark.django_db
def test_rules_come_into_force_one_after_another(clock: Clock) -> None:
    rollout = publish(LOOSER, clock)
    assert publish_draft("customer", rollout.rule_set.number, actor=SYSTEM, at=clock()).pk == rollout.rule_set_id
    document = published_rules("customer").document.to_document()

    with pytest.raises(StateConflict, match=rollout.public_id):
        publish_rule_set("customer", {**document, "approval": {}}, model=None, actor=SYSTEM, at=clock())

    assert Rollout.objects.count() == 1


@pytest.mark.django_db
def test_rolled_back_before_its_rules_are_in_force_it_never_was(clock: Clock) -> None:
    rollout = publish(LOOSER, clock)
    roll_out(clock, at_once=1, batches=2)
    pause(rollout.pk, actor=STEWARD, at=clock())

    assert roll_back(rollout.pk, reason="Wrong", actor=STEWARD, at=clock()).state == RolloutState.WITHDRAWN

    assert version_of("customer").number == 1
    assert version_of("customer", rollout.rule_set.number).state == RuleSetState.DRAFT


@pytest.mark.django_db
def test_rolled_back_half_way_it_ends_when_the_former_rules_are_in_force(clock: Clock) -> None:
    before = crosswalk()
    rollout = publish(LOOSER, clock)
    roll_out(clock, at_once=1, batches=6)
    rollout.refresh_from_db()
    assert (rollout.phase, rollout.state) == (RolloutPhase.REGROUPING, RolloutState.RUNNING)

    back = roll_back(rollout.pk, reason="Wrong", actor=STEWARD, at=clock())
    with pytest.raises(StateConflict, match=f"rolled back by {back.public_id}"):
        resume(rollout.pk, actor=STEWARD, at=clock())
    roll_out(clock, at_once=1)

    rollout.refresh_from_db()
    assert rollout.state == RolloutState.WITHDRAWN
    assert crosswalk() == before
    assert published_rules("customer").content[3] == version_contents(1)


def version_contents(number: int) -> tuple[str, ...]:
    hashes = version_of("customer", number).section_hashes
    return tuple(hashes[each] for each in sorted(hashes))


@pytest.mark.django_db
def test_what_somebody_changed_meanwhile_is_told(clock: Clock) -> None:
    rollout = publish(LOOSER, clock)
    roll_out(clock)
    joined = golden_of("crm:2").public_id
    load("crm", a_customer("2", name="Zementwerk Ost", segment="Retail"), at=clock())
    assert changed_since(rollout) == [joined]

    roll_back(rollout.pk, reason="Wrong", actor=STEWARD, at=clock())
    roll_out(clock)

    assert changed_since(rollout) == [joined]
    assert not_as_before(rollout) == [golden_of("crm:2").public_id]
    assert golden_of("crm:2").document["attributes"]["segment"] == "Retail"
    assert not together(["crm:2", "erp:2"])


@pytest.mark.django_db
def test_rolling_back_restores_also_what_a_target_has_confirmed(clock: Clock) -> None:
    before = crosswalk()
    rollout = publish(LOOSER, clock)
    roll_out(clock)
    deliver("crm:2", clock)

    back = roll_back(rollout.pk, reason="Wrong", actor=STEWARD, at=clock())
    roll_out(clock)

    back.refresh_from_db()
    assert back.held == 0
    assert crosswalk() == before


@pytest.mark.django_db
def test_rolling_back_asks_where_it_would_divide_what_grew_meanwhile(clock: Clock) -> None:
    rollout = publish(LOOSER, clock)
    roll_out(clock)
    load("crm", a_customer("3", name="Zementwerk Ost"), at=clock())
    assert together(["crm:2", "erp:2", "crm:3"])
    deliver("crm:2", clock)

    back = roll_back(rollout.pk, reason="Wrong", actor=STEWARD, at=clock())
    roll_out(clock)

    back.refresh_from_db()
    assert back.held == 1
    assert together(["crm:2", "erp:2", "crm:3"])


@pytest.mark.django_db
def test_decisions_made_meanwhile_hold_through_rolling_back(clock: Clock) -> None:
    rollout = publish(VALUES, clock)
    roll_out(clock)
    keep_apart(source_record("crm:1").pk, source_record("erp:1").pk, actor=STEWARD, at=clock())

    roll_back(rollout.pk, reason="Wrong", actor=STEWARD, at=clock())
    roll_out(clock)

    assert not together(["crm:1", "erp:1"])


@pytest.mark.django_db
def test_what_is_past_cannot_be_rolled_back(clock: Clock) -> None:
    first = publish(VALUES, clock)
    roll_out(clock)
    roll_back(first.pk, reason="Wrong", actor=STEWARD, at=clock())
    roll_out(clock)

    with pytest.raises(StateConflict, match="not in force any more"):
        roll_back(first.pk, reason="Wrong", actor=STEWARD, at=clock())
    with pytest.raises(NotFound):
        rollout_of("ROL-0000001-2")


@pytest.mark.django_db
def test_a_rollout_changes_golden_records_only_where_they_say_other_things(clock: Clock) -> None:
    versions = dict(GoldenRecord.objects.values_list("public_id", "version"))
    rollout = publish(VALUES, clock)
    roll_out(clock)

    changed = set(versions_of(rollout).values_list("public_id", flat=True))
    now = dict(GoldenRecord.objects.values_list("public_id", "version"))
    assert {each for each in now if now[each] != versions[each]} == changed == {golden_of("crm:1").public_id}


def deliver(source: str, clock: Clock) -> None:
    """A target has confirmed the golden record that holds this source record."""
    RemoteRecord.objects.create(
        target=SourceSystem.objects.get(name="erp"),
        entity_type="customer",
        key=f"of {source}",
        golden_record=golden_of(source),
        confirmed_at=clock(),
    )


@pytest.mark.django_db
def test_what_is_erased_meanwhile_leaves_no_staged_pair_and_stays_erased(clock: Clock) -> None:
    publish(LOOSER, clock)
    roll_out(clock, at_once=1, batches=4)
    assert RolloutPair.objects.exists()
    golden = golden_of("crm:2")

    erase_golden_record(golden.public_id, reason="Case 7", actor=STEWARD, at=clock(), force=True)

    erased = SourceRecord.objects.filter(erased_at__isnull=False)
    assert not RolloutPair.objects.filter(Q(left__in=erased) | Q(right__in=erased)).exists()
    roll_out(clock, at_once=1)
    golden.refresh_from_db()
    assert (golden.status, golden.document["attributes"]) == (GoldenStatus.ERASED, {})
    assert not CrosswalkEntry.objects.filter(source_record__in=erased, unlinked_at=None).exists()


@pytest.mark.django_db
def test_what_is_erased_between_reading_and_locking_is_not_regrouped(clock: Clock) -> None:
    """The batch was read before the erasure committed, and is regrouped after it."""
    rollout = publish(LOOSER, clock)
    read_before = list(SourceRecord.objects.filter(entity_type="customer").order_by("pk").values_list("pk", flat=True))
    roll_out(clock, batches=1)
    rollout.refresh_from_db()
    assert rollout.phase == RolloutPhase.REGROUPING
    erase_golden_record(golden_of("crm:2").public_id, reason="Case 7", actor=STEWARD, at=clock(), force=True)
    known = GoldenRecord.objects.count()

    regroup(rollout, read_before, rules_to_work_by("customer"), at=clock())

    erased = SourceRecord.objects.exclude(erased_at=None)
    assert not CrosswalkEntry.objects.filter(source_record__in=erased, unlinked_at=None).exists()
    assert GoldenRecord.objects.count() <= known
