"""There must be a value."""

from mdm.entity_types.base import JsonValue
from mdm.rules.checks.base import Beside, checks
from mdm.rules.quality_rules import QualityRule


@checks.register("required")
def required(_rule: QualityRule, value: JsonValue, _beside: Beside) -> bool:
    """Neither null nor empty."""
    return value not in (None, "", [], {})
