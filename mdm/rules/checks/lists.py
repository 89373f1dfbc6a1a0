"""The value is one of those listed, in the rule itself or under a name."""

from mdm.countries import COUNTRY_CODES
from mdm.currencies import CURRENCY_CODES
from mdm.entity_types.base import JsonValue
from mdm.rules.checks.base import Beside, checks
from mdm.rules.quality_rules import QualityRule

# Lists that every rule set knows; a document adds its own.
SHIPPED_LISTS = {"countries": COUNTRY_CODES, "currencies": CURRENCY_CODES}


@checks.register("one_of")
def one_of(rule: QualityRule, value: JsonValue, _beside: Beside) -> bool:
    """One of the texts that the rule lists, letter by letter."""
    return str(value) in rule.one_of


@checks.register("reference_list")
def reference_list(rule: QualityRule, value: JsonValue, _beside: Beside) -> bool:
    """One of the texts of a list that several rules may share, letter by letter."""
    return str(value) in rule.members
