"""What stewards read where a source system is taken to be free of duplicates."""

import pytest

from mdm.actors import SYSTEM
from mdm.entity_types import entity_types
from mdm.services.rule_set_versions import publish_rule_set
from stewardship.models import Task, TaskKind
from stewardship.selectors.rivals import lost_pairs
from stewardship.services.roles import Role, ensure_roles
from tests.builders import Clock, a_hub, golden_of, load, source_record, the_same_customer
from tests.stewardship.builders import signed_in

# Each enough to link with what the CRM says, neither with the other.
BETTER = {"email": None}
WORSE = {"vat": None, "phone": None, "street": None, "house_number": None, "postcode": None, "city": None}


@pytest.fixture
def clock(db: None) -> Clock:
    clock = Clock()
    ensure_roles()
    a_hub(at=clock())
    document = dict(entity_types.get("customer").default_rules())
    document["match"] = {**document["match"], "unique_sources": ["erp"]}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    load("crm", the_same_customer("1"), at=clock())
    return clock


def test_a_golden_record_tells_who_lost_and_to_which_better_rival(clock: Clock) -> None:
    load("erp", the_same_customer("1", **BETTER), the_same_customer("2", **WORSE), at=clock())

    (told,) = lost_pairs("customer", [source_record("crm:1").pk, source_record("erp:1").pk])

    assert (told.own, told.other, told.system, told.rival) == ("CRM 1", "ERP 2", "ERP", "ERP 1")
    assert told.rival_bits is not None
    assert told.rival_bits > told.weight_bits
    page = signed_in(Role.STEWARD).get(f"/golden/{golden_of('crm:1').public_id}/").content.decode()
    assert "A better rival: ERP is free of duplicates, and ERP 1 stands here" in page
    assert golden_of("erp:2").public_id in page


def test_a_golden_record_that_nothing_lost_to_says_nothing(clock: Clock) -> None:
    load("erp", the_same_customer("1", **BETTER), at=clock())
    assert (
        "free of duplicates"
        not in signed_in(Role.STEWARD).get(f"/golden/{golden_of('crm:1').public_id}/").content.decode()
    )


def test_a_review_of_an_evident_repeat_says_why_it_is_asked(clock: Clock) -> None:
    load("erp", the_same_customer("1"), the_same_customer("2"), at=clock())
    task = Task.objects.get(kind=TaskKind.MATCH_REVIEW)

    page = signed_in(Role.STEWARD).get(f"/reviews/{task.pk}/").content.decode()

    assert "ERP is taken to be free of duplicates, so software links no two of its records" in page
