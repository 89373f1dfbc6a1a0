"""What lies in what, and where an address lies."""

import pytest

from mdm.tax.jurisdictions import EU_MEMBERS, enclosing, jurisdiction_code, jurisdiction_of_address


@pytest.mark.parametrize(
    ("jurisdiction", "places"),
    [
        ("US-TX", ("US-TX", "US")),
        ("us-tx-dal", ("US-TX-DAL", "US-TX", "US")),
        ("DE", ("DE", "EU")),
        ("FR-75", ("FR-75", "FR", "EU")),
        ("EL", ("GR", "EU")),
        ("XI", ("GB-NIR", "GB")),
        ("EU", ("EU",)),
        ("CH", ("CH",)),
    ],
)
def test_a_jurisdiction_lies_in_all_that_are_around_it(jurisdiction: str, places: tuple[str, ...]) -> None:
    assert enclosing(jurisdiction) == places


@pytest.mark.parametrize(
    ("country", "region", "jurisdiction"),
    [
        ("US", "TX", "US-TX"),
        ("US", "Texas", "US-TX"),
        ("US", " us-tx ", "US-TX"),
        ("US", "Nowhere", "US"),
        ("US", "ZZ", "US"),
        ("CA", "quebec", "CA-QC"),
        ("DE", "BY", "DE-BY"),
        ("DE", "Bayern", "DE"),
        ("US", "", "US"),
        ("", "TX", ""),
    ],
)
def test_an_address_lies_in_its_region_where_that_is_known(country: str, region: str, jurisdiction: str) -> None:
    assert jurisdiction_of_address(country, region) == jurisdiction


def test_the_union_has_its_twenty_seven_members_and_codes_are_stable() -> None:
    assert len(EU_MEMBERS) == 27
    assert {jurisdiction_code(jurisdiction_code(each)) for each in EU_MEMBERS} == EU_MEMBERS
