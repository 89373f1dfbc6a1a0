"""The parsed form of match rules: frozen values that know nothing of the registries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

PROFILES = ("balanced", "cautious")
TEXT, JOINED = KEY_HASHES = ("text", "joined")
"""How blocking keys are hashed: see `matching.key_hashes`. Rules that don't say it are of version 0.1.0: by text."""


@dataclass(frozen=True, slots=True)
class FeatureRule:
    """A standardized column: which standardizer makes it, and from which attributes."""

    name: str
    standardizer: str
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LevelRule:
    """One level of a comparator with its shipped probabilities among matches (m) and among non-matches (u)."""

    name: str
    m: float
    u: float


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """How one attribute is graded.

    `segments` lists the kinds of record it applies to, empty for all. `identifying` marks an attribute whose exact
    """

    attribute: str
    comparator: str
    feature: str
    levels: tuple[LevelRule, ...]
    segments: tuple[str, ...]
    term_frequency: bool
    identifying: bool
    learn: bool


@dataclass(frozen=True, slots=True)
class VetoRule:
    """Forbids an automatic link when every attribute in `when` has one of its levels and none in `unless` has."""

    code: str
    when: tuple[tuple[str, tuple[str, ...]], ...]
    unless: tuple[tuple[str, tuple[str, ...]], ...]
    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlockingRule:
    """One family of blocking keys: the joined values of its parts, each a way to cut a feature short.

    A `dispensable` one is left out of a whole file that is too large for it: see `matching.blocking`. Keys that are not
    `stored` serve whole files only.
    """

    name: str
    parts: tuple[str, ...]
    dispensable: bool = False
    stored: bool = True


@dataclass(frozen=True, slots=True)
class ProfileRule:
    """A decision profile: the shipped link threshold, and the share of wrong links allowed (None: best expected F1)."""

    name: str
    link_probability: float
    max_wrong_share: float | None


@dataclass(frozen=True, slots=True)
class MatchRules:
    """Everything that decides how records of one entity type are matched, short of what a model learned.

    `unique_sources` are declared free of duplicates, `repeating_sources` never taken to be so; of others a model may
    find it out.
    """

    entity_type: str
    segments: tuple[str, ...]
    segment_feature: str | None
    features: tuple[FeatureRule, ...]
    attributes: tuple[AttributeRule, ...]
    vetoes: tuple[VetoRule, ...]
    blocking: tuple[BlockingRule, ...]
    block_cap: int
    key_hash: str
    prior_probability: float
    review_probability: float
    profiles: tuple[ProfileRule, ...]
    unique_sources: tuple[str, ...]
    repeating_sources: tuple[str, ...]
    _section_hash: str = field(default="", init=False, repr=False, compare=False)

    def profile(self, name: str) -> ProfileRule:
        """The named profile; parsing made sure that both exist."""
        return next(each for each in self.profiles if each.name == name)

    def to_document(self) -> dict[str, object]:
        """The JSON-able document that parses to equal rules."""
        return {
            "entity_type": self.entity_type,
            "segments": list(self.segments),
            "segment_feature": self.segment_feature,
            "features": [
                {"name": each.name, "standardizer": each.standardizer, "attributes": list(each.attributes)}
                for each in self.features
            ],
            "rules": [_attribute_document(each) for each in self.attributes],
            "vetoes": [_veto_document(each) for each in self.vetoes],
            "blocking": {
                "cap": self.block_cap,
                **({} if self.key_hash == TEXT else {"key_hash": self.key_hash}),
                "keys": [_key_document(each) for each in self.blocking],
            },
            "prior_probability": self.prior_probability,
            "review_probability": self.review_probability,
            "profiles": {
                each.name: {"link_probability": each.link_probability, "max_wrong_share": each.max_wrong_share}
                for each in self.profiles
            },
            "unique_sources": list(self.unique_sources),
            # Rules that name none keep the hash they had before there was a word for it.
            **({"repeating_sources": list(self.repeating_sources)} if self.repeating_sources else {}),
        }

    @property
    def section_hash(self) -> str:
        """SHA-256 of the canonical JSON of the document; equal rules have equal hashes. Made once."""
        if not self._section_hash:
            object.__setattr__(self, "_section_hash", canonical_sha256(self.to_document()))
        return self._section_hash


def canonical_sha256(document: Mapping[str, object]) -> str:
    """SHA-256 of a document as JSON with sorted keys and no spaces."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _attribute_document(rule: AttributeRule) -> dict[str, object]:
    return {
        "attribute": rule.attribute,
        "comparator": rule.comparator,
        "feature": rule.feature,
        "levels": [{"name": level.name, "m": level.m, "u": level.u} for level in rule.levels],
        "segments": list(rule.segments),
        "term_frequency": rule.term_frequency,
        "identifying": rule.identifying,
        "learn": rule.learn,
    }


def _key_document(rule: BlockingRule) -> dict[str, object]:
    document: dict[str, object] = {"name": rule.name, "parts": list(rule.parts)}
    if rule.dispensable:
        document["dispensable"] = True
    if not rule.stored:
        document["stored"] = False
    return document


def _veto_document(rule: VetoRule) -> dict[str, object]:
    return {
        "code": rule.code,
        "when": {attribute: list(levels) for attribute, levels in rule.when},
        "unless": {attribute: list(levels) for attribute, levels in rule.unless},
        "segments": list(rule.segments),
    }
