"""What a check is given, and the registry that checks are found in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from matching.registry import Registry
from mdm.entity_types.base import Document, JsonValue
from mdm.rules.quality_rules import QualityRule


@dataclass(frozen=True, slots=True)
class Beside:
    """What a value is judged by beside itself.

    `values` are those of its golden record, or of its item where the rule looks at a component. `observed_at` is when
    the value was true, None where nobody says so; `at` when it is judged.
    """

    on: date
    values: Document = field(default_factory=dict)
    at: datetime | None = None
    observed_at: datetime | None = None


class Check(Protocol):
    """Whether one value, of a collection one item, meets a rule. Null is asked about by `required` alone."""

    def __call__(self, rule: QualityRule, value: JsonValue, beside: Beside, /) -> bool: ...


checks: Registry[Check] = Registry("quality check")


def as_date(value: JsonValue) -> date | None:
    """The day that a value names; None for null and for what was refused at the door."""
    if value is None or isinstance(value, Mapping):
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
