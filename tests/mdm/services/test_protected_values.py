"""No sequence of payloads brings a protected value past the consent that it needs."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.models import ChangePart, ChangeRequest, GoldenStatus
from mdm.services.consents import approve_change, reject_change
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import APPROVER, Clock, a_customer, golden_of, load, source_record

BY_ONE = {"required": True, "over_percent": None, "group": "approver", "origins": ["hub", "crm"]}


@pytest.fixture
def clock(hub: None) -> Clock:
    """Segments and tax registrations of the CRM wait for consent."""
    clock = Clock()
    document = published_rules("customer").document.to_document()
    document["approval"] = {"segment": BY_ONE, "tax_registrations": BY_ONE}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    return clock


def tell(clock: Clock, **fields: Any) -> None:
    load("crm", a_customer("1", **fields, modified=clock().isoformat()), at=clock())


def segment() -> Any:
    return golden_of("crm:1").document["attributes"].get("segment")


def parts() -> list[tuple[Any, str]]:
    return list(ChangePart.objects.order_by("pk").values_list("value", "state"))


def approve(clock: Clock) -> None:
    request = ChangeRequest.objects.get(state="open")
    groups = {"approver"}
    approve_change(request.pk, payload_hash=bytes(request.payload_hash), actor=APPROVER, at=clock(), groups=groups)


@pytest.mark.django_db
def test_what_is_left_out_stays_until_others_consent_to_none(clock: Clock) -> None:
    tell(clock, segment="A")

    tell(clock)

    assert segment() == "A"
    assert parts() == [(None, "open")]
    approve(clock)
    assert segment() is None


@pytest.mark.django_db
def test_left_out_and_then_told_otherwise_waits_as_one_change(clock: Clock) -> None:
    tell(clock, segment="A")
    tell(clock)

    tell(clock, segment="B")

    assert segment() == "A"
    assert parts() == [("B", "open")]


@pytest.mark.django_db
def test_a_value_told_after_consent_to_none_waits_too(clock: Clock) -> None:
    tell(clock, segment="A")
    tell(clock)
    approve(clock)
    tell(clock, website="https://new.example")

    tell(clock, segment="B")

    assert segment() is None
    assert parts() == [(None, "applied"), ("B", "open")]


@pytest.mark.django_db
def test_leaving_out_a_held_value_asks_for_none_and_the_accepted_one_withdraws_it(clock: Clock) -> None:
    tell(clock, segment="A")
    tell(clock, segment="B")
    tell(clock)
    assert parts() == [(None, "open")]

    tell(clock, segment="A")

    assert segment() == "A"
    assert parts() == [(None, "withdrawn")]


@pytest.mark.django_db
def test_rejected_silence_is_not_asked_about_again(clock: Clock) -> None:
    tell(clock, segment="A")
    tell(clock)
    reject_change(ChangeRequest.objects.get().pk, actor=APPROVER, at=clock(), reason="No", groups={"approver"})

    tell(clock, website="https://new.example")

    assert segment() == "A"
    assert parts() == [(None, "rejected")]


@pytest.mark.django_db
def test_a_collection_left_out_is_held_like_any_value(clock: Clock) -> None:
    tell(clock, vat="DE136695976")
    tell(clock)
    tell(clock, vat="DE129273398")

    (registration,) = golden_of("crm:1").document["attributes"]["tax_registrations"]
    assert registration["number"] == "DE136695976"


@pytest.mark.django_db
def test_deleted_and_restored_is_compared_with_what_was_there(clock: Clock) -> None:
    tell(clock, segment="A")
    tell(clock, segment="A", gone=True)
    assert golden_of("crm:1").status == GoldenStatus.RETIRED

    tell(clock, segment="B")

    assert golden_of("crm:1").status == GoldenStatus.ACTIVE
    assert segment() == "A"
    assert parts() == [("B", "open")]


PAYLOADS = st.lists(
    st.fixed_dictionaries({"segment": st.sampled_from(["A", "B", None]), "gone": st.sampled_from([True, None])}),
    min_size=1,
    max_size=6,
)


@pytest.mark.django_db
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payloads=PAYLOADS, example=st.uuids())
def test_without_consent_the_first_value_is_the_only_one(clock: Clock, payloads: list[Any], example: Any) -> None:
    """Once a value is accepted, no sequence of payloads accepts another, nor none."""
    key = f"k{example.hex}"
    first = None
    for fields in payloads:
        load("crm", a_customer(key, **fields, modified=clock().isoformat()), at=clock())
        first = first if first is not None else source_record(f"crm:{key}").accepted.get("segment")
        assert source_record(f"crm:{key}").accepted.get("segment") == first


@pytest.mark.django_db
def test_what_its_owner_never_told_is_held_for_a_contributor_as_well(clock: Clock) -> None:
    """The ERP owns tax registrations and is silent, so the CRM's count; another is proposed and does not."""
    tell(clock, vat="DE136695976")
    tell(clock, vat="DE129273398")

    (registration,) = golden_of("crm:1").document["attributes"]["tax_registrations"]
    assert registration["number"] == "DE136695976"
    assert [state for _, state in parts()] == ["open"]
