"""Survivorship: ownership, quality, pins, collections, and the same outcome in any order."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import find, given
from hypothesis import strategies as st

from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES
from mdm.entity_types.attributes_product import PRODUCT_ATTRIBUTES
from mdm.rules.defaults import default_rules
from mdm.rules.documents import RuleSetDocument
from mdm.rules.parsing import parse_rule_set
from mdm.survivorship.candidates import Pin, PinState, SourceValues
from mdm.survivorship.survive import Survival, survive

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
RULES = parse_rule_set(CUSTOMER_ATTRIBUTES, default_rules("customer"))


def rules_with(attribute: str, policy: dict[str, Any], **ownership: Any) -> RuleSetDocument:
    document = RULES.to_document()
    document["survivorship"]["attributes"][attribute] = policy
    document["ownership"][attribute] |= ownership
    return parse_rule_set(CUSTOMER_ATTRIBUTES, document)


def a_source(system: str, number: int, *, days_old: int = 0, **values: Any) -> SourceValues:
    return SourceValues(number, system, f"{system}-{number}", NOON - timedelta(days=days_old), values)


def survived(*sources: SourceValues, rules: RuleSetDocument = RULES, pins: tuple[Pin, ...] = ()) -> Survival:
    return survive(CUSTOMER_ATTRIBUTES, sources, rules=rules, pins=pins, effective_at=NOON)


def test_the_owner_wins_over_a_newer_value() -> None:
    result = survived(a_source("erp", 1, days_old=900, price_class="Gold"), a_source("crm", 2, price_class="Bronze"))
    assert result.document["price_class"] == "Gold"
    [loser] = result.lineage["price_class"]["losers"]
    assert (loser["system"], loser["value"]) == ("crm", "Bronze")
    assert result.lineage["price_class"]["winner"]["source_record_id"] == 1


def test_a_contributor_fills_in_while_the_owner_is_silent() -> None:
    result = survived(a_source("erp", 1), a_source("crm", 2, price_class="Bronze"))
    assert result.document["price_class"] == "Bronze"


def test_an_owner_that_says_there_is_none_is_believed() -> None:
    result = survived(a_source("erp", 1, price_class=None), a_source("crm", 2, price_class="Bronze"))
    assert result.document["price_class"] is None
    assert result.lineage["price_class"]["reason"] == "the owner says there is none"


def test_a_shared_attribute_that_one_system_leaves_empty_comes_from_another() -> None:
    assert survived(a_source("crm", 1, name=None), a_source("erp", 2, name="Ana")).document["name"] == "Ana"


def test_a_system_that_may_not_contribute_never_survives() -> None:
    companies = [{"company": "1000", "payment_terms": "NET30"}]
    result = survived(a_source("crm", 1, companies=companies))
    assert "companies" not in result.document
    elsewhere = survived(a_source("webshop", 1, companies=companies))
    assert elsewhere.document["companies"] == companies


def test_a_value_that_fails_a_quality_rule_does_not_beat_one_that_passes() -> None:
    rules = parse_rule_set(PRODUCT_ATTRIBUTES, default_rules("product"))
    sources = [a_source("erp", 1, gtin="4000108355908"), a_source("crm", 2, gtin="4000108355909")]
    result = survive(PRODUCT_ATTRIBUTES, sources, rules=rules, effective_at=NOON)
    assert result.document["gtin"] == "4000108355909"
    assert result.lineage["gtin"]["losers"][0]["reason"] == "fails check_digit"
    alone = survive(PRODUCT_ATTRIBUTES, sources[:1], rules=rules, effective_at=NOON)
    assert alone.document["gtin"] == "4000108355908"
    assert alone.quality.score < 1


def test_a_day_in_the_future_is_looked_at_again_when_it_comes() -> None:
    sources = a_source("erp", 1, date_of_birth="2026-06-20"), a_source("crm", 2, date_of_birth="1987-02-03")
    now = survived(*sources)
    assert now.document["date_of_birth"] == "1987-02-03"
    assert now.recompute_at == datetime(2026, 6, 20, tzinfo=UTC)
    then = survive(CUSTOMER_ATTRIBUTES, sources, rules=RULES, effective_at=now.recompute_at)
    assert (then.document["date_of_birth"], then.recompute_at) == ("2026-06-20", None)


def test_a_pin_decides_until_it_ends() -> None:
    pin = Pin("name", "Ana Lima", "mira", "Asked her", NOON + timedelta(days=3), PinState.ACTIVE)
    result = survived(a_source("crm", 1, name="A. Lima"), pins=(pin,))
    assert result.document["name"] == "Ana Lima"
    assert result.recompute_at == NOON + timedelta(days=3)
    assert result.lineage["name"]["beneath"]["winner"]["system"] == "crm"
    later = survive(CUSTOMER_ATTRIBUTES, [], rules=RULES, pins=[pin], effective_at=NOON + timedelta(days=3))
    assert later.document == {}


def test_a_dissolved_pin_decides_nothing() -> None:
    pin = Pin("name", "Ana Lima", "mira", "Asked her", None, PinState.DISSOLVED)
    assert survived(pins=(pin,)).document == {}


def test_a_union_keeps_each_item_once_with_its_own_lineage() -> None:
    result = survived(a_source("crm", 1, phones=["+49 1", "+49 2"]), a_source("erp", 2, phones=["+49 2", "+49 3"]))
    assert result.document["phones"] == ["+49 1", "+49 2", "+49 3"]
    items = result.lineage["phones"]["items"]
    assert [item["winner"]["system"] for item in items] == ["crm", "crm", "erp"]
    assert items[1]["losers"][0]["reason"] == "says the same"


def test_a_phone_that_two_systems_write_in_their_own_way_survives_once_as_one_of_them_wrote_it() -> None:
    here = {"country": "DE"}
    result = survived(
        a_source("erp", 1, address=here, phones=["030/2345678"]), a_source("crm", 2, phones=["+49 30 2345678"])
    )
    assert result.document["phones"] == ["+49 30 2345678"]
    [item] = result.lineage["phones"]["items"]
    assert (item["winner"]["system"], item["losers"][0]["value"]) == ("crm", "030/2345678")


def test_the_same_item_told_twice_survives_from_the_more_trusted_telling() -> None:
    rules = rules_with("contacts", {"strategy": "union"}, owner=None, contributors=["crm", "erp"])
    ana = {"name": "Ana", "email": "ANA@x.example", "role": "Buyer"}
    result = survived(
        a_source("erp", 1, contacts=[{"name": "Anna", "email": "ana@x.example"}]),
        a_source("crm", 2, contacts=[ana]),
        rules=rules,
    )
    assert result.document["contacts"] == [ana]


def test_trust_that_decays_is_looked_at_again_when_the_winner_changes() -> None:
    rules = rules_with(
        "name",
        {"strategy": "most_trusted", "trust": {"crm": 80, "erp": 40}, "half_life_days": {"crm": 100, "erp": 36500}},
    )
    sources = [a_source("crm", 1, days_old=50, name="A"), a_source("erp", 2, name="B")]
    now = survived(*sources, rules=rules)
    assert now.document["name"] == "A"
    assert now.recompute_at is not None
    assert NOON + timedelta(days=50) < now.recompute_at < NOON + timedelta(days=51)
    before = survive(CUSTOMER_ATTRIBUTES, sources, rules=rules, effective_at=now.recompute_at - timedelta(seconds=2))
    then = survive(CUSTOMER_ATTRIBUTES, sources, rules=rules, effective_at=now.recompute_at)
    assert (before.document["name"], then.document["name"]) == ("A", "B")


def test_what_survived_before_says_how_the_next_survives() -> None:
    by_kind = {"attribute": "kind", "one_of": ["person"]}
    rules = rules_with(
        "name", {"when": [{"if": by_kind, "strategy": "most_recent"}], "otherwise": {"strategy": "most_trusted"}}
    )
    old, new = a_source("crm", 1, days_old=9, name="Ana", kind="person"), a_source("erp", 2, name="Bo", kind="person")
    result = survived(old, new, rules=rules)
    assert result.document["name"] == "Bo"
    assert result.lineage["name"]["reason"] == "observed last, as kind is person"
    pin = Pin("kind", "organization", "mira", "It is a firm", None, PinState.ACTIVE)
    pinned = survived(old, new, rules=rules, pins=(pin,))
    assert pinned.document["name"] == "Ana"
    assert list(pinned.document) == ["kind", "name"]


NAMES = st.sampled_from(["Ana", "ana", "Bo", None])
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["person", "organization"]),
        "name": NAMES,
        "website": NAMES,
        "phones": st.lists(st.sampled_from(["1", "2", "3"]), unique=True, min_size=1),
        "companies": st.just([{"company": "1"}]),
        "address": st.fixed_dictionaries({"city": st.sampled_from(["Köln", "Bonn"])}),
    },
)
SOURCES = st.lists(
    st.builds(
        lambda system, number, days_old, values: a_source(system, number, days_old=days_old, **values),
        st.sampled_from(["crm", "erp", "hub", "shop"]),
        st.integers(1, 9),
        st.integers(0, 2),
        VALUES,
    ),
    unique_by=lambda source: (source.system, source.key),
    max_size=5,
)
STRATEGIES = st.sampled_from(
    ["system_of_record", "source_priority", "most_trusted", "most_recent", "most_frequent", "most_complete"]
)


@given(SOURCES, STRATEGIES, st.randoms())
def test_the_outcome_does_not_depend_on_the_order_of_sources(
    sources: list[SourceValues], strategy: str, random: Random
) -> None:
    rules = rules_with("name", {"strategy": strategy})
    shuffled = random.sample(sources, len(sources))
    assert survived(*sources, rules=rules) == survived(*shuffled, rules=rules)


def test_taking_the_first_source_would_depend_on_their_order() -> None:
    def first_name(sources: list[SourceValues]) -> Any:
        return next((source.values["name"] for source in sources if "name" in source.values), None)

    assert find(SOURCES, lambda sources: first_name(sources) != first_name(sources[::-1]))


@given(SOURCES, STRATEGIES)
def test_a_survivor_is_one_of_its_candidates(sources: list[SourceValues], strategy: str) -> None:
    result = survived(*sources, rules=rules_with("name", {"strategy": strategy}))
    for name in ("kind", "name", "website", "address"):
        if name in result.document:
            assert result.document[name] in [source.values[name] for source in sources if name in source.values]
            winner = result.lineage[name]["winner"]["source_record_id"]
            told = [source for source in sources if source.source_record_id == winner]
            assert result.document[name] in [source.values.get(name) for source in told]
    assert set(result.document) == set(result.lineage)
