"""Rule set versions: what is in force, publishing, and the match model that belongs to one."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from matching.decision import thresholds
from matching.model import MatchModel, default_model
from matching.oversize import OversizeKeys
from matching.rule_tree import MatchRules
from matching.single import SingleMatching
from mdm.actors import Actor
from mdm.entity_types import attributes_of, entity_types
from mdm.errors import RuleSetMissing
from mdm.models import MatchModelArtifact, RuleSet, RuleSetState
from mdm.rules.documents import SECTIONS, RuleSetDocument
from mdm.rules.parsing import parse_rule_set
from mdm.selectors.candidates import RuleSetContent, rule_set_content
from mdm.services.audit import Act, record_audit_entries


@dataclass(frozen=True, slots=True)
class PublishedRules:
    """The rule set in force, parsed. Blocking keys made under another `key_section` never meet those of this one."""

    rule_set_id: int
    content: RuleSetContent
    entity_type: str
    number: int
    document: RuleSetDocument
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
        return thresholds(self.match_rules, self.model, profile=settings.ASSAY_MATCH_PROFILE).review_bits


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
    content = rule_set_content(*row)
    if content not in _parsed:
        _parsed[content] = _parse(RuleSet.objects.select_related("match_model").get(pk=row[0]), content)
    _newest[entity_type] = _parsed[content]
    return _parsed[content]


@transaction.atomic
def publish_rule_set(
    entity_type: str, document: dict[str, Any], *, model: MatchModel | None, actor: Actor, at: datetime, note: str = ""
) -> RuleSet:
    """Make `document` the rule set in force; the one before is superseded, never changed.

    Publishing what is in force already returns it. `model` None takes the shipped one. Raises InvalidRuleSet.
    """
    parsed = parse_rule_set(attributes_of(entity_type), document)
    match_model = model or default_model(parsed.match, key=settings.ASSAY_COMMITMENT_KEY.encode())
    current = (
        RuleSet.objects.select_for_update(of=("self",))
        .filter(entity_type=entity_type, state=RuleSetState.PUBLISHED)
        .select_related("match_model")
        .first()
    )
    hashes = parsed.section_hashes()
    if (
        current
        and current.section_hashes == hashes
        and current.match_model is not None
        and current.match_model.sha256 == match_model.sha256
    ):
        return current
    if current:
        RuleSet.objects.filter(pk=current.pk).update(state=RuleSetState.SUPERSEDED)
    artifact, _ = MatchModelArtifact.objects.get_or_create(
        sha256=match_model.sha256,
        defaults={"entity_type": entity_type, "document": match_model.to_document(), "created_at": at},
    )
    last = RuleSet.objects.filter(entity_type=entity_type).aggregate(last=Max("number"))["last"] or 0
    rule_set = RuleSet.objects.create(
        entity_type=entity_type,
        number=last + 1,
        state=RuleSetState.PUBLISHED,
        section_hashes=hashes,
        match_model=artifact,
        note=note,
        created_by=actor.name,
        created_at=at,
        published_at=at,
        **{name: parsed.to_document()[name] for name in SECTIONS},
    )
    record_audit_entries(
        [Act("rule_set.published", "rule_set", rule_set.pk, rule_set.number, note)], actor=actor, at=at
    )
    return rule_set


def ensure_rule_sets(*, actor: Actor, at: datetime) -> None:
    """Publish the shipped rules of every entity type that has none in force."""
    for name in entity_types:
        if not RuleSet.objects.filter(entity_type=name, state=RuleSetState.PUBLISHED).exists():
            document = dict(entity_types.get(name).default_rules())
            publish_rule_set(name, document, model=None, actor=actor, at=at, note="Shipped rules")


def _parse(row: RuleSet, content: RuleSetContent) -> PublishedRules:
    if row.match_model is None:
        raise RuleSetMissing(row.entity_type)
    document = {name: getattr(row, name) for name in SECTIONS}
    model = MatchModel.from_document(row.match_model.document, key=settings.ASSAY_COMMITMENT_KEY.encode())
    parsed = parse_rule_set(attributes_of(row.entity_type), document)
    return PublishedRules(
        rule_set_id=row.pk,
        content=content,
        entity_type=row.entity_type,
        number=row.number,
        document=parsed,
        model=model,
        key_section=_key_section(row.section_hashes["match"], model.oversize),
        single=SingleMatching(parsed.match, model),
    )


def _key_section(match_hash: str, oversize: OversizeKeys) -> int:
    """Names everything that blocking keys depend on: the match section and the frozen oversize keys.

    64 bits, signed.
    """
    frozen = [str(key) for key in (*sorted(oversize.split), 0, *sorted(oversize.cut))]
    digest = hashlib.sha256(":".join([match_hash, *frozen]).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
