"""Rule set versions, parsed, each with the match model that belongs to it."""

import hashlib
from dataclasses import dataclass

from django.conf import settings

from matching.decision import thresholds
from matching.model import MatchModel
from matching.oversize import OversizeKeys
from matching.rule_tree import MatchRules
from mdm.entity_types import attributes_of
from mdm.errors import RuleSetMissing
from mdm.models import RuleSet, RuleSetState
from mdm.rules.documents import SECTIONS, RuleSetDocument
from mdm.rules.parsing import parse_rule_set


@dataclass(frozen=True, slots=True)
class PublishedRules:
    """The rule set in force, parsed. Blocking keys made under another `key_section` never meet those of this one."""

    rule_set_id: int
    entity_type: str
    number: int
    document: RuleSetDocument
    model: MatchModel
    key_section: int

    @property
    def match_rules(self) -> MatchRules:
        """The match section."""
        return self.document.match

    @property
    def review_floor_bits(self) -> float:
        """Pairs below this weight are not kept."""
        return thresholds(self.match_rules, self.model, profile=settings.ASSAY_MATCH_PROFILE).review_bits


# By id and content: a published rule set never changes, but ids start over in another database.
_parsed: dict[tuple[int, int, str, tuple[str, ...]], PublishedRules] = {}


def published_rules(entity_type: str) -> PublishedRules:
    """The rule set in force. Raises RuleSetMissing."""
    row = (
        RuleSet.objects.filter(entity_type=entity_type, state=RuleSetState.PUBLISHED)
        .values_list("pk", "number", "match_model__sha256", "section_hashes")
        .first()
    )
    if row is None:
        raise RuleSetMissing(entity_type)
    pk, number, model, hashes = row
    content = (pk, number, model or "", tuple(hashes[name] for name in SECTIONS))
    return _parsed.get(content) or rules_of(RuleSet.objects.select_related("match_model").get(pk=pk))


def rules_of(rule_set: RuleSet) -> PublishedRules:
    """Any version, parsed: one in force, a draft, or one of the past."""
    content = (
        rule_set.pk,
        rule_set.number,
        rule_set.match_model.sha256 if rule_set.match_model else "",
        tuple(rule_set.section_hashes[name] for name in SECTIONS),
    )
    if content not in _parsed:
        _parsed[content] = _parse(rule_set)
    return _parsed[content]


def _parse(row: RuleSet) -> PublishedRules:
    if row.match_model is None:
        raise RuleSetMissing(row.entity_type)
    document = {name: getattr(row, name) for name in SECTIONS}
    model = MatchModel.from_document(row.match_model.document, key=settings.ASSAY_COMMITMENT_KEY.encode())
    return PublishedRules(
        rule_set_id=row.pk,
        entity_type=row.entity_type,
        number=row.number,
        document=parse_rule_set(attributes_of(row.entity_type), document),
        model=model,
        key_section=_key_section(row.section_hashes["match"], model.oversize),
    )


def _key_section(match_hash: str, oversize: OversizeKeys) -> int:
    """Names everything that blocking keys depend on: the match section and the frozen oversize keys.

    64 bits, signed.
    """
    frozen = [str(key) for key in (*sorted(oversize.split), 0, *sorted(oversize.cut))]
    digest = hashlib.sha256(":".join([match_hash, *frozen]).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
