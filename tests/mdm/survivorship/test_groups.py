"""Groups: their values come from one record, and no other mixes in."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import find, given
from hypothesis import strategies as st

from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES
from mdm.entity_types.attributes_pricing_agreement import PRICING_AGREEMENT_ATTRIBUTES
from mdm.rules.defaults import default_rules
from mdm.rules.documents import RuleSetDocument
from mdm.rules.parsing import parse_rule_set
from mdm.survivorship.candidates import Pin, PinState, SourceValues
from mdm.survivorship.survive import Survival, survive

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
BLOCK = ("given_name", "middle_name", "family_name")


def block_rules(strategy: str = "most_recent", *, together: bool = True, **ownership: Any) -> RuleSetDocument:
    document = parse_rule_set(CUSTOMER_ATTRIBUTES, default_rules("customer")).to_document()
    for name in BLOCK:
        document["survivorship"]["attributes"][name] = {"strategy": strategy}
        document["ownership"][name] |= ownership
        document["quality"].append({"attribute": name, "check": "pattern", "pattern": "[A-Z].*"})
    if together:
        document["survivorship"]["groups"] = {"name_block": list(BLOCK)}
    return parse_rule_set(CUSTOMER_ATTRIBUTES, document)


def a_source(system: str, number: int, *, days_old: int = 0, **values: Any) -> SourceValues:
    return SourceValues(number, system, f"{system}-{number}", NOON - timedelta(days=days_old), values)


def survived(*sources: SourceValues, rules: RuleSetDocument, pins: tuple[Pin, ...] = ()) -> Survival:
    return survive(CUSTOMER_ATTRIBUTES, sources, rules=rules, pins=pins, effective_at=NOON)


OLD = a_source("crm", 1, days_old=9, given_name="Ana", middle_name="Maria", family_name="Lima")
NEW = a_source("erp", 2, given_name="Anna", family_name="Lima")


def test_one_record_gives_the_whole_group() -> None:
    result = survived(OLD, NEW, rules=block_rules())
    assert result.document == {"given_name": "Anna", "middle_name": None, "family_name": "Lima"}
    given, middle, family = (result.lineage[name] for name in BLOCK)
    assert given["reason"] == "observed last with all of name_block"
    assert {each["winner"]["system"] for each in (given, middle, family)} == {"erp"}
    assert [(each["value"], each["reason"]) for each in middle["losers"]] == [("Maria", "not observed last")]
    assert family["losers"][0]["reason"] == "says the same"


def test_by_itself_each_attribute_would_mix_records() -> None:
    mixed = survived(OLD, NEW, rules=block_rules(together=False)).document
    assert mixed == {"given_name": "Anna", "middle_name": "Maria", "family_name": "Lima"}


def test_an_attribute_that_nobody_tells_stays_untold() -> None:
    assert "middle_name" not in survived(NEW, rules=block_rules()).document


def test_a_record_that_fails_in_any_part_does_not_beat_one_that_fails_in_none() -> None:
    failing = a_source("erp", 2, given_name="anna", family_name="Lima")
    result = survived(OLD, failing, rules=block_rules())
    assert result.document["given_name"] == "Ana"
    assert result.lineage["given_name"]["losers"][0]["reason"] == "fails pattern"


def test_an_owner_says_that_there_is_no_group_by_saying_so_of_all_of_it() -> None:
    owned = block_rules("system_of_record", owner="erp", contributors=["crm"])
    said = a_source("erp", 2, given_name=None, middle_name=None, family_name=None)
    empty = survived(OLD, said, rules=owned)
    assert empty.document == dict.fromkeys(BLOCK)
    assert empty.lineage["middle_name"]["losers"][0]["value"] == "Maria"
    silent = a_source("erp", 2, middle_name=None)
    assert survived(OLD, silent, rules=owned).document == dict(OLD.values)


def test_a_pin_decides_its_attribute_and_leaves_the_rest_of_the_group() -> None:
    pin = Pin("given_name", "Anne", "mira", "Asked her", None, PinState.ACTIVE)
    result = survived(OLD, NEW, rules=block_rules(), pins=(pin,))
    assert (result.document["given_name"], result.document["family_name"]) == ("Anne", "Lima")
    assert result.lineage["given_name"]["beneath"]["winner"]["system"] == "erp"


def test_dates_that_are_a_group_survive_from_the_record_that_is_valid_longest() -> None:
    document = parse_rule_set(PRICING_AGREEMENT_ATTRIBUTES, default_rules("pricing_agreement")).to_document()
    for name in ("valid_from", "valid_to"):
        document["survivorship"]["attributes"][name] = {"strategy": "longest_valid"}
        document["ownership"][name] |= {"owner": None, "contributors": ["crm", "*"]}
    document["survivorship"]["groups"] = {"validity": ["valid_from", "valid_to"]}
    rules = parse_rule_set(PRICING_AGREEMENT_ATTRIBUTES, document)
    short = a_source("crm", 1, valid_from="2026-01-01", valid_to="2026-07-01")
    later = a_source("shop", 2, valid_from="2026-06-15")
    result = survive(PRICING_AGREEMENT_ATTRIBUTES, [later, short], rules=rules, effective_at=NOON)
    assert result.document == short.values
    assert result.recompute_at == datetime(2026, 6, 15, tzinfo=UTC)


NAMES = st.sampled_from(["Ana", "Bo", "bo", None])
SOURCES = st.lists(
    st.builds(
        lambda system, number, days_old, values: a_source(system, number, days_old=days_old, **values),
        st.sampled_from(["crm", "erp", "hub", "shop"]),
        st.integers(1, 9),
        st.integers(0, 2),
        st.fixed_dictionaries({}, optional=dict.fromkeys(BLOCK, NAMES)),
    ),
    unique_by=lambda source: (source.system, source.key),
    max_size=5,
)
STRATEGIES = st.sampled_from(
    ["system_of_record", "source_priority", "most_trusted", "most_recent", "most_frequent", "most_complete"]
)


def comes_from_one_record(document: dict[str, Any], sources: list[SourceValues]) -> bool:
    told = {name: document.get(name) for name in BLOCK}
    return any(told == {name: source.values.get(name) for name in BLOCK} for source in [*sources, a_source("no", 0)])


@given(SOURCES, STRATEGIES, st.sampled_from([None, "erp", "crm"]), st.randoms())
def test_a_group_is_that_of_one_record_in_any_order(
    sources: list[SourceValues], strategy: str, owner: str | None, random: Random
) -> None:
    rules = block_rules(strategy, owner=owner, contributors=["hub", "*"])
    result = survived(*sources, rules=rules)
    assert comes_from_one_record(result.document, sources)
    assert result == survived(*random.sample(sources, len(sources)), rules=rules)
    assert set(result.document) == set(result.lineage)


def test_without_the_group_records_would_be_mixed() -> None:
    rules = block_rules(together=False)
    assert find(SOURCES, lambda sources: not comes_from_one_record(survived(*sources, rules=rules).document, sources))
