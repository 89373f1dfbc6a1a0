"""Lines of an agreement survive each by itself: whose lines there are, who tells their parts, and that none meet."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.entity_types.agreement_lines import lines_with_rivals
from mdm.entity_types.attributes_pricing_agreement import PRICING_AGREEMENT_ATTRIBUTES as ATTRIBUTES
from mdm.rules.defaults import default_rules
from mdm.rules.documents import RuleSetDocument
from mdm.rules.errors import InvalidRuleSet
from mdm.rules.parsing import parse_rule_set
from mdm.survivorship import items as surviving
from mdm.survivorship.candidates import SourceValues
from mdm.survivorship.survive import Survival, survive

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SHIPPED = parse_rule_set(ATTRIBUTES, default_rules("pricing_agreement"))


def rules_with(**policy: Any) -> RuleSetDocument:
    document = SHIPPED.to_document()
    document["survivorship"]["attributes"]["lines"] |= policy
    return parse_rule_set(ATTRIBUTES, document)


EVERYBODYS = rules_with(items="all")


def a_line(brand: str, value: str, **fields: Any) -> dict[str, Any]:
    return {"brand": brand, "method": "net", "value": value, **fields}


def told(system: str, *lines: dict[str, Any]) -> SourceValues:
    values = {"number": "K1", "currency": "EUR", "lines": list(lines)}
    return SourceValues({"erp": 1, "crm": 2, "shop": 3}[system], system, f"{system}-1", NOON, values)


def survived(*sources: SourceValues, rules: RuleSetDocument = SHIPPED) -> Survival:
    return survive(ATTRIBUTES, sources, rules=rules, effective_at=NOON)


def test_the_owner_says_which_lines_there_are_and_what_they_cost_the_crm_what_was_negotiated() -> None:
    result = survived(
        told("erp", a_line("X", "10", note="from the ERP", breaks=[{"quantity_from": "10", "value": "9"}])),
        told(
            "crm",
            a_line("X", "11", note="agreed on the phone", negotiation="final", breaks=[]),
            a_line("Y", "5", note="promised"),
        ),
    )

    (line,) = result.document["lines"]
    assert line == a_line(
        "X",
        "10",
        breaks=[{"quantity_from": "10", "value": "9"}],
        note="agreed on the phone",
        negotiation="final",
    )
    lineage = result.lineage["lines"]
    (item,) = lineage["items"]
    assert (item["winner"]["system"], [each["system"] for each in item["losers"]]) == ("erp", ["crm"])
    assert {name: part["winner"]["system"] for name, part in item["parts"].items()} == {
        "negotiation": "crm",
        "note": "crm",
    }
    assert [loser["value"] for loser in item["parts"]["note"]["losers"]] == ["from the ERP"]
    (left_out,) = lineage["losers"]
    assert (left_out["system"], left_out["value"][0]["brand"]) == ("crm", "Y")
    assert left_out["reason"] == surviving.ONLY_OTHERS


def test_everybodys_lines_survive_where_the_rules_say_so_except_on_days_of_a_line_before_them() -> None:
    result = survived(
        told("erp", a_line("X", "10", valid_from="2026-01-01", valid_to="2026-07-01")),
        told(
            "crm",
            a_line("X", "11", valid_from="2026-06-01", valid_to="2026-08-01"),
            a_line("X", "12", valid_from="2026-08-01"),
            a_line("Y", "5"),
        ),
        rules=EVERYBODYS,
    )

    assert [(line["brand"], line["value"]) for line in result.document["lines"]] == [
        ("X", "10"),
        ("X", "12"),
        ("Y", "5"),
    ]
    (left_out,) = result.lineage["lines"]["losers"]
    assert left_out["value"][0]["value"] == "11"
    assert left_out["reason"].startswith("holds on days of erp's item")


def test_without_the_owner_the_others_lines_are_the_lines() -> None:
    result = survived(told("crm", a_line("X", "11"), a_line("Y", "5")))
    assert [line["value"] for line in result.document["lines"]] == ["11", "5"]


def test_breaks_survive_with_their_line_or_each_by_itself() -> None:
    ours, theirs, other = ({"quantity_from": q, "value": v} for q, v in (("10", "9"), ("100", "8"), ("10", "9.5")))
    sources = told("erp", a_line("X", "10", breaks=[ours])), told("crm", a_line("X", "11", breaks=[other, theirs]))

    (together,) = survived(*sources).document["lines"]
    each = survived(*sources, rules=rules_with(united=["breaks"]))
    (line,) = each.document["lines"]

    assert together["breaks"] == [ours]
    assert line["breaks"] == [ours, theirs]
    lineages = each.lineage["lines"]["items"][0]["parts"]["breaks"]["items"]
    assert [each["winner"]["system"] for each in lineages] == ["erp", "crm"]
    assert [loser["value"] for loser in lineages[0]["losers"]] == [other]


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ({"items": "some"}, "items"),
        ({"united": ["note"], "items": "owner"}, "united"),
        ({"strategy": "most_recent", "item_strategy": None, "items": "owner"}, "items"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_path(policy: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidRuleSet) as refused:
        rules_with(**policy)
    assert any(path in mistake.path for mistake in refused.value.mistakes)


@st.composite
def telling(draw: st.DrawFn, system: str) -> SourceValues:
    """Lines that do not meet each other, as a system that minds its own tells them."""
    lines = []
    for brand in draw(st.sets(st.sampled_from("XYZ"))):
        borders = sorted(draw(st.sets(st.integers(0, 9), max_size=6)))
        for start, end in zip(borders[::2], borders[1::2], strict=False):
            days = {"valid_from": day(start), "valid_to": day(end)}
            lines.append(a_line(brand, str(draw(st.integers(1, 9))), **days))
    return told(system, *lines)


def day(number: int) -> str:
    return (date(2026, 1, 1) + timedelta(days=number)).isoformat()


sources = st.tuples(*(telling(system) for system in ("erp", "crm", "shop")))


@given(sources, st.randoms())
def test_no_two_lines_meet_whoever_tells_them_in_any_order(tellings: tuple[SourceValues, ...], random: Random) -> None:
    result = survived(*tellings, rules=EVERYBODYS)
    assert not [rival for _, _, rival in lines_with_rivals(result.document) if rival]
    shuffled = survived(*random.sample(tellings, len(tellings)), rules=EVERYBODYS)
    assert (shuffled.document, shuffled.lineage) == (result.document, result.lineage)


@given(sources)
def test_every_line_that_is_told_survives_or_its_lineage_says_why_not(tellings: tuple[SourceValues, ...]) -> None:
    result = survived(*tellings, rules=EVERYBODYS)
    lineage = result.lineage["lines"]
    kept = [line for item in lineage.get("items", ()) for line in (item["losers"])]
    lost = [line for loser in lineage["losers"] for line in loser["value"] or ()]
    surviving_lines = result.document["lines"] or []
    assert sum(len(each.values["lines"]) for each in tellings) == len(surviving_lines) + len(kept) + len(lost)


def test_without_the_look_at_days_lines_would_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surviving, "_why_left_out", lambda *_: "")
    result = survived(
        told("erp", a_line("X", "10", valid_from="2026-01-01")),
        told("crm", a_line("X", "11", valid_from="2026-06-01")),
        rules=EVERYBODYS,
    )
    assert [rival for _, _, rival in lines_with_rivals(result.document) if rival]
