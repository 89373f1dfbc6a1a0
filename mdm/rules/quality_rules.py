"""One expectation of the quality section, as a frozen dataclass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mdm.entity_types.base import JsonValue
from mdm.rules.conditions import Condition


class Severity(StrEnum):
    """How much a failed quality rule counts; either keeps a value from beating one that passes."""

    ERROR = "error"
    WARNING = "warning"


class QualityCheck(StrEnum):
    """The checks a quality rule can name, each a module of `mdm.rules.checks`."""

    REQUIRED = "required"
    PATTERN = "pattern"
    CHECK_DIGIT = "check_digit"
    ONE_OF = "one_of"
    NOT_IN_FUTURE = "not_in_future"
    REFERENCE_LIST = "reference_list"
    BEFORE = "before"
    AFTER = "after"
    FRESH = "fresh"
    UNIQUE = "unique"


class Blocks(StrEnum):
    """What a golden record that fails a rule is kept from, until it passes or a steward lets it go."""

    PUBLISH = "publish"


@dataclass(frozen=True, slots=True)
class QualityRule:
    """One expectation of an attribute. `component` names the part of an item or composite that is looked at.

    It holds in golden records that meet `when`, and of a collection looks at those items only that meet `items`.
    `other` is the attribute, or the component beside `component`, whose date is compared. `members` is what the
    `reference_list` of that name lists. `task`: a person is asked about each golden record that fails. `code` is the
    rule's name, or one made of what it says.
    """

    attribute: str
    check: QualityCheck
    severity: Severity
    component: str | None = None
    pattern: str | None = None
    scheme: str | None = None
    one_of: tuple[str, ...] = ()
    reference_list: str | None = None
    other: str | None = None
    days: int | None = None
    when: Condition | None = None
    items: Condition | None = None
    task: bool = False
    blocks: Blocks | None = None
    name: str | None = None
    code: str = ""
    members: frozenset[str] = frozenset()

    @property
    def compares_attributes(self) -> bool:
        """Whether two attributes are held together, where nobody knows which of them is wrong."""
        return self.other is not None and self.component is None

    @property
    def judges_values(self) -> bool:
        """Whether one source's value can fail by itself, and so lose to one that passes."""
        return self.check is not QualityCheck.UNIQUE and not self.compares_attributes

    @property
    def asks(self) -> bool:
        """Whether a person is told of each golden record that fails."""
        return self.task or self.blocks is not None

    def to_document(self) -> dict[str, JsonValue]:
        """What it says, and nothing that it leaves open: a section keeps its hash when more can be said."""
        document: dict[str, JsonValue] = {
            "attribute": self.attribute,
            "check": self.check.value,
            "severity": self.severity.value,
        }
        if self.one_of:
            document["one_of"] = list(self.one_of)
        for name, condition in (("when", self.when), ("items", self.items)):
            if condition is not None:
                document[name] = condition.to_document()
        said = {
            "component": self.component,
            "pattern": self.pattern,
            "scheme": self.scheme,
            "list": self.reference_list,
            "other": self.other,
            "days": self.days,
            "task": self.task or None,
            "blocks": self.blocks and self.blocks.value,
            "name": self.name,
        }
        return document | {name: value for name, value in said.items() if value is not None}


def judging_rules(rules: Sequence[QualityRule]) -> dict[str, tuple[QualityRule, ...]]:
    """By attribute the rules that judge one source's value of it, in their order; most attributes have none."""
    names = dict.fromkeys(rule.attribute for rule in rules if rule.judges_values)
    return {name: tuple([rule for rule in rules if rule.attribute == name and rule.judges_values]) for name in names}


def quality_section(rules: Sequence[QualityRule], lists: Mapping[str, tuple[str, ...]]) -> JsonValue:
    """The section as a document: a list of rules, or an object where it brings reference lists of its own."""
    written = [rule.to_document() for rule in rules]
    return {"lists": {name: list(members) for name, members in lists.items()}, "rules": written} if lists else written
