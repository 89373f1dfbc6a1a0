"""Quality in the hub: what golden records fail, who is told, what is held, and scores of a day."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from mdm.actors import SYSTEM
from mdm.errors import StateConflict
from mdm.models import AuditEntry, FailedRule, GoldenRecord, QualityScore, ScoreScope, SourceRecord, UniqueValue
from mdm.services.erasure import erase_golden_record
from mdm.services.failures import release_golden_record
from mdm.services.quality_scores import Interrupted, measure_quality, measure_what_is_due
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.sequencer import assign_feed_positions
from mdm.services.settlement import settle_pending
from mdm.services.uniqueness import check_unique_values
from mdm.services.upkeep import judge_again, keep_up
from stewardship.models import Task, TaskKind, TaskState
from sync.outbound.planning import plan_deliveries
from sync.outbound.relay import plan_everything
from tests.builders import NOON, STEWARD, a_customer, golden_of, load, receive, the_same_customer
from tests.laws.threads import all_at_once

CODES = {"attribute": "segment", "check": "one_of", "one_of": ["A", "B"]}
PHONES = {"attribute": "phones", "check": "unique", "task": True}


def ask_for(*quality: dict[str, Any]) -> None:
    document = published_rules("customer").document.to_document()
    publish_rule_set("customer", {**document, "quality": list(quality)}, model=None, actor=SYSTEM, at=NOON)


def failed() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in SourceRecord.objects.values_list("source_system__name", "key"):
        name = ":".join(key)
        rules = golden_of(name).failed_rules.order_by("rule").values_list("rule", flat=True)
        found |= {name: list(rules)} if rules else {}
    return found


def tasks() -> list[tuple[str, str]]:
    return sorted(Task.objects.filter(kind=TaskKind.QUALITY).values_list("state", "title"))


def planned(name: str) -> list[int]:
    plan_everything(at=NOON)
    messages = golden_of(name).outbox_messages.exclude(planned_at=None)
    return sorted(messages.values_list("version", flat=True))


@pytest.mark.usefixtures("hub")
def test_a_failure_is_told_once_and_withdrawn_when_it_passes() -> None:
    ask_for({**CODES, "task": True}, {"attribute": "website", "severity": "warning"})
    load("crm", a_customer("1", segment="X"), a_customer("2", segment="A", website="x.example"), at=NOON)
    assert failed() == {"crm:1": ["segment:one_of", "website:required"]}
    assert tasks() == [("open", "Company 1")]

    load("crm", a_customer("1", segment="Y", modified="2026-01-06T08:00:00Z"), at=NOON + timedelta(days=1))
    assert tasks() == [("open", "Company 1")]

    load("crm", a_customer("1", segment="B", modified="2026-01-07T08:00:00Z"), at=NOON + timedelta(days=2))
    assert failed() == {"crm:1": ["website:required"]}
    assert tasks() == [("withdrawn", "Company 1")]


@pytest.mark.usefixtures("hub")
def test_what_fails_a_rule_that_blocks_is_held_from_its_first_failing_version_on() -> None:
    ask_for({**CODES, "blocks": "publish"})
    load("crm", a_customer("1", segment="A"), at=NOON)
    load("crm", a_customer("1", segment="X", modified="2026-01-06T08:00:00Z"), at=NOON + timedelta(days=1))
    assert golden_of("crm:1").document["attributes"]["segment"] == "X"
    assert planned("crm:1") == [1]
    assert "Held until it passes" in Task.objects.get(kind=TaskKind.QUALITY).reason

    load("crm", a_customer("1", segment="B", modified="2026-01-07T08:00:00Z"), at=NOON + timedelta(days=2))
    assert planned("crm:1") == [1, 2, 3]


@pytest.mark.usefixtures("hub")
def test_a_new_record_that_fails_has_its_id_and_is_told_to_nobody() -> None:
    ask_for({**CODES, "blocks": "publish"})
    load("crm", a_customer("1", segment="X"), at=NOON)
    assert golden_of("crm:1").version == 1
    assert planned("crm:1") == []


@pytest.mark.usefixtures("hub")
def test_without_the_rule_nothing_is_held() -> None:
    ask_for({**CODES, "task": True})
    load("crm", a_customer("1", segment="X"), at=NOON)
    assert planned("crm:1") == [1]


@pytest.mark.usefixtures("hub")
def test_a_steward_lets_it_go_until_the_values_that_fail_change() -> None:
    ask_for({**CODES, "blocks": "publish"})
    load("crm", a_customer("1", segment="X"), at=NOON)
    with pytest.raises(StateConflict):
        release_golden_record(golden_of("crm:1"), reason=" ", actor=STEWARD, at=NOON)
    release_golden_record(golden_of("crm:1"), reason="Agreed by phone", actor=STEWARD, at=NOON)
    assert planned("crm:1") == [1]
    assert tasks() == [("done", "Company 1")]
    assert "Agreed by phone" in AuditEntry.objects.get(action="quality.released").why
    with pytest.raises(StateConflict):
        release_golden_record(golden_of("crm:1"), reason="Again", actor=STEWARD, at=NOON)

    other = a_customer("1", segment="X", website="x.example", modified="2026-01-06T08:00:00Z")
    load("crm", other, at=NOON + timedelta(days=1))
    assert planned("crm:1") == [1, 2]

    load("crm", {**other, "segment": "Y", "modified": "2026-01-07T08:00:00Z"}, at=NOON + timedelta(days=2))
    assert planned("crm:1") == [1, 2]
    assert tasks() == [("done", "Company 1"), ("open", "Company 1")]


@pytest.mark.usefixtures("hub")
def test_time_alone_makes_a_value_stale() -> None:
    ask_for({"attribute": "name", "check": "fresh", "days": 100, "severity": "warning"})
    load("crm", a_customer("1"), at=NOON)
    due = golden_of("crm:1").recompute_at
    assert failed() == {}
    assert due is not None
    assert due.isoformat() == "2026-04-15T08:00:00+00:00"

    keep_up(at=due)
    assert failed() == {"crm:1": ["name:fresh"]}
    assert golden_of("crm:1").quality == 0
    assert golden_of("crm:1").version == 1


def two_with_one_phone() -> None:
    load("crm", a_customer("1", phone="+49401234567", city="Ulm"), at=NOON)
    load("erp", a_customer("2", phone="+49 40 1234567", city="Bonn", name="Zementwerk Ost"), at=NOON)
    assert golden_of("crm:1") != golden_of("erp:2")


@pytest.mark.usefixtures("hub")
def test_both_holders_of_a_value_are_told_and_both_pass_when_one_gives_it_up() -> None:
    ask_for({**PHONES, "blocks": "publish"})
    two_with_one_phone()
    assert planned("crm:1") == []
    assert failed() == {"crm:1": ["phones:unique"], "erp:2": ["phones:unique"]}
    assert [state for state, _ in tasks()] == ["open", "open"]
    assert check_unique_values(at=NOON) == 0

    moved = a_customer("2", phone="+49409999999", name="Zementwerk Ost", modified="2026-01-06T08:00:00Z")
    load("erp", moved, at=NOON + timedelta(days=1))
    assert planned("crm:1") == [1]
    assert failed() == {}
    assert [state for state, _ in tasks()] == ["withdrawn", "withdrawn"]


@pytest.mark.usefixtures("hub")
def test_a_value_that_is_not_compared_yet_is_not_delivered() -> None:

    ask_for({**PHONES, "blocks": "publish"})
    two_with_one_phone()
    assign_feed_positions()
    assert plan_deliveries(at=NOON) == 0


@pytest.mark.usefixtures("hub")
def test_records_that_become_one_share_their_values() -> None:
    ask_for(PHONES)
    load("crm", the_same_customer("1"), at=NOON)
    load("erp", the_same_customer("1"), at=NOON)
    assert golden_of("crm:1") == golden_of("erp:1")
    check_unique_values(at=NOON)
    assert failed() == {}


@pytest.mark.usefixtures("hub")
def test_a_deleted_record_keeps_its_values_from_nobody() -> None:
    ask_for(PHONES)
    two_with_one_phone()
    check_unique_values(at=NOON)
    load("erp", {"id": "2", "gone": True, "modified": "2026-01-09T08:00:00Z"}, at=NOON + timedelta(days=1))
    check_unique_values(at=NOON)
    assert failed() == {}
    assert set(UniqueValue.objects.values_list("golden_record", flat=True)) == {golden_of("crm:1").pk}


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_moment_find_each_other(committed_hub: None) -> None:
    ask_for({"attribute": "segment", "check": "unique", "task": True})
    names = ["Zementwerk Ost", "Suedwind AG", "Kaffee Lima", "Bergbahn Uri"]

    def write(number: int) -> None:
        load("crm", a_customer(str(number), name=names[number], segment="Only one"), at=NOON)

    all_at_once([partial(write, number) for number in range(len(names))])
    check_unique_values(at=NOON)

    assert failed() == {f"crm:{number}": ["segment:unique"] for number in range(len(names))}
    assert [state for state, _ in tasks()] == ["open"] * len(names)
    assert not UniqueValue.objects.filter(is_checked=False).exists()


@pytest.mark.usefixtures("hub")
def test_a_record_that_somebody_holds_is_compared_the_next_time() -> None:
    ask_for(PHONES)
    two_with_one_phone()
    UniqueValue.objects.update(is_checked=False)
    assert check_unique_values(at=NOON) == 2
    assert set(failed()) == {"crm:1", "erp:2"}


@pytest.mark.usefixtures("hub")
def test_thousands_of_failures_cost_few_queries(django_assert_max_num_queries: Any) -> None:
    ask_for({**CODES, "task": True})
    intake = receive("crm", [a_customer(str(number), segment="X") for number in range(120)], at=NOON)
    assert len(intake.pending_ids) == 120
    settle_pending("customer", actor=SYSTEM, at=NOON)
    assert Task.objects.filter(kind=TaskKind.QUALITY, state=TaskState.OPEN).count() == 120
    FailedRule.objects.all().delete()
    with django_assert_max_num_queries(30):
        judge_again("customer", at=NOON)
    assert FailedRule.objects.count() == 120


@pytest.mark.usefixtures("hub")
def test_scores_are_kept_by_day_and_measured_anew_over_the_same_day() -> None:
    ask_for({**CODES, "severity": "warning"}, {"attribute": "name"})
    load("crm", a_customer("1", segment="X"), at=NOON)
    load("erp", a_customer("2", segment="A"), at=NOON)

    def scores() -> dict[tuple[str, str], tuple[int, int, float]]:
        rows = QualityScore.objects.filter(day=NOON.date())
        return {(s.scope, s.name): (s.records, s.failing, s.score) for s in rows}

    assert measure_what_is_due(at=NOON) == 1
    assert measure_what_is_due(at=NOON) == 0
    told = scores()
    assert told[ScoreScope.ALL, ""] == (2, 1, 0.875)
    assert told[ScoreScope.RULE, "segment:one_of"] == (2, 1, 0.5)
    assert told[ScoreScope.RULE, "name:required"] == (2, 0, 1.0)
    assert told[ScoreScope.ATTRIBUTE, "segment"] == (2, 1, 0.5)
    assert told[ScoreScope.SYSTEM, "crm"] == (1, 1, 0.75)
    assert told[ScoreScope.SYSTEM, "erp"] == (1, 0, 1.0)

    load("crm", a_customer("1", segment="B", modified="2026-01-06T08:00:00Z"), at=NOON)
    measure_quality("customer", at=NOON)
    assert scores()[ScoreScope.ALL, ""] == (2, 0, 1.0)
    with pytest.raises(Interrupted):
        measure_quality("customer", at=NOON, stopping=lambda: True)


@pytest.mark.usefixtures("hub")
def test_records_that_nobody_judged_are_judged_again() -> None:
    load("crm", a_customer("1"), at=NOON)
    FailedRule.objects.all().delete()
    GoldenRecord.objects.update(quality=1)
    assert judge_again("customer", at=NOON) == 1
    assert failed() == {"crm:1": ["address.country:required", "address:required"]}
    assert golden_of("crm:1").quality < 1


@pytest.mark.usefixtures("hub")
def test_records_that_say_nothing_are_not_judged() -> None:
    load("crm", a_customer("1"), at=NOON)
    record = SourceRecord.objects.get(key="1")
    SourceRecord.objects.filter(pk=record.pk).update(accepted={})
    scopes = {score.scope for score in measure_quality("customer", at=NOON)}
    assert ScoreScope.SYSTEM not in scopes


@pytest.mark.usefixtures("hub")
def test_what_is_erased_fails_nothing_and_is_not_held_back() -> None:
    ask_for({**CODES, "task": True, "blocks": "publish"})
    load("crm", a_customer("1", segment="X"), at=NOON)
    assert planned("crm:1") == []
    golden = golden_of("crm:1")

    erase_golden_record(golden.public_id, reason="Case 7", actor=STEWARD, at=NOON, force=True)
    plan_everything(at=NOON)

    assert not golden.failed_rules.exists()
    task = Task.objects.get(kind=TaskKind.QUALITY)
    assert (task.state, task.title, task.details) == (TaskState.WITHDRAWN, "Erased", {})
    assert not golden.outbox_messages.filter(planned_at=None).exists()
