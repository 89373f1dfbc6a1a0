import pytest

from mdm.models import SourceRecord
from tests.builders import Clock, a_customer, author_values, crosswalk, golden_of, load, the_same_customer

# crm:2 and crm:3 are two companies; crm:1 may be told of as either.
NORTH = {"name": "Nordlicht Handel GmbH", "website": "https://nordlicht.example"}
EAST = {
    "name": "Zementwerk Ost",
    "phone": "+49731555666",
    "email": None,
    "vat": "DE811569869",
    "street": "Am Kai",
    "city": "Ulm",
    "postcode": "89073",
}


@pytest.fixture
def clock(hub: None) -> Clock:
    return Clock()


def edit(name: str, value: str, clock: Clock) -> None:
    author_values(golden_of(name), {"name": value}, at=clock())


def name_of(source_name: str) -> str:
    return str(golden_of(source_name).document["attributes"]["name"])


def test_edits_of_one_golden_record_are_one_source_record(clock: Clock) -> None:
    load("crm", a_customer("1"), at=clock())

    edit("crm:1", "First", clock)
    edit("crm:1", "Second", clock)

    assert name_of("crm:1") == "Second"
    assert SourceRecord.objects.filter(source_system__name="hub").count() == 1


def test_a_golden_record_whose_edit_has_moved_away_can_be_edited(clock: Clock) -> None:
    load("crm", the_same_customer("1", **NORTH), at=clock())
    load("crm", the_same_customer("2", **NORTH), at=clock())
    load("crm", *(the_same_customer(key, **EAST) for key in "345"), at=clock())
    edit("crm:2", "Edited first", clock)
    load("crm", the_same_customer("1", **EAST), at=clock())
    held = crosswalk()
    assert held["crm:1"] == held["crm:3"] == held[f"hub:{held['crm:2']}"] != held["crm:2"]

    for again in ("Edited", "Edited again"):
        edit("crm:2", again, clock)
        edit("crm:3", f"{again} too", clock)

        assert name_of("crm:2") == again
        assert name_of("crm:3") == f"{again} too"
