"""A rule set document as frozen dataclasses. `parse_rule_set` makes them; nothing else reads the document."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import rfc8785

from matching.rules import MatchRules
from mdm.entity_types.base import JsonValue
from mdm.rules.conditions import Conditional
from mdm.rules.order import Unit
from mdm.rules.policies import SurvivorshipRules

SECTIONS = ("match", "ownership", "survivorship", "quality", "approval")
ANY_OTHER_SYSTEM = "*"


class OnConflict(StrEnum):
    """What happens when a system that does not own an attribute says something else than the owner."""

    REFUSE = "refuse"
    PROPOSE = "propose"
    CONTRIBUTE = "contribute"


class Severity(StrEnum):
    """How much a failed quality rule counts; either keeps a value from beating one that passes."""

    ERROR = "error"
    WARNING = "warning"


class QualityCheck(StrEnum):
    """The checks a quality rule can name."""

    REQUIRED = "required"
    PATTERN = "pattern"
    CHECK_DIGIT = "check_digit"
    ONE_OF = "one_of"
    NOT_IN_FUTURE = "not_in_future"


@dataclass(frozen=True, slots=True)
class AttributeOwnership:
    """Who may say what about one attribute.

    `owner` is the system of record, None for shared attributes. `contributors` fill in, in this order, while the owner
    is silent; with no owner they all count. `*` among them stands for every system that this attribute's ownership does
    not name. `receivers` are sent the attribute unless they own it.
    """

    owner: str | None
    contributors: tuple[str, ...]
    proposers: tuple[str, ...]
    receivers: tuple[str, ...]
    on_conflict: OnConflict

    def to_document(self) -> dict[str, JsonValue]:
        return {
            "owner": self.owner,
            "contributors": list(self.contributors),
            "proposers": list(self.proposers),
            "receivers": list(self.receivers),
            "on_conflict": self.on_conflict.value,
        }


@dataclass(frozen=True, slots=True)
class QualityRule:
    """One expectation of an attribute. `component` names the part of an item or composite that is looked at."""

    attribute: str
    check: QualityCheck
    severity: Severity
    component: str | None = None
    pattern: str | None = None
    scheme: str | None = None
    one_of: tuple[str, ...] = ()

    def to_document(self) -> dict[str, JsonValue]:
        document: dict[str, JsonValue] = {
            "attribute": self.attribute,
            "check": self.check.value,
            "severity": self.severity.value,
        }
        if self.one_of:
            document["one_of"] = list(self.one_of)
        named = {"component": self.component, "pattern": self.pattern, "scheme": self.scheme}
        return document | {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """When a change of one attribute waits for consent, and of which group.

    `over_percent` narrows `required` to changes of a number by more than so many percent; None means any change.
    """

    required: bool
    over_percent: Decimal | None
    group: str | None

    def to_document(self) -> dict[str, JsonValue]:
        return {
            "required": self.required,
            "over_percent": None if self.over_percent is None else format(self.over_percent, "f"),
            "group": self.group,
        }


@dataclass(frozen=True, slots=True)
class RuleSetDocument:
    """Everything tunable about one entity type. Attributes without an approval rule need no approval.

    `order` follows from the rest: each attribute after those that its conditions look at.
    """

    match: MatchRules
    ownership: Mapping[str, Conditional[AttributeOwnership]]
    survivorship: SurvivorshipRules
    quality: tuple[QualityRule, ...]
    approval: Mapping[str, ApprovalRule]
    order: tuple[Unit, ...]

    def to_document(self) -> dict[str, JsonValue]:
        """The JSON-able document that parses to an equal rule set."""
        return {
            "match": self.match.to_document(),
            "ownership": {name: _ownership_document(each) for name, each in self.ownership.items()},
            "survivorship": self.survivorship.to_document(),
            "quality": [each.to_document() for each in self.quality],
            "approval": {name: each.to_document() for name, each in self.approval.items()},
        }

    def section_hashes(self) -> dict[str, str]:
        """SHA-256 of each section, in hex, by section name."""
        return {name: section_hash(section) for name, section in self.to_document().items()}


def _ownership_document(rule: Conditional[AttributeOwnership]) -> dict[str, JsonValue]:
    when = [{"if": case.condition.to_document(), **case.then.to_document()} for case in rule.cases]
    return rule.otherwise.to_document() | ({"when": when} if when else {})


def section_hash(section: JsonValue) -> str:
    """SHA-256, in hex, of one section's RFC 8785 bytes.

    Unlike attribute values, sections may hold floats: probabilities are not amounts, and RFC 8785 spells them one way.
    """
    return hashlib.sha256(rfc8785.dumps(section)).hexdigest()
