import pytest

from mdm.actors import SYSTEM
from mdm.models import GoldenStatus, SourceRecord
from mdm.services.decisions import merge_pair
from mdm.services.settlement import settle_pending
from tests.builders import (
    STEWARD,
    Clock,
    a_customer,
    author_values,
    crosswalk,
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
