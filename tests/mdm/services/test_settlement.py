from collections.abc import Sequence
from itertools import permutations

import pytest

from mdm.actors import SYSTEM
from mdm.models import CandidatePair, GoldenStatus, SourceRecord
from mdm.services.decisions import merge_pair
from mdm.services.settlement import settle_pending
from tests.builders import (
    STEWARD,
    Clock,
    a_customer,
    author_values,
    connect,
    crosswalk,
    customer_mapping,
    golden_of,
    load,
    source_record,
    the_same_customer,
    together,
)

# Alike enough to link, not so alike that one missing pair could not part them.
JUST_ENOUGH = {"vat": None, "phone": None, "email": None}


@pytest.fixture
def clock(hub: None) -> Clock:
    return Clock()


def match_everything_again(clock: Clock) -> None:
    SourceRecord.objects.update(pending_since=clock())
    settle_pending("customer", actor=SYSTEM, at=clock())


def test_a_merge_takes_along_all_that_both_golden_records_hold(clock: Clock) -> None:
    load("crm", the_same_customer("1"), a_customer("2", name="Zementwerk"), at=clock())
    load("erp", the_same_customer("1", **JUST_ENOUGH), at=clock())
    assert together(["crm:1", "erp:1"])

    merge_pair(source_record("crm:1").pk, source_record("crm:2").pk, actor=STEWARD, at=clock())

    assert together(["crm:1", "crm:2", "erp:1"])
    match_everything_again(clock)
    assert together(["crm:1", "crm:2", "erp:1"])


def test_an_edit_does_not_part_what_matching_joined(clock: Clock) -> None:
    load("crm", the_same_customer("1"), at=clock())
    load("erp", the_same_customer("1", **JUST_ENOUGH), at=clock())
    author_values(golden_of("crm:1"), {"name": "Edited"}, at=clock())
    before = crosswalk()

    match_everything_again(clock)

    assert crosswalk() == before


def test_an_edited_record_that_its_systems_delete_retires_with_all_its_values(clock: Clock) -> None:
    load("crm", a_customer("1", segment="Retail"), at=clock())
    author_values(golden_of("crm:1"), {"name": "Edited"}, at=clock())

    load("crm", a_customer("1", segment="Retail", gone=True), at=clock())

    golden = golden_of("crm:1")
    assert golden.status == GoldenStatus.RETIRED
    assert golden.document["attributes"] == {"kind": "organization", "name": "Edited", "segment": "Retail"}


NORD = {"name": "Nordlicht Handel GmbH", "vat": "DE136695976"}
SUED = {"name": NORD["name"], "vat": "DE129274202", "phone": "+49897654321", "email": "handel@abendrot.example"}
SUED_ADDRESS = {"street": "Lindenweg", "house_number": "3", "city": "Munich", "postcode": "80331"}


def of_both_systems(clock: Clock, *, order: Sequence[str]) -> None:
    """Two companies of different tax ids, and a record that bears phones and e-mails of both."""
    contacts = {"phones": {"each": [{"path": "phone"}, {"path": "phone2"}]}}
    contacts["emails"] = {"each": [{"path": "email"}, {"path": "email2"}]}
    connect("web", customer_mapping("web", **contacts), at=clock())
    told = {
        "crm": the_same_customer("nord", **NORD),
        "erp": the_same_customer("sued", **SUED, **SUED_ADDRESS),
        "web": the_same_customer(
            "both",
            vat=None,
            phone2=SUED["phone"],
            email2=SUED["email"],
        ),
    }
    for system in order:
        load(system, told[system], at=clock())


@pytest.mark.django_db
@pytest.mark.parametrize("order", list(permutations(("crm", "erp", "web"))))
def test_two_tax_ids_stay_apart_although_a_third_record_resembles_both(clock: Clock, order: tuple[str, ...]) -> None:
    of_both_systems(clock, order=order)

    nord, sued = source_record("crm:nord").pk, source_record("erp:sued").pk
    assert not CandidatePair.objects.filter(left=min(nord, sued), right=max(nord, sued)).exists()
    assert CandidatePair.objects.filter(vetoed=False).count() == 2
    assert not together(["crm:nord", "erp:sued"])
    assert together(["crm:nord", "web:both"]) != together(["erp:sued", "web:both"])
