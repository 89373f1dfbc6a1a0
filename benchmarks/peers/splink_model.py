"""Two Splink models, for persons and for companies: comparisons, blocking rules, and what to train them on."""

from __future__ import annotations

from dataclasses import dataclass

import splink.comparison_level_library as levels
from splink import SettingsCreator, block_on
from splink.blocking_rule_library import CustomRule
from splink.comparison_library import CustomComparison
from splink.internals.blocking_rule_creator import BlockingRuleCreator
from splink.internals.comparison_level_creator import ComparisonLevelCreator

Rules = list[str | BlockingRuleCreator]


@dataclass(frozen=True, slots=True)
class Model:
    """`certain` rules bring hardly a wrong pair and that part of the true ones; `training` ones leave most to learn."""

    settings: SettingsCreator
    certain: Rules
    certain_recall: float
    training: Rules


def people_model() -> Model:
    """Persons."""
    rules: Rules = [
        block_on("tax_id"),
        block_on("email"),
        block_on("phone", "given_1"),
        block_on("phone", "family"),
        block_on("given", "family"),
        CustomRule("l.given = r.family and l.family = r.given"),
        block_on("family", "born"),
        block_on("given", "born"),
        block_on("postcode", "born"),
        block_on("city", "born"),
        block_on("family", "postcode"),
        block_on("given", "postcode"),
        block_on("family", "street", "house"),
        block_on("given", "street", "house"),
        block_on("given_1", "street", "house"),
        block_on("given_1", "family", "city"),
        block_on("given_3", "family_4", "city"),
        block_on("given_1", "email_local"),
    ]
    return Model(
        settings=_settings([_given(), _family(), _middle(), _person_email(), *_shared()], rules),
        certain=[block_on("tax_id"), block_on("email", "given"), block_on("given", "family", "born")],
        certain_recall=0.7,
        training=[block_on("tax_id"), block_on("email"), block_on("given", "family", "postcode")],
    )


def companies_model() -> Model:
    """Companies."""
    rules: Rules = [
        block_on("tax_id"),
        block_on("host"),
        block_on("phone"),
        block_on("name"),
        block_on("first_word", "city"),
        block_on("first_word", "postcode"),
        block_on("first_word", "second_word"),
        block_on("name_4", "postcode"),
        block_on("name_4", "city"),
        block_on("postcode", "street"),
        block_on("street", "house"),
        block_on("born", "city"),
        block_on("born", "postcode"),
        block_on("born", "name_3"),
    ]
    return Model(
        settings=_settings([_company_name(), _company_email(), *_shared()], rules),
        certain=[block_on("tax_id", "name_1"), block_on("name", "postcode"), block_on("host", "born")],
        certain_recall=0.7,
        training=[block_on("tax_id"), block_on("host"), block_on("name", "postcode")],
    )


def _given() -> CustomComparison:
    return _comparison(
        "given",
        levels.ExactMatchLevel("given", term_frequency_adjustments=True),
        levels.CustomLevel("given_l = family_r and family_l = given_r"),
        levels.JaroWinklerLevel("given", 0.92),
        levels.CustomLevel("split_part(given_l, ' ', 1) = split_part(given_r, ' ', 1)"),
        levels.CustomLevel("(length(given_l) = 1 or length(given_r) = 1) and given_1_l = given_1_r"),
        levels.JaroWinklerLevel("given", 0.8),
        levels.CustomLevel("given_3_l = given_3_r"),
    )


def _family() -> CustomComparison:
    return _comparison(
        "family",
        levels.ExactMatchLevel("family", term_frequency_adjustments=True),
        levels.CustomLevel("given_l = family_r and family_l = given_r"),
        levels.JaroWinklerLevel("family", 0.92),
        levels.CustomLevel(
            "starts_with(family_l, family_r || ' ') or starts_with(family_r, family_l || ' ')"
            " or ends_with(family_l, ' ' || family_r) or ends_with(family_r, ' ' || family_l)"
        ),
        levels.JaroWinklerLevel("family", 0.85),
    )


def _middle() -> CustomComparison:
    initial = "(length(middle_l) = 1 or length(middle_r) = 1) and substr(middle_l, 1, 1) = substr(middle_r, 1, 1)"
    return _comparison("middle", levels.ExactMatchLevel("middle"), levels.CustomLevel(initial))


def _person_email() -> CustomComparison:
    return _comparison(
        "email",
        levels.ExactMatchLevel("email", term_frequency_adjustments=True),
        levels.CustomLevel("email_local_l = email_local_r"),
        levels.LevenshteinLevel("email", 2),
    )


def _company_name() -> CustomComparison:
    return _comparison(
        "name",
        levels.ExactMatchLevel("name", term_frequency_adjustments=True),
        levels.JaroWinklerLevel("name", 0.95),
        levels.CustomLevel(
            "(length(name_l) > 2 and starts_with(letters_r, name_l))"
            " or (length(name_r) > 2 and starts_with(letters_l, name_r))"
        ),
        levels.CustomLevel("starts_with(name_l, name_r) or starts_with(name_r, name_l)"),
        levels.JaroWinklerLevel("name", 0.88),
        levels.CustomLevel("first_word_l = first_word_r"),
    )


def _company_email() -> CustomComparison:
    return _comparison(
        "email",
        levels.CustomLevel("host_l = host_r").configure(tf_adjustment_column="host"),
        levels.LevenshteinLevel("host", 2),
    )


def _shared() -> list[CustomComparison]:
    """What persons and companies have in common."""
    swapped = (
        "substr(born_l, 1, 5) = substr(born_r, 1, 5) and substr(born_l, 6, 2) = substr(born_r, 9, 2)"
        " and substr(born_l, 9, 2) = substr(born_r, 6, 2)"
    )
    return [
        _comparison("phone", levels.ExactMatchLevel("phone"), levels.LevenshteinLevel("phone", 1)),
        _comparison("tax_id", levels.ExactMatchLevel("tax_id"), levels.LevenshteinLevel("tax_id", 2)),
        _comparison(
            "born",
            levels.ExactMatchLevel("born"),
            levels.CustomLevel(swapped),
            levels.LevenshteinLevel("born", 1),
            levels.CustomLevel("substr(born_l, 1, 4) = substr(born_r, 1, 4)"),
        ),
        _address(),
    ]


def _address() -> CustomComparison:
    """One comparison: street, city and postcode each on its own would count one house three times."""
    nothing = " and ".join(f"({name}_l is null or {name}_r is null)" for name in ("street", "postcode", "city"))
    same_house = "street_l = street_r and house_l = house_r"
    near = "(postcode_l = postcode_r or city_l = city_r)"
    conditions = (
        f"{same_house} and postcode_l = postcode_r",
        f"{same_house} and city_l = city_r",
        f"house_l = house_r and jaro_winkler_similarity(street_l, street_r) >= 0.88 and {near}",
        f"street_l = street_r and {near}",
        same_house,
        "postcode_l = postcode_r",
        "city_l = city_r",
    )
    null = levels.CustomLevel(nothing).configure(is_null_level=True)
    return CustomComparison([null, *map(levels.CustomLevel, conditions), levels.ElseLevel()], "address")


def _comparison(column: str, *graded: ComparisonLevelCreator) -> CustomComparison:
    return CustomComparison([levels.NullLevel(column), *graded, levels.ElseLevel()], column)


def _settings(comparisons: list[CustomComparison], rules: Rules) -> SettingsCreator:
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[*comparisons],
        blocking_rules_to_generate_predictions=[rule for rule in rules if not isinstance(rule, str)],
        retain_matching_columns=False,
    )
