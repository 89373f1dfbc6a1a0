"""Laws of comparators: symmetric, in range, best level for equal cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, JaroWinkler

from matching.cells import Cells, arrow_texts
from matching.comparators import comparators
from matching.comparators.birth_date import LEVELS, birth_date_level
from matching.comparators.contacts import website_level
from matching.comparators.kinds import INCOMPARABLE, PairComparator
from matching.comparators.name_scripts import family_level_any_script, given_level_any_script
from matching.comparators.person_names import FAMILY_LEVELS, GIVEN_LEVELS, given_level
from matching.comparators.products import price_level
from matching.comparators.spellings import Spellings
from matching.comparators.tax_id import tax_id_level
from matching.defaults import ENTITY_TYPES, default_match_rules
from matching.standardize import standardizers
from tests.matching.builders import grades_of

WORDS = ("anna", "ana", "bob", "robert", "smith", "smyth", "main st", "12", "sony", "dscw80", "gb", "4gb", "")
values = st.sampled_from(
    [
        *WORDS,
        "1978-11-12",
        "1978-12-11",
        "info@acme.de",
        "info@acme.com",
        "+49 89 1234567",
        "DE123456789",
        "12 Main Street, Springfield 12345",
        "48.1371",
        "11.5754",
        "KX-FG2451 4 GB black",
        "19.99",
    ]
)
RULES = sorted(
    {
        (rule.comparator, feature.standardizer, len(feature.attributes))
        for entity_type in ENTITY_TYPES
        for rule in default_match_rules(entity_type).attributes
        for feature in default_match_rules(entity_type).features
        if feature.name == rule.feature
    }
    | {("birth_date", "date", 1), ("address", "address", 7)}
)


def rarity(token: str) -> int:
    return 64 * (3 + len(token))


@pytest.mark.parametrize(("comparator_name", "standardizer_name", "width"), RULES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_comparator_is_symmetric_and_in_range(
    comparator_name: str, standardizer_name: str, width: int, data: st.DataObject
) -> None:
    attributes = st.tuples(*[st.lists(values, max_size=1).map(tuple)] * width)
    standardize = standardizers.get(standardizer_name)
    comparator = comparators.get(comparator_name)
    for left in standardize(data.draw(attributes)):
        for right in standardize(data.draw(attributes)):
            forth = grades_of(comparator, [left], [right], rarity)
            back = grades_of(comparator, [right], [left], rarity)
            assert forth.levels[0] == back.levels[0]
            assert -1 <= forth.levels[0] < len(comparator.levels)
            if forth.closeness is not None and back.closeness is not None:
                assert forth.closeness[0] == back.closeness[0]
                assert -1 <= forth.closeness[0] <= 1000


SPELLED = st.text(alphabet="abno 1-", max_size=7) | st.sampled_from(
    ["anna", "annabel", "anna maria", "bob", "robert", "yousef", "ywsf", "maximilian", "maksimilyan", "12", "12a",
     "1234",
     "1235", "main st", "st main", "mainst", "5 th ave", "7 th ave", "1978-11-12", "1978-12-11", "info@acme.de",
     "acevedo462@web.de", "acevedo560@web.de", "221555123", "555123", "221555132", "Müller", "DE136695976", "9-1 main"]
)  # fmt: skip


@pytest.mark.parametrize(("comparator_name", "standardizer_name", "width"), RULES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_many_pairs_are_graded_as_each_pair_alone(
    comparator_name: str, standardizer_name: str, width: int, data: st.DataObject
) -> None:
    standardize, comparator = standardizers.get(standardizer_name), comparators.get(comparator_name)
    stated = st.tuples(*[st.lists(SPELLED | values, max_size=1).map(tuple)] * width)
    rows = data.draw(st.lists(stated, min_size=11, max_size=16))
    cells = list(dict.fromkeys(cell for row in rows for cell in standardize(row)))
    left, right = (each.ravel() for each in np.meshgrid(np.arange(len(cells)), np.arange(len(cells))))
    many = comparator.grade(Cells.of(cells) or cells, left, right, rarity)
    for place in range(len(left)):
        alone = comparator.grade(cells, left[[place]], right[[place]], rarity)
        assert many.levels[place] == alone.levels[0], (cells[left[place]], cells[right[place]])
        if isinstance(comparator, PairComparator):
            assert comparator.level_of(cells[left[place]], cells[right[place]]) == many.levels[place]
        assert many.closeness is None or (alone.closeness is not None and many.closeness[place] == alone.closeness[0])
    if by_part := Cells.of(cells):
        assert comparator.terms(by_part).each().to_pylist() == [comparator.term(cell) for cell in cells]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="abcdé1", max_size=9), min_size=9, max_size=9), st.integers(1, 2))
def test_a_quick_look_at_spellings_never_errs(texts: list[str], most: int) -> None:
    spelled = Spellings(arrow_texts(texts))
    left, right = (each.ravel() for each in np.meshgrid(np.arange(9), np.arange(9)))
    pairs = [(texts[one], texts[other]) for one, other in zip(left.tolist(), right.tolist(), strict=True)]
    assert spelled.within(left, right, most=most).tolist() == [OSA.distance(*pair) <= most for pair in pairs]
    for least in (0.84, 0.92):
        alike = [JaroWinkler.similarity(*pair) >= least for pair in pairs]
        assert spelled.is_like(left, right, least=least).tolist() == alike


def test_every_comparator_is_used_by_a_shipped_rule_or_was_in_an_earlier_version() -> None:
    assert {name for name, _, _ in RULES} | {"birth_date", "given_name", "family_name"} == set(comparators.names())


def test_bob_may_be_robert_but_not_richard() -> None:
    bob, robert, karl = (("bob", "", "smith", ""), ("robert", "", "smith", ""), ("karl", "", "smith", ""))
    assert given_level(bob, robert) == 1
    assert given_level(bob, karl) == 6


@pytest.mark.parametrize(
    ("first", "second", "level"),
    [
        ("ywsf", "yousef", "similar"),
        ("mhmd", "mohamed", "close"),
        ("alyaksandr", "alexander", "close"),
        ("ywsf", "karim", "differs"),
        ("marsha", "morris", "differs"),
        ("lara", "lore", "differs"),
    ],
)
def test_a_given_name_is_known_without_its_vowels(first: str, second: str, level: str) -> None:
    assert GIVEN_LEVELS[given_level_any_script((first, "", "", ""), (second, "", "", ""))] == level


def test_a_former_family_name_before_the_present_one_is_a_part_of_it() -> None:
    before, after, other = ("susan", "", "orwell", ""), ("susan", "orwell", "tate", ""), ("susan", "ann", "tate", "")
    assert FAMILY_LEVELS[family_level_any_script(before, after)] == "part"
    assert FAMILY_LEVELS[family_level_any_script(before, other)] == "differs"


def test_given_names_of_0_1_0_are_compared_letter_by_letter() -> None:
    assert GIVEN_LEVELS[given_level(("mhmd", "", "", ""), ("mohamed", "", "", ""))] == "differs"


def test_two_valid_tax_ids_conflict_and_two_unchecked_ones_only_differ() -> None:
    valid, other = ("DE", "136695976", "valid"), ("DE", "129273398", "valid")
    assert tax_id_level(valid, other) == 3
    assert tax_id_level(valid, ("DE", "129273398", "")) == 2
    assert tax_id_level(valid, ("FR", "129273398", "valid")) == -1


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    def tokens(token: str) -> int:
        return 64 if token == "hotel" else 64 * 12

    grade = grades_of(comparators.get("name_words"), ["hotel adler", "hotel adler"], ["adler", "hotel"], tokens)
    assert grade.closeness is not None
    assert grade.closeness[0] > grade.closeness[1]


def test_title_closeness_does_not_depend_on_the_other_pairs() -> None:
    titles = comparators.get("title_words")
    left, right = ["sony dscw80 black", "canon a560", "x"], ["sony cybershot dscw80", "canon a570", "y"]
    together = grades_of(titles, left, right, rarity).closeness
    alone = [grades_of(titles, [a], [b], rarity).closeness for a, b in zip(left, right, strict=True)]
    assert together is not None
    assert together.tolist() == [int(each[0]) for each in alone if each is not None]
    assert np.all(together <= 1000)


def test_rule_sets_of_0_1_0_still_mean_what_they_meant() -> None:
    older = comparators.get("birth_date")
    others = ("1951-11-12", "1978-13-21", "1978-02-27", "1951-02-27")
    levels = grades_of(older, ["1978-11-12"] * 4, others, lambda _: 0).levels
    assert [older.levels[level] for level in levels] == ["near", "near", "part", "differs"]


@pytest.mark.parametrize(
    ("other", "level"),
    [
        ("1978-11-12", "exact"),
        ("1978-12-11", "swapped"),
        ("1978-11-13", "slip"),
        ("1951-11-12", "one_part"),
        ("1978-13-21", "near"),
        ("1978-02-27", "part"),
        ("1951-02-27", "differs"),
    ],
)
def test_a_birth_date_with_one_part_wrong_is_told_from_a_slip_and_from_another_birthday(other: str, level: str) -> None:
    assert LEVELS[birth_date_level("1978-11-12", other)] == level


@pytest.mark.parametrize(
    ("street", "postcode", "level", "level_0_1"),
    [
        ("Hafenweg 90", "34117", "postcode", "postcode"),
        ("", "34117", "postcode_alone", "postcode"),
        ("Hafenweg 90", "", "city", "city"),
        ("", "", "city_alone", "city"),
    ],
)
def test_a_street_left_out_is_told_from_another_street(street: str, postcode: str, level: str, level_0_1: str) -> None:
    standardize = standardizers.get("address")
    one, other = (
        standardize(((), (line,), (), ("Kassel",), (), (code,), ()))[0]
        for line, code in (("Lindenweg 14", "34117"), (street, postcode))
    )
    for name, expected in (("address_parts", level), ("address", level_0_1)):
        comparator = comparators.get(name)
        grade = grades_of(comparator, [one], [other], rarity)
        assert comparator.levels[int(grade.levels[0])] == expected


def test_the_smallest_prices_are_compared() -> None:
    cheap = standardizers.get("price")((("0.001", "0.0014", "0", "9" * 400),))
    assert cheap == ("0.001", "0.0014")
    assert [price_level(cheap[0], each) for each in cheap] == [0, 3]


def test_one_number_in_two_countries_says_nothing() -> None:
    german, french, unsaid = (("DE", "123456789", "valid"), ("FR", "123456789", ""), ("", "123456789", ""))
    assert [tax_id_level(german, each) for each in (french, unsaid, german)] == [INCOMPARABLE, 0, 0]


def test_two_companies_of_one_country_have_no_host_in_common() -> None:
    assert website_level("acme.co.uk", "zebra.co.uk") == 3
    assert website_level("shop.acme.co.uk", "acme.co.uk") == 2
