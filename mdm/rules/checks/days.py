"""Dates that may not come later than today, or must stand in order."""

from mdm.entity_types.base import JsonValue
from mdm.rules.checks.base import Beside, as_date, checks
from mdm.rules.quality_rules import QualityRule


@checks.register("not_in_future")
def not_in_future(_rule: QualityRule, value: JsonValue, beside: Beside) -> bool:
    """Today or earlier."""
    return str(value) <= beside.on.isoformat()


@checks.register("before")
def before(rule: QualityRule, value: JsonValue, beside: Beside) -> bool:
    """Earlier than the other date. Where either is missing there is nothing to hold against it."""
    day, other = as_date(value), as_date(beside.values.get(rule.other or ""))
    return day is None or other is None or day < other


@checks.register("after")
def after(rule: QualityRule, value: JsonValue, beside: Beside) -> bool:
    """Later than the other date. Where either is missing there is nothing to hold against it."""
    day, other = as_date(value), as_date(beside.values.get(rule.other or ""))
    return day is None or other is None or day > other
