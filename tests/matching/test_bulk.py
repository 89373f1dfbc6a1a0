"""Whole columns are standardized as their records are one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.bytewise import before_first, behind_first
from matching.cells import Values, arrow_texts
from matching.records import ValueColumn
from matching.rule_tree import FeatureRule
from matching.standardize.batch import FeatureColumn, standardize_feature
from matching.standardize.identifier import is_valid_tax_id
from matching.standardize.kinds import bulk_standardizers, standardizers
from matching.standardize.tax_digits import digit_verdicts
from matching.standardize.text import standardize_text, standardize_texts

ATTRIBUTES = {
    "party_kind": ["kind", "organization_name", "given_name", "family_name", "date_of_birth", "name"],
    "person_name": ["given_name", "middle_name", "family_name", "name"],
    "organization_name": ["organization_name", "name"],
    "address": ["house_number", "street", "unit", "city", "region", "postcode", "country"],
    "tax_id": ["tax_id", "country"],
}
PIECES = {
    "kind": ["person", "Organisation", "company", "?", "PRIVATE"],
    "organization_name": ["The", "Acme", "Foods", "GmbH", "& Co. KG", "S.L.", "s.r.l.", "Inc", "and", "Ünal"],
    "given_name": ["Dr", "Mr", "Anna", "Karl", "Jr", "J", "É", "O'Neill", "José", "N/A", "王"],
    "family_name": ["de", "van", "Berg", "Müller-Lüdenscheidt", "III", "S", "Mrs", "Straße", "none", "İpek"],
    "street": ["12", "12a", "4-6", "Main", "Street", "St", "St.", "Hauptstraße", "Goetheplatz", ",", ", Unit 7",
               "Suite", "#3", "Apt", "5th", "1st", "no", "ſuite", "\u00a0", "Élysée", "No", "Flat", ", flat 07", "rd"],
    "house_number": ["007", "12 a", "1-3"],
    "unit": ["Suite 5", "B", "no 4", "unit"],
    "city": ["Köln", "St. Louis", "unknown", "Łódź", "北京"],
    "postcode": ["12345-6789", "sw1a 1aa", "0 1"],
    "country": ["de", "GB", "us", "Germany", "EL"],
    "tax_id": ["DE136695976", "136695976", "GB 980780684", "ATU1", "NL4495445B01", "0", "-", "x1"],
    "phone": ["+49 221 5551234", "0221-555 12 34", "555 1234 ext. 7", "x12", "000000", "11111111", "٣٤٥٦٧٨٩", "(0) 44"],
    "email": ["A.B+c@Example.com", "<a@b.c>", "no mail", "a@b@c.de.", '"q"@x.y', "Ä@ö.de", "o'neill@mail.ie", "@x.de"],
    "date_of_birth": ["1980-02-31", "03/04/1999", "4 May 75", "19991231", "1999-99-99", "-"],
    "website": ["https://www.Example.com/a?b", "example", "ftp://x@y.z:80/", "ä.de"],
}  # fmt: skip
ODD = st.text(alphabet="aZ1 .,-'`&/#ßéøÆŁſ½\u0301\u00a0中\t", max_size=6)


def rule(standardizer: str) -> FeatureRule:
    """A feature made by this standardizer of the attributes that suit it."""
    attributes = ATTRIBUTES.get(standardizer)
    if attributes is None:
        attributes = {"phone": ["phone"], "email": ["email"], "website": ["website"]}.get(standardizer)
    if attributes is None:
        attributes = ["date_of_birth", "street"] if "date" in standardizer else ["family_name", "city"]
    return FeatureRule(name="made", standardizer=standardizer, attributes=tuple(attributes))


def stated(attribute: str) -> st.SearchStrategy[tuple[str, ...]]:
    """What a record may state of an attribute: mostly one text, which is no blank one."""
    pieces = st.lists(st.sampled_from(PIECES.get(attribute, ["Anna Berg", "Berg, Anna", "Acme GmbH"])), max_size=3)
    texts = (pieces.map(" ".join) | pieces.map("".join) | ODD).filter(lambda text: bool(text.strip()))
    return st.just(()) | texts.map(lambda text: (text,)) | st.lists(texts, max_size=2, unique=True).map(tuple)


def cells_of(column: FeatureColumn) -> list[object]:
    """The value of each row, whatever the codes."""
    return [column.values[code] if code >= 0 else None for code in column.codes.tolist()]


@pytest.mark.parametrize("standardizer", bulk_standardizers.names())
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_many_records_are_standardized_as_each_alone(standardizer: str, data: st.DataObject) -> None:
    feature = rule(standardizer)
    rows = data.draw(st.lists(st.tuples(*(stated(name) for name in feature.attributes)), min_size=1, max_size=12))
    columns = [ValueColumn.of(column) for column in zip(*rows, strict=True)]
    alone = [standardizers.get(standardizer)(row) or None for row in rows]
    assert cells_of(standardize_feature(columns, feature, records=len(rows), bulk_from=0)) == alone
    assert cells_of(standardize_feature(columns, feature, records=len(rows), bulk_from=99)) == alone


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=8) | ODD | st.sampled_from(["N.A", "n/a", "none'", "--", " TBD "]), max_size=5))
def test_texts_are_words_as_each_text_is(texts: list[str]) -> None:
    assert standardize_texts(arrow_texts(texts)).to_pylist() == [standardize_text(each) for each in texts]


@given(st.lists(st.text(alphabet="ab@é", max_size=6), max_size=6))
def test_texts_are_cut_at_the_first_sign(texts: list[str]) -> None:
    some = arrow_texts(["skipped", *texts])[1:]
    assert before_first(some, "@").to_pylist() == [each.partition("@")[0] for each in texts]
    assert behind_first(some, "@").to_pylist() == [each.partition("@")[2] for each in texts]


@given(st.lists(st.lists(st.text(max_size=2), max_size=3).map(tuple), max_size=8), st.randoms())
def test_values_by_part_read_like_tuples(values: list[tuple[str, ...]], random: object) -> None:
    by_part = Values.of(values)
    assert by_part is not None
    assert list(by_part) == values
    assert [by_part[place] for place in range(len(values))] == values
    chosen = np.arange(len(values))[::-2]
    assert list(by_part.at(chosen)) == values[::-1][::2]
    assert list(by_part.followed_by(values)) == values + values
    assert list(by_part.followed_by([("a", ("b", "c"))])) == [*values, ("a", ("b", "c"))]


def test_what_has_no_parts_in_common_stays_as_it_is() -> None:
    assert Values.of([(("a", "b"),), (("a",),)]) is None
    assert Values.of([("\ud800",)]) is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(alphabet="0123456789", min_size=1, max_size=13), max_size=6), st.integers(10**8, 10**9 - 101))
def test_check_digits_are_those_of_the_library(odd: list[str], start: int) -> None:
    # Of a hundred numbers in a row some are valid, where nine digits can be.
    numbers = [*odd, *(str(start + step) for step in range(100))]
    for country in ("DE", "GB", "FR", "IT", "ES"):
        valid, told = digit_verdicts(arrow_texts([country] * len(numbers)), arrow_texts(numbers))
        assert valid[told].sum() > 0 or country not in {"DE", "GB"}
        for place in np.flatnonzero(told).tolist():
            assert valid[place] == is_valid_tax_id(country, numbers[place], numbers[place])
            assert valid[place] == is_valid_tax_id(country, country + numbers[place], numbers[place])
