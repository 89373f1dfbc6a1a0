"""A pair's weight is the same to the last bit in batch or alone and from either side; behaviors that must hold."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.decision import MatchDecision
from matching.defaults import default_match_rules
from matching.explain import explain_pair
from matching.model import FrequencyTable, MatchModel, default_model
from matching.records import MatchRecord, RecordBatch
from matching.standardize import standardize_batch
from matching.term_counts import term_hash
from matching.training import train
from tests.matching.builders import a_batch, decision_on, score_all

GIVEN = st.sampled_from(["Anna", "Ana", "Bob", "Robert", "Karl", "王杰", ""])
FAMILY = st.sampled_from(["Smith", "Smyth", "Müller", "Mueller", "Jones"])
person = st.fixed_dictionaries(
    {
        "given_name": GIVEN,
        "family_name": FAMILY,
        "date_of_birth": st.sampled_from(["1978-11-12", "12/11/1978", ""]),
        "phone": st.sampled_from(["+1 702 919 1300", "7029191300", ""]),
        "street": st.sampled_from(["12 Main Street", "12 Main St Apt 4", ""]),
        "city": st.sampled_from(["Springfield", "Vegas", ""]),
    }
)


@pytest.fixture(scope="module")
def trained() -> MatchModel:
    names = [("Anna", "Smith"), ("Bob", "Jones"), ("Karl", "Müller"), ("Robert", "Jones"), ("Ana", "Smyth")]
    records = [
        {"given_name": given, "family_name": family, "phone": f"70291913{index % 7:02d}"}
        for index in range(8)
        for given, family in names
    ]
    return train(a_batch(*records), default_match_rules("customer"), key=b"secret")


@settings(max_examples=40, deadline=None)
@given(records=st.lists(person, min_size=2, max_size=6))
def test_the_weight_of_a_pair_is_the_same_in_batch_and_alone_and_from_either_side(
    trained: MatchModel, records: list[dict[str, str]]
) -> None:
    scored = score_all(a_batch(*records), model=trained)
    for index, (left, right) in enumerate(zip(scored.left_rows, scored.right_rows, strict=True)):
        alone = score_all(a_batch(records[left], records[right]), model=trained)
        turned = score_all(a_batch(records[right], records[left]), model=trained)
        assert scored.weight_bits[index] == alone.weight_bits[0] == turned.weight_bits[0]
        assert scored.probability[index] == alone.probability[0] == turned.probability[0]


def test_training_does_not_depend_on_the_order_of_records() -> None:
    records = [
        MatchRecord(
            id=f"c{index}", source="crm", values={"name": f"Firm {index % 9} GmbH", "city": f"Town {index % 4}"}
        )
        for index in range(40)
    ]
    rules = default_match_rules("customer")
    assert (
        train(RecordBatch.from_records(records), rules).sha256
        == train(RecordBatch.from_records(records[::-1]), rules).sha256
    )


def test_a_model_survives_its_document(trained: MatchModel) -> None:
    again = MatchModel.from_document(trained.to_document(), key=b"secret")
    assert again == trained
    assert again.sha256 == trained.sha256


def test_the_document_of_an_older_model_keeps_its_hash(trained: MatchModel) -> None:
    older = {name: value for name, value in trained.to_document().items() if name != "copies_per_record"}
    assert MatchModel.from_document(older).to_document() == older


def test_a_model_shows_no_value_and_its_hashes_need_the_key(trained: MatchModel) -> None:
    text = str(trained.to_document()).lower()
    assert "smith" not in text
    assert "secret" not in text
    records = a_batch({"given_name": "Anna", "family_name": "Smith"}, {"given_name": "Anna", "family_name": "Smith"})
    without_key = MatchModel.from_document(trained.to_document(), key=b"other")
    assert score_all(records, model=trained).weight_bits[0] != score_all(records, model=without_key).weight_bits[0]


JOHN = {
    "given_name": "John",
    "family_name": "Abernathy",
    "street": "12 Elm Street",
    "city": "Salem",
    "postcode": "97301",
}
BRANCH = {"organization_name": "Voltaro Electronics GmbH", "website": "voltaro.de", "email": "info@voltaro.de"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            JOHN | {"date_of_birth": "1950-03-02"}, JOHN | {"date_of_birth": "1981-10-19"}, id="father and son"
        ),
        pytest.param(
            JOHN | {"phone": "503 555 0199"}, JOHN | {"given_name": "Margaret", "phone": "503 555 0199"}, id="household"
        ),
        pytest.param(
            JOHN | {"date_of_birth": "1990-05-05", "phone": "503 555 0199"},
            JOHN | {"given_name": "Peter", "date_of_birth": "1990-05-05", "phone": "503 555 0199"},
            id="twins with one phone",
        ),
        pytest.param(
            BRANCH | {"email": "", "street": "Ring 1", "city": "Köln", "postcode": "50667"},
            BRANCH | {"email": "", "street": "Hafenweg 90", "city": "Hamburg", "postcode": "20457"},
            id="branches",
        ),
        pytest.param(
            BRANCH | {"tax_id": "DE136695976", "city": "Köln"},
            BRANCH | {"tax_id": "DE129273398", "city": "Köln"},
            id="two valid tax ids",
        ),
        pytest.param(
            {"kind": "person", **JOHN}, {"kind": "organization", "name": "John Abernathy"}, id="person and firm"
        ),
    ],
)
def test_customers_that_must_not_link(first: dict[str, str], second: dict[str, str]) -> None:
    assert decision_on(first, second) is not MatchDecision.LINK


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(JOHN, JOHN, id="the same"),
        pytest.param(
            JOHN | {"date_of_birth": "1950-03-02"}, JOHN | {"date_of_birth": "1950-02-03"}, id="day and month swapped"
        ),
        pytest.param(JOHN | {"given_name": "Robert"}, JOHN | {"given_name": "Bob"}, id="nickname"),
        pytest.param(
            JOHN, JOHN | {"given_name": "Abernathy", "family_name": "John"}, id="given and family name swapped"
        ),
        pytest.param(
            {"name": "王杰", "kind": "person", "date_of_birth": "1993-09-14", "street": "12 Constitution Street"},
            {"given_name": "Jie", "family_name": "Wang", "date_of_birth": "1993-09-14", "street": "12 Constitution St"},
            id="native script",
        ),
        pytest.param(
            BRANCH | {"street": "Ring 1", "city": "Köln"},
            BRANCH | {"organization_name": "VOLTARO Electronics", "street": "Ring 1", "city": "Koln"},
            id="legal form and accents",
        ),
    ],
)
def test_customers_that_must_link(first: dict[str, str], second: dict[str, str]) -> None:
    assert decision_on(first, second) is MatchDecision.LINK


CAMERA = {"name": "Sony Cyber-shot DSC-W80 Digital Camera Black", "model_number": "DSCW80", "brand": "Sony"}
CARD = {"name": "SanDisk Ultra SDHC Memory Card 16GB Class 10 Retail", "brand": "SanDisk"}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            CAMERA, CAMERA | {"name": CAMERA["name"].replace("W80", "W90"), "model_number": "DSCW90"}, id="model"
        ),
        pytest.param(CARD, CARD | {"name": CARD["name"].replace("16GB", "32 GB")}, id="capacity"),
        pytest.param(
            {"name": "Brother TZE Label Tape Cartridge 2 pack"},
            {"name": "Brother TZE Label Tape Cartridge 5 pack"},
            id="pack",
        ),
        pytest.param(CAMERA | {"gtin": "4006381333931"}, CAMERA | {"gtin": "5901234123457"}, id="gtin"),
    ],
)
def test_products_that_differ_in_what_counts_must_not_link(first: dict[str, str], second: dict[str, str]) -> None:
    assert decision_on(first, second, entity_type="product") is not MatchDecision.LINK


def test_a_product_links_whose_model_number_is_written_apart() -> None:
    other = {"name": "Sony DSC W80 Cyber-shot camera", "model_number": "DSC-W80", "brand": "SONY"}
    assert decision_on(CAMERA, other, entity_type="product") is MatchDecision.LINK


SITE = {
    "name": "Voltaro Outlet",
    "street": "88 Harbor Blvd",
    "city": "Salem",
    "postcode": "97301",
    "phone": "5035550111",
}


def test_another_suite_forbids_an_automatic_link_and_the_same_one_does_not() -> None:
    first, same, other = SITE | {"unit": "Suite 4"}, SITE | {"unit": "Ste 4"}, SITE | {"unit": "Suite 9"}
    assert decision_on(first, same, entity_type="location") is MatchDecision.LINK
    assert decision_on(first, other, entity_type="location") is MatchDecision.REVIEW


AGREEMENT = {"number": "PA-1001", "customer": "CUS-1", "currency": "EUR", "valid_from": "2025-01-01", "name": "Frame"}


def test_agreements_link_by_number_and_customer() -> None:
    other = AGREEMENT | {"number": "PA 1001", "valid_to": "2026-01-01"}
    assert decision_on(AGREEMENT, other, entity_type="pricing_agreement") is MatchDecision.LINK
    assert (
        decision_on(AGREEMENT, other | {"customer": "CUS-2"}, entity_type="pricing_agreement") is not MatchDecision.LINK
    )


def test_agreements_of_one_customer_over_the_same_products_are_worth_a_look() -> None:
    def agreement(number: str) -> MatchRecord:
        return MatchRecord(
            id=number, source="crm", values=AGREEMENT | {"number": number, "products": ("PRD-1", "PRD-2", "PRD-3")}
        )

    batch = RecordBatch.from_records([agreement("A1"), agreement("B7")])
    rules = default_match_rules("pricing_agreement")
    scored = score_all(batch, entity_type="pricing_agreement")
    assert scored.weight_bits[0] >= default_model(rules).review_bits


def test_an_explanation_adds_up_to_the_weight() -> None:
    rules = default_match_rules("customer")
    model = default_model(rules)
    standardized = standardize_batch(a_batch(JOHN, JOHN | {"given_name": "Jon"}), rules)
    account = explain_pair(standardized, 0, 1, rules, model)
    assert np.isclose(sum(each["weight_bits"] for each in account["attributes"]), account["weight_bits"])
    assert "house_postcode" in account["blocking_rules"]


def test_the_best_of_several_values_counts() -> None:
    several = MatchRecord(id="a", source="crm", values=JOHN | {"phone": ("999 111 2222", "503 555 0199")})
    one = MatchRecord(id="b", source="erp", values=JOHN | {"phone": "5035550199"})
    scored = score_all(RecordBatch.from_records([several, one]))
    phone = [rule.attribute for rule in default_match_rules("customer").attributes].index("phone")
    assert scored.levels[0, phone] == 0


def test_the_copies_of_one_record_do_not_make_its_value_common() -> None:
    def email_bits(model: MatchModel) -> float:
        pair = score_all(
            a_batch(*[{"given_name": "Ann", "family_name": "Abt", "email": "ann@abt.de"}] * 2), model=model
        )
        return float(pair.adjustment_bits.sum())

    known = term_hash("ann@abt.de", table="term:email", key=b"")
    model = replace(
        default_model(default_match_rules("customer")),
        frequencies={"term:email": FrequencyTable(total=1000, counts={known: 4})},
    )
    assert email_bits(replace(model, copies_per_record=2.0)) > email_bits(model)
    # Even then it is no rarer than a value that only the two records have.
    rare = replace(model, frequencies={"term:email": FrequencyTable(total=1000, counts={known: 2})})
    assert email_bits(replace(model, copies_per_record=2.0)) == email_bits(rare)
