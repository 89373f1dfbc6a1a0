"""A rule set document as frozen dataclasses. `parse_rule_set` makes them; nothing else reads the document."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

import rfc8785

from matching.rules import MatchRules
from mdm.entity_types.base import Attribute, JsonValue
from mdm.rules.conditions import Conditional
from mdm.rules.declared import declared_document
from mdm.rules.order import Unit
from mdm.rules.policies import SurvivorshipRules
from mdm.rules.quality_rules import QualityCheck, QualityRule, Severity, judging_rules, quality_section

__all__ = [
    "ANY_OTHER_SYSTEM",
    "HUB_ORIGIN",
    "SECTIONS",
    "ApprovalRule",
    "AttributeOwnership",
    "OnConflict",
    "Override",
    "QualityCheck",
    "QualityRule",
    "RuleSetDocument",
    "SecondConsent",
    "Severity",
    "section_hash",
]

SECTIONS = ("match", "ownership", "survivorship", "quality", "approval")
DECLARED = "attributes"  # the section that a rule set may leave out: what is declared at run time
ANY_OTHER_SYSTEM = "*"
HUB_ORIGIN = "hub"


class OnConflict(StrEnum):
    """What happens when a system that does not own an attribute says something else than the owner."""

    REFUSE = "refuse"
    PROPOSE = "propose"
    CONTRIBUTE = "contribute"


class Override(StrEnum):
    """What a person may do to an attribute that a system owns: nothing, or ask the owner to take a value over.

    `SHOW` shows it at once, `CONFIRM` only after the owner has.
    """

    FORBID = "forbid"
    SHOW = "show"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class AttributeOwnership:
    """Who may say what about one attribute.

    `owner` is the system of record, None for shared attributes. `contributors` fill in, in this order, while the owner
    is silent; with no owner they all count. `*` among them stands for every system that this attribute's ownership does
    not name. `receivers` are sent the attribute unless they own it. `parts` are parts of each item of a collection that
    other systems tell, by name with these systems in order: the rest of an item is the owner's.
    """

    owner: str | None
    contributors: tuple[str, ...]
    proposers: tuple[str, ...]
    receivers: tuple[str, ...]
    on_conflict: OnConflict
    override: Override = Override.FORBID
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def is_of_another_system(self) -> bool:
        """Whether a system of record other than the hub owns the attribute."""
        return self.owner not in (None, HUB_ORIGIN)

    def to_document(self) -> dict[str, JsonValue]:
        document: dict[str, JsonValue] = {
            "owner": self.owner,
            "contributors": list(self.contributors),
            "proposers": list(self.proposers),
            "receivers": list(self.receivers),
            "on_conflict": self.on_conflict.value,
        }
        if self.override is not Override.FORBID:  # left out, a section written before it existed keeps its hash
            document["override"] = self.override.value
        if self.parts:
            document["parts"] = {name: list(systems) for name, systems in self.parts}
        return document


@dataclass(frozen=True, slots=True)
class SecondConsent:
    """When a person of a second group must agree too: to changes of a number by more than so many percent, or to any.

    `over_percent` None means any change that needs the first consent.
    """

    over_percent: Decimal | None
    group: str

    def to_document(self) -> dict[str, JsonValue]:
        return {"over_percent": _percent_text(self.over_percent), "group": self.group}


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """When a change of one attribute waits for consent, and of which group.

    `over_percent` narrows `required` to changes of a number by more than so many percent; None means any change.
    `origins` are those whose changes wait: `hub` for what people and API clients propose, or a source system, `*` for
    all. What a new golden record says never waits.
    """

    required: bool
    over_percent: Decimal | None
    group: str | None
    second: SecondConsent | None = None
    origins: tuple[str, ...] = (HUB_ORIGIN,)

    def concerns(self, origin: str) -> bool:
        """Whether changes that come from there wait."""
        return self.required and (origin in self.origins or ANY_OTHER_SYSTEM in self.origins)

    def to_document(self) -> dict[str, JsonValue]:
        document: dict[str, JsonValue] = {
            "required": self.required,
            "over_percent": _percent_text(self.over_percent),
            "group": self.group,
        }
        # Left out where they say nothing: a section written before they existed keeps its hash.
        if self.second is not None:
            document["second"] = self.second.to_document()
        if self.origins != (HUB_ORIGIN,):
            document["origins"] = list(self.origins)
        return document


def _percent_text(percent: Decimal | None) -> str | None:
    return None if percent is None else format(percent, "f")


@dataclass(frozen=True, slots=True)
class RuleSetDocument:
    """Everything tunable about one entity type. Attributes without an approval rule need no approval.

    `order` follows from the rest: each attribute after those that its conditions look at. `declared` are the attributes
    that this version adds to the built-in ones, `reference_lists` the lists that the document itself gives. `judging`,
    made of `quality`, has by attribute the rules that a single source's value can fail.
    """

    match: MatchRules
    ownership: Mapping[str, Conditional[AttributeOwnership]]
    survivorship: SurvivorshipRules
    quality: tuple[QualityRule, ...]
    approval: Mapping[str, ApprovalRule]
    order: tuple[Unit, ...]
    declared: tuple[Attribute, ...] = ()
    reference_lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    judging: Mapping[str, tuple[QualityRule, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "judging", judging_rules(self.quality))

    def to_document(self) -> dict[str, JsonValue]:
        """The JSON-able document that parses to an equal rule set."""
        # Left out where it says nothing: a rule set written before it existed keeps its document and its hashes.
        declared: dict[str, JsonValue] = {DECLARED: declared_document(self.declared)} if self.declared else {}
        return declared | {
            "match": self.match.to_document(),
            "ownership": {name: _ownership_document(each) for name, each in self.ownership.items()},
            "survivorship": self.survivorship.to_document(),
            "quality": quality_section(self.quality, self.reference_lists),
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
