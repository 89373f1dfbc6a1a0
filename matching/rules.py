"""Match rules: comparators with their levels, blocking keys, vetoes and thresholds, as one parsed document."""

from __future__ import annotations

from collections.abc import Mapping

from matching.blocking_parts import parts
from matching.comparators import comparators
from matching.parsing import DocumentReader
from matching.rule_tree import (
    KEY_HASHES,
    PROFILES,
    TEXT,
    AttributeRule,
    BlockingRule,
    FeatureRule,
    LevelRule,
    MatchRules,
    ProfileRule,
    VetoRule,
    canonical_sha256,
)
from matching.standardize import standardizers

__all__ = [
    "PROFILES",
    "AttributeRule",
    "BlockingRule",
    "FeatureRule",
    "LevelRule",
    "MatchRules",
    "ProfileRule",
    "VetoRule",
    "canonical_sha256",
    "parse_match_rules",
]


def parse_match_rules(document: Mapping[str, object]) -> MatchRules:
    """Parse a document into rules. Raises InvalidMatchRules holding every mistake with its path."""
    read = DocumentReader(document)
    read.known_keys(
        [
            "entity_type",
            "segments",
            "segment_feature",
            "features",
            "rules",
            "vetoes",
            "blocking",
            "prior_probability",
            "review_probability",
            "profiles",
            "unique_sources",
            "repeating_sources",
        ]
    )
    segments = read.names("segments")
    features = tuple(
        FeatureRule(
            name=each.text("name"),
            standardizer=each.one_of("standardizer", standardizers.names()),
            attributes=each.names("attributes"),
        )
        for each in read.items("features")
    )
    feature_names = tuple(each.name for each in features)
    attributes = tuple(_parse_attribute(each, feature_names, segments) for each in read.items("rules"))
    read.unique("rules", [each.attribute for each in attributes])
    vetoes = tuple(_parse_veto(each, attributes, segments) for each in read.items("vetoes", required=False))
    blocking = read.section("blocking")
    keys = tuple(
        BlockingRule(
            name=each.text("name"),
            parts=each.names("parts", among=parts.names()),
            dispensable=each.flag("dispensable", default=False),
            stored=each.flag("stored", default=True),
        )
        for each in blocking.items("keys")
    )
    blocking.unique("keys", [each.name for each in keys])
    unique_sources = read.names("unique_sources", required=False)
    repeating_sources = read.names("repeating_sources", required=False)
    read.unique("unique_sources", unique_sources)
    read.unique("repeating_sources", repeating_sources)
    for index, name in enumerate(repeating_sources):
        if name in unique_sources:
            read.mistake(f"repeating_sources[{index}]", "stands among unique_sources too")
    profiles = read.section("profiles")
    profiles.known_keys(PROFILES)
    rules = MatchRules(
        entity_type=read.text("entity_type"),
        segments=segments or ("any",),
        segment_feature=read.optional_text("segment_feature", among=feature_names),
        features=features,
        attributes=attributes,
        vetoes=vetoes,
        blocking=keys,
        block_cap=blocking.integer("cap", low=2, high=100_000),
        key_hash=blocking.optional_text("key_hash", among=KEY_HASHES) or TEXT,
        prior_probability=read.probability("prior_probability"),
        review_probability=read.probability("review_probability"),
        profiles=tuple(
            ProfileRule(
                name=name,
                link_probability=section.probability("link_probability"),
                max_wrong_share=section.optional_probability("max_wrong_share"),
            )
            for name in PROFILES
            for section in [profiles.section(name)]
        ),
        unique_sources=unique_sources,
        repeating_sources=repeating_sources,
    )
    read.refuse_mistakes()
    return rules


def _parse_attribute(read: DocumentReader, features: tuple[str, ...], segments: tuple[str, ...]) -> AttributeRule:
    read.known_keys(
        ["attribute", "comparator", "feature", "levels", "segments", "term_frequency", "identifying", "learn"]
    )
    comparator = read.one_of("comparator", comparators.names())
    levels = tuple(
        LevelRule(name=each.text("name"), m=each.probability("m"), u=each.probability("u"))
        for each in read.items("levels")
    )
    if comparator in comparators:
        expected = comparators.get(comparator).levels
        if tuple(level.name for level in levels) != expected:
            read.mistake("levels", f"must name {', '.join(expected)} in this order")
    return AttributeRule(
        attribute=read.text("attribute"),
        comparator=comparator,
        feature=read.one_of("feature", features),
        levels=levels,
        segments=read.names("segments", among=segments, required=False),
        term_frequency=read.flag("term_frequency", default=False),
        identifying=read.flag("identifying", default=False),
        learn=read.flag("learn", default=True),
    )


def _parse_veto(read: DocumentReader, attributes: tuple[AttributeRule, ...], segments: tuple[str, ...]) -> VetoRule:
    levels_of = {rule.attribute: tuple(level.name for level in rule.levels) for rule in attributes}
    read.known_keys(["code", "when", "unless", "segments"])

    def conditions(key: str, *, required: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
        section = read.section(key, required=required)
        section.known_keys(levels_of)
        return tuple(
            (attribute, section.names(attribute, among=levels_of[attribute]))
            for attribute in section.present_keys()
            if attribute in levels_of
        )

    return VetoRule(
        code=read.text("code"),
        when=conditions("when", required=True),
        unless=conditions("unless", required=False),
        segments=read.names("segments", among=segments, required=False),
    )
