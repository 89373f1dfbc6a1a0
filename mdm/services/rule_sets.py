"""Rule set versions, parsed, each with the match model that belongs to it."""

import hashlib
from dataclasses import dataclass

from django.conf import settings

from matching.decision import Thresholds, thresholds
from matching.key_hashes import KEYS_VERSION
from matching.model import MatchModel
from matching.oversize import OversizeKeys
from matching.rule_tree import MatchRules
from matching.single import SingleMatching
from mdm.entity_types import Attribute, coded_attributes
from mdm.errors import RuleSetMissing
from mdm.models import RuleSet, RuleSetState
from mdm.rivals import UniqueSources
from mdm.rules.defaults import completed
from mdm.rules.documents import DECLARED, SECTIONS, RuleSetDocument
from mdm.rules.parsing import parse_rule_set
from mdm.selectors.candidates import RuleSetContent, rule_set_content
from mdm.services.locks import hold_rules


@dataclass(frozen=True, slots=True)
class PublishedRules:
    """A rule set, parsed. Blocking keys made under another `key_section` never meet those of this one.

    `attributes` are all that the entity type has under it, built in and declared.
    """

    rule_set_id: int
    content: RuleSetContent
    entity_type: str
    number: int
    document: RuleSetDocument
    attributes: tuple[Attribute, ...]
    model: MatchModel
    key_section: int
    single: SingleMatching

    @property
    def match_rules(self) -> MatchRules:
        """The match section."""
        return self.document.match

    @property
    def review_floor_bits(self) -> float:
        """Pairs below this weight are not kept."""
        return self.thresholds.review_bits

    @property
    def thresholds(self) -> Thresholds:
        """Of the profile that the hub runs under."""
        return thresholds(self.match_rules, self.model, profile=settings.ASSAY_MATCH_PROFILE)

    @property
    def unique_sources(self) -> UniqueSources:
        """The source systems free of duplicates: declared by the rules or found by who trained the model."""
        return UniqueSources(self.model.unique_sources, self.thresholds.link_bits)


_parsed: dict[RuleSetContent, PublishedRules] = {}
_newest: dict[str, PublishedRules] = {}


def known_rules(entity_type: str) -> PublishedRules:
    """The newest rules this process has seen, which may be superseded: compare `content` with what is in force.

    Raises RuleSetMissing.
    """
    return _newest.get(entity_type) or published_rules(entity_type)


def published_rules(entity_type: str) -> PublishedRules:
    """The rule set in force. Raises RuleSetMissing."""
    row = (
        RuleSet.objects.filter(entity_type=entity_type, state=RuleSetState.PUBLISHED)
        .values_list("pk", "number", "match_model__sha256", "section_hashes")
        .first()
    )
    if row is None:
        raise RuleSetMissing(entity_type)
    known = _parsed.get(rule_set_content(*row))
    _newest[entity_type] = known or rules_of(RuleSet.objects.select_related("match_model").get(pk=row[0]))
    return _newest[entity_type]


def rules_to_work_by(entity_type: str) -> PublishedRules:
    """The rule set in force, which stays so until the transaction ends. Raises RuleSetMissing."""
    hold_rules(entity_type)
    return published_rules(entity_type)


def rules_of(rule_set: RuleSet) -> PublishedRules:
    """Any version, parsed: one in force, a draft, or one of the past."""
    model = rule_set.match_model.sha256 if rule_set.match_model else None
    content = rule_set_content(rule_set.pk, rule_set.number, model, rule_set.section_hashes)
    if content not in _parsed:
        _parsed[content] = _parse(rule_set, content)
    return _parsed[content]


def _parse(row: RuleSet, content: RuleSetContent) -> PublishedRules:
    if row.match_model is None:
        raise RuleSetMissing(row.entity_type)
    document = {name: getattr(row, name) for name in (DECLARED, *SECTIONS)}
    model = MatchModel.from_document(row.match_model.document, key=settings.ASSAY_COMMITMENT_KEY.encode())
    coded = coded_attributes(row.entity_type)
    parsed = parse_rule_set(coded, completed(row.entity_type, document, [each.name for each in coded]))
    return PublishedRules(
        rule_set_id=row.pk,
        content=content,
        entity_type=row.entity_type,
        number=row.number,
        document=parsed,
        attributes=(*coded, *parsed.declared),
        model=model,
        key_section=_key_section(row.section_hashes["match"], model.oversize),
        single=SingleMatching(parsed.match, model),
    )


def _key_section(match_hash: str, oversize: OversizeKeys) -> int:
    """Names everything that blocking keys depend on: release, match section and frozen oversize keys.

    64 bits, signed.
    """
    frozen = [str(key) for key in (*sorted(oversize.split), 0, *sorted(oversize.cut))]
    digest = hashlib.sha256(":".join([str(KEYS_VERSION), match_hash, *frozen]).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
