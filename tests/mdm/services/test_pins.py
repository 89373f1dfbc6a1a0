"""A steward's pin: over the sources, at the owner, through merges, until it ends."""

from datetime import timedelta
from typing import Any

import pytest

from mdm.actors import SYSTEM
from mdm.errors import NotOwner, StateConflict
from mdm.models import AttributePin, ChangeRequest, GoldenRecord
from mdm.services.change_requests import propose_change
from mdm.services.decisions import merge_pair, undo
from mdm.services.pin_decisions import confirm_pin, release_pin
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.upkeep import keep_up
from mdm.survivorship.candidates import PinState
from tests.builders import STEWARD, Clock, a_customer, golden_of, load, source_record, the_same_customer


@pytest.fixture
def clock(hub: None) -> Clock:
    """The CRM owns segments; `segment` may be overridden and is shown at once, `website` only when confirmed."""
    clock = Clock()
    load("crm", a_customer("1", name="From CRM", segment="retail", website="https://a.example"), at=clock())
    return clock


def owned(clock: Clock, **override: str) -> None:
    document = published_rules("customer").document.to_document()
    ownership = {
        name: {**document["ownership"][name], "owner": "crm", "contributors": ["erp", "hub"], "override": how}
        for name, how in override.items()
    }
    document["ownership"] = {**document["ownership"], **ownership}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())


def propose(clock: Clock, values: dict[str, Any], **options: Any) -> ChangeRequest:
    return propose_change(golden_of("crm:1"), values, reason="Asked them", actor=STEWARD, at=clock(), **options)


def free(clock: Clock) -> None:
    """Nothing needs consent here."""
    document = published_rules("customer").document.to_document()
    publish_rule_set("customer", {**document, "approval": {}}, model=None, actor=SYSTEM, at=clock())


def golden() -> GoldenRecord:
    return golden_of("crm:1")


def value(name: str) -> Any:
    return golden().document["attributes"].get(name)


def the_pin() -> AttributePin:
    return AttributePin.objects.latest("pk")


def tell(clock: Clock, **fields: Any) -> None:
    said = {"name": "From CRM", "segment": "retail", "website": "https://a.example", **fields}
    load("crm", a_customer("1", **said, modified=clock().isoformat()), at=clock())


def test_a_pin_stands_over_newer_values_and_says_whose_it_is(clock: Clock) -> None:
    free(clock)
    propose(clock, {"name": "Pinned"}, pin=True)
    tell(clock, name="Newer")

    assert value("name") == "Pinned"
    lineage = golden().lineage["name"]
    assert lineage["winner"]["actor"] == STEWARD.name
    assert lineage["beneath_value"] == "Newer"


def test_a_losing_source_that_changes_asks_about_the_pin_once(clock: Clock) -> None:
    free(clock)
    propose(clock, {"name": "Pinned"}, pin=True)
    tell(clock, segment="wholesale")
    assert the_pin().questioned_at is None

    tell(clock, name="Newer", segment="wholesale")
    asked_at = the_pin().questioned_at
    tell(clock, name="Newest", segment="wholesale")

    assert asked_at is not None
    assert the_pin().questioned_at == asked_at


def test_a_pin_that_is_kept_asks_again_only_about_the_next_change(clock: Clock) -> None:
    free(clock)
    propose(clock, {"name": "Pinned"}, pin=True)
    tell(clock, name="Newer")

    confirm_pin(the_pin().pk, actor=STEWARD, at=clock())

    assert value("name") == "Pinned"
    tell(clock, name="Newer", segment="wholesale")
    assert the_pin().questioned_at is None
    tell(clock, name="Newest")
    assert the_pin().questioned_at is not None


def test_a_released_pin_gives_way(clock: Clock) -> None:
    free(clock)
    propose(clock, {"name": "Pinned"}, pin=True)

    release_pin(the_pin().pk, actor=STEWARD, at=clock())

    assert value("name") == "From CRM"
    with pytest.raises(StateConflict):
        release_pin(the_pin().pk, actor=STEWARD, at=clock())


def test_an_expired_pin_gives_way_by_itself(clock: Clock) -> None:
    free(clock)
    end = clock() + timedelta(days=3)
    propose(clock, {"name": "Pinned"}, pin=True, pin_until=end)
    assert golden().recompute_at == end

    assert keep_up(at=end - timedelta(seconds=1)) == 0
    assert keep_up(at=end) == 1

    assert value("name") == "From CRM"
    assert the_pin().state == PinState.EXPIRED
    assert keep_up(at=end) == 0


def test_a_pin_on_a_record_that_its_systems_deleted_expires_too(clock: Clock) -> None:
    free(clock)
    end = clock() + timedelta(days=3)
    propose(clock, {"name": "Pinned"}, pin=True, pin_until=end)
    tell(clock, gone=True)
    assert (golden().status, value("name")) == ("retired", "Pinned")

    keep_up(at=end)

    assert value("name") == "From CRM"


def test_a_second_pin_takes_the_place_of_the_first(clock: Clock) -> None:
    free(clock)
    propose(clock, {"name": "First"}, pin=True)
    propose(clock, {"name": "Second"}, pin=True)

    assert value("name") == "Second"
    assert AttributePin.objects.filter(closed_at=None).count() == 1


def test_a_pin_goes_through_consent_like_any_value(clock: Clock) -> None:
    document = published_rules("customer").document.to_document()
    document["approval"] = {"name": {"required": True, "over_percent": None, "group": "approver"}}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())

    propose(clock, {"name": "Pinned"}, pin=True)

    assert value("name") == "From CRM"
    assert not AttributePin.objects.exists()


def test_a_pin_follows_its_record_through_a_merge_and_back(clock: Clock) -> None:
    free(clock)
    load("erp", a_customer("2", name="Two"), a_customer("3", name="Three"), at=clock())
    propose(clock, {"name": "Pinned"}, pin=True)
    before = golden().public_id

    merged = merge_pair(source_record("crm:1").pk, source_record("erp:2").pk, actor=STEWARD, at=clock())
    assert golden_of("erp:2").document["attributes"]["name"] == "Pinned"
    undo(merged.unit, actor=STEWARD, at=clock())

    assert (golden().public_id, value("name")) == (before, "Pinned")
    assert golden_of("erp:2").document["attributes"]["name"] == "Two"


def test_what_a_system_owns_is_overridden_only_where_the_rules_allow_it(clock: Clock) -> None:
    owned(clock, segment="forbid")

    with pytest.raises(NotOwner):
        propose(clock, {"segment": "wholesale"})


def test_an_override_is_shown_sent_to_the_owner_and_dissolves_when_it_agrees(clock: Clock) -> None:
    owned(clock, segment="show")
    propose(clock, {"segment": "wholesale"})
    assert value("segment") == "wholesale"
    assert golden().document["corrections"] == {"segment": "wholesale"}
    version = golden().version

    tell(clock, segment="wholesale")

    assert the_pin().state == PinState.DISSOLVED
    assert golden().version == version
    tell(clock, segment="export")
    assert value("segment") == "export"
    assert "corrections" not in golden().document


def test_an_owner_that_says_something_else_is_believed_and_a_steward_is_asked(clock: Clock) -> None:
    owned(clock, segment="show")
    propose(clock, {"segment": "wholesale"})

    tell(clock, segment="export")

    assert value("segment") == "export"
    assert "corrections" not in golden().document
    assert the_pin().questioned_at is not None
    confirm_pin(the_pin().pk, actor=STEWARD, at=clock())
    assert value("segment") == "wholesale"
    assert golden().document["corrections"] == {"segment": "wholesale"}


def test_an_override_to_be_confirmed_is_only_sent(clock: Clock) -> None:
    owned(clock, website="confirm")
    propose(clock, {"website": "https://b.example"})

    assert value("website") == "https://a.example"
    assert golden().document["corrections"] == {"website": "https://b.example"}
    tell(clock, website="https://b.example")
    assert value("website") == "https://b.example"
    assert the_pin().state == PinState.DISSOLVED


def test_a_correction_taken_back_is_not_sent_any_more(clock: Clock) -> None:
    owned(clock, website="confirm")
    propose(clock, {"website": "https://b.example"})
    version = golden().version

    release_pin(the_pin().pk, actor=STEWARD, at=clock())

    assert golden().version == version + 1
    assert "corrections" not in golden().document


def test_a_silent_owner_is_asked_about_once(clock: Clock) -> None:
    owned(clock, segment="show")
    propose(clock, {"segment": "wholesale"})
    due = the_pin().answer_due_at
    assert due is not None

    assert keep_up(at=due) == 1
    assert the_pin().questioned_at == due
    assert keep_up(at=due + timedelta(days=1)) == 0
    assert value("segment") == "wholesale"


def test_pins_on_two_merged_records_leave_one_value_and_both_pins(clock: Clock) -> None:
    free(clock)
    load("crm", the_same_customer("2", name="Two"), at=clock())
    propose(clock, {"name": "Pinned"}, pin=True)
    propose_change(golden_of("crm:2"), {"name": "Other"}, reason="", actor=STEWARD, at=clock(), pin=True)

    merged = merge_pair(source_record("crm:1").pk, source_record("crm:2").pk, actor=STEWARD, at=clock())
    assert value("name") in {"Pinned", "Other"}
    undo(merged.unit, actor=STEWARD, at=clock())

    assert value("name") == "Pinned"
    assert golden_of("crm:2").document["attributes"]["name"] == "Other"
