"""Somebody said so lately."""

from datetime import datetime, timedelta

from mdm.entity_types.base import JsonValue
from mdm.rules.checks.base import Beside, checks
from mdm.rules.quality_rules import QualityRule


@checks.register("fresh")
def fresh(rule: QualityRule, _value: JsonValue, beside: Beside) -> bool:
    """Observed less than so many days ago. What a steward pinned was observed by nobody and does not age."""
    if beside.at is None or beside.observed_at is None:
        return True
    return beside.at < stale_at(rule, beside.observed_at)


def stale_at(rule: QualityRule, observed_at: datetime) -> datetime:
    """From when on a value observed then fails the rule."""
    return observed_at + timedelta(days=rule.days or 0)
