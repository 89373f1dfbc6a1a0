"""The whole text has a form."""

import re

from mdm.entity_types.base import JsonValue
from mdm.rules.checks.base import Beside, checks
from mdm.rules.quality_rules import QualityRule


@checks.register("pattern")
def pattern(rule: QualityRule, value: JsonValue, _beside: Beside) -> bool:
    """The rule's regular expression matches from the first letter to the last."""
    return re.fullmatch(rule.pattern or "", str(value)) is not None
