"""What holds whatever the rules ask for: no order matters, and no failing value beats one that passes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from hypothesis import find, given
from hypothesis import strategies as st

from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES
from mdm.entity_types.base import Document
from mdm.rules.checks import Beside
from mdm.rules.defaults import default_rules
from mdm.rules.documents import RuleSetDocument
from mdm.rules.ownership import may_contribute, ownership_of
from mdm.rules.parsing import parse_rule_set
from mdm.rules.quality import failed_checks
from mdm.survivorship.candidates import SourceValues
from mdm.survivorship.survive import Survival, survive

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
BLOCK = ("given_name", "family_name")


def the_rules() -> RuleSetDocument:
    """Every way to survive at once: fading, conditions on conditions, a group, items with dates, shifting owners."""
    document = parse_rule_set(CUSTOMER_ATTRIBUTES, default_rules("customer")).to_document()
    survivorship, ownership = document["survivorship"], document["ownership"]
    survivorship["decay"] = {
        "hub": {"shape": "linear", "days": 5, "to": 10},
        "shop": {"shape": "step", "days": 2, "to": 50},
    }
    survivorship["half_life_days"] = {"crm": 2, "erp": 40}
    person = {"attribute": "kind", "one_of": ["person"]}
    by_kind = {"when": [{"if": person, "strategy": "most_complete"}], "otherwise": {"strategy": "most_trusted"}}
    survivorship["attributes"] |= {"name": by_kind, **dict.fromkeys(BLOCK, by_kind)}
    survivorship["attributes"]["exemption_certificates"]["item_strategy"] = "longest_valid"
    survivorship["groups"] = {"name_block": list(BLOCK)}
    ana = {"attribute": "name", "one_of": ["Ana"]}
    ownership["website"] |= {"when": [{"if": ana, "owner": "erp", "contributors": ["shop"]}]}
    ownership["segment"] |= {"when": [{"if": {"attribute": "website", "one_of": ["X"]}, "owner": None}]}
    ownership["exemption_certificates"] |= {"owner": None, "contributors": ["crm", "erp", "*"]}
    for name in ("name", "website", "segment", *BLOCK):
        document["quality"].append({"attribute": name, "check": "pattern", "pattern": "[A-Z].*"})
    document["quality"] += [
        {"attribute": "website", "check": "fresh", "days": 4, "severity": "warning"},
        {"attribute": "phones", "check": "fresh", "days": 3, "severity": "warning"},
        {"attribute": "name", "check": "one_of", "one_of": ["Ana"], "when": person},
    ]
    return parse_rule_set(CUSTOMER_ATTRIBUTES, document)


RULES = the_rules()
UNGUARDED = replace(RULES, quality=())

TEXTS = st.sampled_from(["Ana", "ana", "X", "y", None])
DAYS = st.sampled_from(["2026-05-01", "2026-06-15", "2026-07-01"])
CERTIFICATES = st.fixed_dictionaries(
    {"number": st.sampled_from(["1", "2"]), "jurisdiction": st.just("DE")},
    optional={"valid_to": DAYS, "status": st.sampled_from(["a", "b"])},
)
SOURCES = st.lists(
    st.builds(
        lambda system, number, age, values: SourceValues(number, system, f"{number}", NOON - age, values),
        st.sampled_from(["crm", "erp", "hub", "shop"]),
        st.integers(1, 9),
        st.timedeltas(timedelta(), timedelta(days=9)),
        st.fixed_dictionaries(
            {},
            optional={
                "kind": st.sampled_from(["person", "organization"]),
                **dict.fromkeys(("name", "website", "segment", *BLOCK), TEXTS),
                "phones": st.lists(st.sampled_from(["+49 30 2345678", "+49302345678", "1"]), min_size=1, max_size=2),
                "exemption_certificates": st.lists(CERTIFICATES, min_size=1, max_size=1),
            },
        ),
    ),
    unique_by=lambda source: (source.system, source.key),
    max_size=5,
)


def survived(sources: list[SourceValues], *, rules: RuleSetDocument = RULES, at: datetime = NOON) -> Survival:
    return survive(CUSTOMER_ATTRIBUTES, sources, rules=rules, effective_at=at)


def fails(source: SourceValues, names: tuple[str, ...], golden: Document) -> bool:
    told = {name: source.values[name] for name in names if source.values.get(name) is not None}
    beside = Beside(NOON.date(), golden, NOON, source.observed_at)
    return any(
        failed_checks(value, RULES.judging.get(name, ()), on=NOON.date(), beside=beside) for name, value in told.items()
    )


def beaten_by_a_failing_one(sources: list[SourceValues], result: Survival) -> list[Any]:
    """What survived from a record that fails, though one that may tell it passes."""
    ownership = ownership_of(RULES.ownership, result.document)
    found = []
    for names in (("name",), ("website",), ("segment",), BLOCK):
        tellers = [
            source
            for source in sources
            if any(source.values.get(name) is not None for name in names)
            and may_contribute(ownership, names[0], system=source.system)
        ]
        winners = {result.lineage[name]["winner"]["source_record_id"] for name in names if result.document.get(name)}
        failing = [each for each in tellers if each.source_record_id in winners and fails(each, names, result.document)]
        if failing and any(not fails(each, names, result.document) for each in tellers):
            found.append(names)
    return found


@given(SOURCES, st.randoms())
def test_no_order_matters(sources: list[SourceValues], random: Random) -> None:
    assert survived(sources) == survived(random.sample(sources, len(sources)))


@given(SOURCES.filter(lambda sources: len({each.source_record_id for each in sources}) == len(sources)))
def test_a_failing_value_never_beats_one_that_passes(sources: list[SourceValues]) -> None:
    assert beaten_by_a_failing_one(sources, survived(sources)) == []


def test_with_the_guard_switched_off_one_would() -> None:
    distinct = SOURCES.filter(lambda sources: len({each.source_record_id for each in sources}) == len(sources))
    assert find(distinct, lambda sources: beaten_by_a_failing_one(sources, survived(sources, rules=UNGUARDED)) != [])


@given(SOURCES, st.integers(1, 12 * 86_400))
def test_nothing_changes_before_the_time_that_is_told(sources: list[SourceValues], seconds: int) -> None:
    now = survived(sources)
    if now.recompute_at is not None:
        seconds = min(seconds, (now.recompute_at - NOON) // timedelta(seconds=1) - 1)
    later = survived(sources, at=NOON + timedelta(seconds=seconds))
    assert (later.document, later.quality) == (now.document, now.quality)


def test_time_alone_does_change_some() -> None:
    later = partial(survived, at=NOON + timedelta(days=30))
    assert find(SOURCES, lambda sources: later(sources).document != survived(sources).document)
    assert find(SOURCES, lambda sources: later(sources).quality.score < survived(sources).quality.score)
