"""Rules change by publishing only, and no draft takes back what it does not know of."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from mdm.actors import SYSTEM
from mdm.errors import NotFound, StateConflict
from mdm.models import AuditEntry, GoldenRecord, Rehearsal, Rollout, RuleSet, RuleSetState
from mdm.rules.errors import InvalidRuleSet
from mdm.services.rehearsal import rehearse
from mdm.services.rule_set_versions import draft_rule_set, publish_draft, publish_rule_set, version_of
from mdm.services.rule_sets import published_rules
from tests.builders import STEWARD, Clock, load, roll_out, the_same_customer

CRM_FIRST, ERP_FIRST = {"crm": 90, "erp": 10}, {"crm": 10, "erp": 90}


def with_trust(trust: dict[str, int]) -> dict[str, Any]:
    document = published_rules("customer").document.to_document()
    document["survivorship"] = {**document["survivorship"], "trust": trust, "half_life_days": {}}
    return document


def draft(trust: dict[str, int], clock: Clock) -> RuleSet:
    return draft_rule_set("customer", with_trust(trust), model=None, actor=SYSTEM, at=clock())


def publish(made: RuleSet, clock: Clock) -> RuleSet:
    """Rehearse and publish."""
    rehearse("customer", made.number, actor=SYSTEM, clock=clock)
    return publish_draft("customer", made.number, actor=SYSTEM, at=clock())


def golden_name() -> str:
    return str(GoldenRecord.objects.get(status="active").document["attributes"]["name"])


@pytest.fixture
def clock(hub: None) -> Clock:
    clock = Clock()
    load("crm", the_same_customer("1", name="Nordlicht Handel GmbH"), at=clock())
    load("erp", the_same_customer("1", name="NORDLICHT HANDEL"), at=clock())
    return clock


@pytest.mark.django_db
def test_a_draft_changes_nothing_until_it_is_published(clock: Clock) -> None:
    before = published_rules("customer")
    made = draft(ERP_FIRST, clock)
    assert published_rules("customer") is before

    publish(made, clock)
    roll_out(clock)

    assert golden_name() == "NORDLICHT HANDEL"
    assert RuleSet.objects.get(pk=before.rule_set_id).state == RuleSetState.SUPERSEDED
    assert GoldenRecord.objects.get().rule_set_id == made.pk


@pytest.mark.django_db
def test_going_back_is_another_version(clock: Clock) -> None:
    first = published_rules("customer")
    publish(draft(ERP_FIRST, clock), clock)
    roll_out(clock)

    with pytest.raises(StateConflict):
        publish_draft("customer", first.number, actor=SYSTEM, at=clock())
    back = draft_rule_set("customer", first.document.to_document(), model=None, actor=SYSTEM, at=clock())
    publish(back, clock)
    roll_out(clock)

    assert golden_name() == "Nordlicht Handel GmbH"
    assert GoldenRecord.objects.get().version == 3


@pytest.mark.django_db
def test_a_draft_that_does_not_know_of_a_later_version_is_refused(clock: Clock) -> None:
    mine, other = draft(CRM_FIRST, clock), draft(ERP_FIRST, clock)
    publish(other, clock)
    roll_out(clock)

    with pytest.raises(StateConflict, match=f"Version {other.number}"):
        publish_draft("customer", mine.number, actor=SYSTEM, at=clock())


@pytest.mark.django_db
def test_publishing_twice_is_publishing_once(clock: Clock) -> None:
    made = draft(ERP_FIRST, clock)
    publish(made, clock)
    published_at = version_of("customer").published_at

    assert publish_draft("customer", made.number, actor=SYSTEM, at=clock()).published_at == published_at


@pytest.mark.django_db
def test_who_may_approve_makes_no_other_values(clock: Clock) -> None:
    document = published_rules("customer").document.to_document()
    made = draft_rule_set("customer", {**document, "approval": {}}, model=None, actor=SYSTEM, at=clock())

    publish_draft("customer", made.number, actor=SYSTEM, at=clock())

    assert not Rollout.objects.exists()


@pytest.mark.django_db
def test_what_makes_other_values_is_rehearsed_or_says_why_not(clock: Clock) -> None:
    made = draft(ERP_FIRST, clock)
    with pytest.raises(StateConflict, match="not rehearsed"):
        publish_draft("customer", made.number, actor=SYSTEM, at=clock())

    publish_draft("customer", made.number, actor=SYSTEM, at=clock(), without_rehearsal="Wrong names go out meanwhile")

    waived = AuditEntry.objects.get(action="rule_set.rehearsal_waived")
    assert (waived.subject_id, waived.reason) == (made.pk, "Wrong names go out meanwhile")


@pytest.mark.django_db
def test_a_rehearsal_is_kept_with_its_counts_and_who_asked(clock: Clock) -> None:
    made = draft(ERP_FIRST, clock)

    rehearse("customer", made.number, actor=STEWARD, clock=clock)

    kept = Rehearsal.objects.get()
    assert version_of("customer", made.number).state == RuleSetState.REHEARSED
    assert (kept.rule_set_id, kept.in_force.number, kept.actor) == (made.pk, 1, STEWARD.name)
    assert kept.counts["values"] == {"golden_records": 1, "by_attribute": {"name": 1}}
    assert AuditEntry.objects.filter(action="rule_set.rehearsed", subject_id=made.pk).count() == 1
    assert "NORDLICHT" not in str(kept.counts)


@pytest.mark.django_db
def test_a_mistake_is_refused_with_its_path_and_leaves_nothing(clock: Clock) -> None:
    document = with_trust({"crm": 900})

    with pytest.raises(InvalidRuleSet, match=r"survivorship\.trust\.crm"):
        draft_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    assert RuleSet.objects.filter(entity_type="customer").count() == 1


@pytest.mark.django_db
def test_a_version_that_is_not_there_is_not_found(clock: Clock) -> None:
    with pytest.raises(NotFound):
        publish_draft("customer", 99, actor=SYSTEM, at=clock())


@pytest.mark.django_db
def test_what_nobody_owns_is_told_with_how_often_values_compete(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    document = published_rules("customer").document.to_document()
    big = {"if": {"attribute": "segment", "one_of": ["big"]}, "owner": None}
    document["ownership"]["website"]["when"] = [big]
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())

    call_command("rules", "unowned", "customer")

    said = capsys.readouterr().out
    first, *rest = said.splitlines()
    assert first.split() == ["name", "values", "compete", "in", "1", "of", "1", "golden", "records"]
    assert next(line for line in rest if line.startswith("kind ")).endswith("0 of 1 golden records")
    assert next(line for line in rest if line.startswith("website ")).endswith("(owned in some golden records)")
    assert "price_class" not in said


@pytest.mark.django_db
def test_the_way_of_a_change_by_commands(clock: Clock, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "customer.yaml"
    call_command("rules", "export", "customer", out=file)
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    document["survivorship"]["attributes"]["name"]["strategy"] = "most_complete"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")

    call_command("rules", "draft", str(file), note="Longest name")
    call_command("rules", "diff", "customer", "1", "2")
    with pytest.raises(CommandError, match="not rehearsed against version 1"):
        call_command("rules", "publish", "customer", "2")
    call_command("rehearse", "customer", "2")
    call_command("rules", "publish", "customer", "2")
    call_command("rules", "list", "customer")

    said = capsys.readouterr().out
    assert 'survivorship.attributes.name.strategy: "most_trusted" → "most_complete"' in said
    assert "customer rules 1 → 2: finished, 1 of 1, 0 pairs scored, 0 golden versions" in said
    assert "superseded" in said
    assert "Longest name" in said
    with pytest.raises(CommandError, match="comes from version 1"):
        call_command("rules", "draft", str(file))
