"""What search before create says of a payload is what a load of it then stores, to the last bit."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.models import CandidatePair
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.search_before_create import find_matches
from tests.builders import Clock, Payload, crosswalk, load, passing, roll_out, source_record, the_same_customer

Found = dict[str, tuple[float, float, list[float]]]  # public id → weight, probability, bits of each attribute

customers = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Nordlicht Handel GmbH", "Nordlicht Handels AG", "Handel Nordlicht", "Südlicht KG"]),
        "phone": st.sampled_from(["+49401234567", "+49401234568", "040 1234567", None]),
        "email": st.sampled_from(["info@nordlicht.example", "sales@nordlicht.example", "nordlicht@gmail.com", None]),
        "house_number": st.sampled_from(["12", "12a", "14"]),
        "vat": st.sampled_from(["DE136695976", None, None]),
    }
)


def stored_by_loading(payload: Payload, *, clock: Clock) -> tuple[dict[str, Any], Found]:
    """The record's values, and its heaviest stored pair with each golden record, by a load that is then undone."""
    held = crosswalk()
    with transaction.atomic():
        load("erp", payload, at=clock())
        record = source_record(f"erp:{payload['id']}")
        best: dict[str, CandidatePair] = {}
        for pair in CandidatePair.objects.filter(right=record).order_by("-weight_bits", "left"):
            best.setdefault(held[f"{pair.left.source_system.name}:{pair.left.key}"], pair)
        transaction.set_rollback(True)
    return record.accepted, {
        golden_id: (pair.weight_bits, pair.probability, bits(pair.explanation)) for golden_id, pair in best.items()
    }


def found(values: dict[str, Any]) -> Found:
    return {
        match.golden_id: (match.weight_bits, match.probability, bits(match.explanation))
        for match in find_matches("customer", values, limit=50)
    }


def bits(explanation: Any) -> list[float]:  # a JSON document
    return [attribute["weight_bits"] for attribute in explanation["attributes"]]


@pytest.mark.usefixtures("hub")
@settings(max_examples=15, deadline=None)
@given(known=st.lists(customers, min_size=1, max_size=6), asked=customers)
def test_a_search_weighs_as_the_load_that_follows(known: list[Payload], asked: Payload) -> None:
    with passing() as clock:
        load("crm", *(the_same_customer(f"k{n}", **each) for n, each in enumerate(known)), at=clock())

        values, stored = stored_by_loading(the_same_customer("new", **asked), clock=clock)

        assert found(values) == stored


@pytest.mark.usefixtures("hub")
def test_another_phone_is_weighed_otherwise() -> None:
    """The comparison above sees one digit."""
    clock = Clock()
    load("crm", the_same_customer("1"), at=clock())
    values, stored = stored_by_loading(the_same_customer("new"), clock=clock)

    assert found(values) == stored != {}
    assert found({**values, "phones": ["+49401234568"]}) != stored


@pytest.mark.usefixtures("hub")
def test_heaviest_first_and_no_more_than_asked_for() -> None:
    clock = Clock()
    load("crm", the_same_customer("1"), the_same_customer("2", phone=None, vat="DE129273398"), at=clock())
    values = source_record("crm:1").accepted

    both = find_matches("customer", values, limit=50)

    assert [match.weight_bits for match in both] == sorted((match.weight_bits for match in both), reverse=True)
    assert [match.key for match in both] == ["1", "2"]
    assert find_matches("customer", values, limit=1) == both[:1]


@pytest.mark.usefixtures("hub")
def test_rules_published_meanwhile_count_at_once() -> None:
    clock = Clock()
    load("crm", the_same_customer("1", phone=None), at=clock())
    values = source_record("crm:1").accepted
    (before,) = find_matches("customer", values, limit=5)
    document = published_rules("customer").document.to_document()
    document["match"]["profiles"]["cautious"]["link_probability"] = 0.999
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    roll_out(clock)

    (after,) = find_matches("customer", values, limit=5)

    assert after.weight_bits == before.weight_bits
    assert after.explanation["link_bits"] > before.explanation["link_bits"]
