"""What two versions say differently, in lines."""

import pytest

from mdm.entity_types import entity_types
from mdm.errors import NotFound
from mdm.models import GoldenRecord
from mdm.selectors.version_differences import version_differences
from mdm.services.decisions import merge_pair
from tests.builders import STEWARD, Clock, a_customer, a_hub, golden_of, load, source_record


@pytest.fixture
def clock(db: None) -> Clock:
    a_hub()
    return Clock()


def lines(record: GoldenRecord, older: int, newer: int) -> list[str]:
    return [each.line for each in version_differences(record, older, newer, readable=list(entity_types))]


def test_of_a_collection_only_what_came_and_went_is_told(clock: Clock) -> None:
    load("crm", a_customer("1", phone="+49401234567", website="https://a.example"), at=clock())
    load("crm", a_customer("1", phone="+49421765432"), at=clock())

    told = lines(golden_of("crm:1"), 1, 2)

    assert told == [
        "Phone numbers: now +49421765432, no longer +49401234567",
        "Website: https://a.example → (none)",
    ]


def test_a_reference_is_told_by_the_name_of_what_it_leads_to(clock: Clock) -> None:
    load("crm", a_customer("1", name="Zementwerk"), a_customer("2"), at=clock())
    load("crm", a_customer("2", parent="1"), at=clock())

    (change,) = version_differences(golden_of("crm:2"), 1, 2, readable=["customer"])

    assert change.name == "legal_parent"
    assert change.before is None
    assert change.line == f"Legal parent: (none) → Zementwerk ({golden_of('crm:1').public_id})"


def test_a_merge_changes_the_status(clock: Clock) -> None:
    load("crm", a_customer("1"), a_customer("2"), at=clock())
    survivor, merged = golden_of("crm:1"), golden_of("crm:2")
    merge_pair(source_record("crm:1").pk, source_record("crm:2").pk, actor=STEWARD, at=clock())

    assert lines(merged, 1, 2) == [f"Status: Active → Merged into {survivor.public_id}"]
    assert lines(merged, 2, 1) == [f"Status: Merged into {survivor.public_id} → Active"]


def test_a_version_that_never_was_is_not_found(clock: Clock) -> None:
    load("crm", a_customer("1"), at=clock())

    with pytest.raises(NotFound):
        version_differences(golden_of("crm:1"), 1, 2, readable=())
