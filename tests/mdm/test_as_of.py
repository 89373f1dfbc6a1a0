"""What was known at a time: by version, also where two have one date."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from mdm.actors import SYSTEM
from mdm.errors import NotFound
from mdm.selectors.as_of import crosswalk_as_of, rule_set_as_of
from mdm.selectors.served import served_as_of
from mdm.services.decisions import merge_pair
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import NOON, STEWARD, a_customer, a_hub, golden_of, load, source_record

LATER = NOON + timedelta(hours=1)
BEFORE = NOON - timedelta(seconds=1)


@pytest.fixture
def hub(db: None) -> None:
    a_hub()


def test_of_two_versions_of_one_date_the_higher_was_in_force(hub: None) -> None:
    load("crm", a_customer("1", name="First"), at=NOON)
    load("crm", a_customer("1", name="Second"), at=NOON)
    load("crm", a_customer("1", name="Third"), at=LATER)

    golden = golden_of("crm:1")
    assert json.loads(served_as_of(golden.pk, NOON).document)["attributes"]["name"] == "Second"
    assert served_as_of(golden.pk, LATER).version == 3


def test_before_its_birth_nothing_is_known(hub: None) -> None:
    load("crm", a_customer("1"), at=NOON)

    with pytest.raises(NotFound):
        served_as_of(golden_of("crm:1").pk, BEFORE)
    with pytest.raises(NotFound):
        crosswalk_as_of("crm", "customer", "1", BEFORE)
    with pytest.raises(NotFound):
        rule_set_as_of("customer", BEFORE)


def test_a_record_that_moved_stood_elsewhere_before(hub: None) -> None:
    load("crm", a_customer("1"), a_customer("2"), at=NOON)
    first, second = golden_of("crm:1"), golden_of("crm:2")
    merge_pair(source_record("crm:1").pk, source_record("crm:2").pk, actor=STEWARD, at=LATER)

    assert crosswalk_as_of("crm", "customer", "2", NOON).golden_record == second
    assert crosswalk_as_of("crm", "customer", "2", LATER).golden_record == first


def test_the_rules_of_a_time_are_the_version_published_last(hub: None) -> None:
    document = published_rules("customer").document.to_document()
    publish_rule_set("customer", {**document, "approval": {}}, model=None, actor=SYSTEM, at=LATER)

    assert rule_set_as_of("customer", NOON).number == 1
    assert rule_set_as_of("customer", LATER).number == 2


def test_the_rules_of_a_time_can_be_exported(hub: None, capsys: pytest.CaptureFixture[str]) -> None:
    document = published_rules("customer").document.to_document()
    publish_rule_set("customer", {**document, "approval": {}}, model=None, actor=SYSTEM, at=LATER)

    call_command("rules", "export", "customer", "--as-of", "2026-03-02T12:30:00Z")
    assert "version: 1" in capsys.readouterr().out
    with pytest.raises(CommandError, match="not a time"):
        call_command("rules", "export", "customer", "--as-of", "yesterday")
