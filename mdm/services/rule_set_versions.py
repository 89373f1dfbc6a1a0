"""The life of a rule set version: drafted, published, superseded. What is in force changes by publishing only.

Where golden records may come out otherwise, publishing starts a rollout (`mdm.services.rollouts`).
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from matching.model import MatchModel, default_model
from mdm.actors import Actor
from mdm.entity_types import coded_attributes, entity_types
from mdm.errors import NotFound, StateConflict
from mdm.models import MatchModelArtifact, Rehearsal, RuleSet, RuleSetState
from mdm.rules.declared import declared_attributes
from mdm.rules.documents import DECLARED, SECTIONS, RuleSetDocument
from mdm.rules.parsing import parse_rule_set
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.rollouts import open_rollouts
from mdm.services.audit import Act, record_audit_entries
from mdm.services.declared_attributes import refuse_loose_ends, refuse_other_forms
from mdm.services.locks import await_rule_users, lock_rule_versions
from mdm.services.retries import atomically
from mdm.services.rollouts.starting import begin_rollout, is_needed, refuse_while_under_way
from mdm.services.rule_sets import rules_of

# What golden values are computed from. A change of approval says who decides, not what is true.
_MAKE_VALUES = ("match", "ownership", "survivorship", "quality")


@transaction.atomic
def draft_rule_set(
    entity_type: str,
    document: Mapping[str, Any],
    *,
    model: MatchModel | None,
    actor: Actor,
    at: datetime,
    note: str = "",
) -> RuleSet:
    """Keep a rule set that is not in force yet, under the next number. Raises InvalidRuleSet with every mistake.

    `model` None takes the one in force where it was made for these match rules, else the shipped one.
    """
    parsed = parse_rule_set(coded_attributes(entity_type), document)
    current = lock_versions(entity_type)
    return _draft(entity_type, parsed, _model(parsed, model, current), current, actor=actor, at=at, note=note)


@atomically
def publish_draft(entity_type: str, number: int, *, actor: Actor, at: datetime, without_rehearsal: str = "") -> RuleSet:
    """Put a draft in force; the version before is superseded, never changed. Repeating it returns the version.

    Where values may change by it, a rollout is started, and it must have been rehearsed against the version in force,
    unless `without_rehearsal` says why not. It comes into force at once where it matches alike, else when the rollout
    has made all its pairs. Raises NotFound; StateConflict for a draft that was not rehearsed, for one that does not
    know of what was published since, for a version of the past, and while another rollout is under way; InvalidRuleSet
    where a declared attribute goes or changes its form before what speaks of it is settled.
    """
    current = lock_versions(entity_type)
    if current is not None and current.number == number:
        return current
    draft = version_of(entity_type, number)
    if open_rollouts(entity_type).filter(rule_set=draft).exists():
        return draft
    refuse_while_under_way(entity_type)
    if draft.state not in (RuleSetState.DRAFT, RuleSetState.REHEARSED):
        raise StateConflict(
            f"Version {number} of the {entity_type} rules was in force before; export it and draft it anew."
        )
    if current is not None and draft.based_on != current.number:
        raise StateConflict(
            f"Version {current.number} of the {entity_type} rules was published after version {number} was drafted, "
            "which would take its changes back; draft it anew."
        )
    if current is not None and makes_other_values(draft, current) and not _is_rehearsed(draft, current):
        if not without_rehearsal:
            raise StateConflict(
                f"Version {number} of the {entity_type} rules was not rehearsed against version {current.number}, "
                f"which is in force: manage.py rehearse {entity_type} {number}"
            )
        _audit("rule_set.rehearsal_waived", draft, reason=without_rehearsal, actor=actor, at=at)
    return _publish(draft, current, actor=actor, at=at)


@atomically
def publish_rule_set(
    entity_type: str,
    document: Mapping[str, Any],
    *,
    model: MatchModel | None,
    actor: Actor,
    at: datetime,
    note: str = "",
) -> RuleSet:
    """Draft and publish in one step, as `publish_draft` does. What is in force already stays, and is returned.

    Raises InvalidRuleSet; StateConflict while a rollout is under way.
    """
    parsed = parse_rule_set(coded_attributes(entity_type), document)
    current = lock_versions(entity_type)
    chosen = _model(parsed, model, current)
    if current is not None and current.match_model is not None:
        in_force = current.section_hashes, current.match_model.sha256
        if in_force == (parsed.section_hashes(), chosen.sha256):
            return current
    refuse_while_under_way(entity_type)
    draft = _draft(entity_type, parsed, chosen, current, actor=actor, at=at, note=note)
    return _publish(draft, current, actor=actor, at=at)


def version_of(entity_type: str, number: int | None = None) -> RuleSet:
    """One version of the rules, or the one in force. Raises NotFound."""
    versions = RuleSet.objects.filter(entity_type=entity_type).select_related("match_model")
    wanted = versions.filter(state=RuleSetState.PUBLISHED) if number is None else versions.filter(number=number)
    found = wanted.first()
    if found is None:
        raise NotFound(f"There is no version {number or 'in force'} of the {entity_type} rules.")
    return found


def ensure_rule_sets(*, actor: Actor, at: datetime) -> None:
    """Publish the shipped rules of every entity type that has none in force."""
    for name in entity_types:
        if not RuleSet.objects.filter(entity_type=name, state=RuleSetState.PUBLISHED).exists():
            document = dict(entity_types.get(name).default_rules())
            publish_rule_set(name, document, model=None, actor=actor, at=at, note="Shipped rules")


def lock_versions(entity_type: str) -> RuleSet | None:
    """Lock every version, so that numbers and what is in force hold still; returns the one in force."""
    lock_rule_versions(entity_type)
    # Not against key sharing: who stores pairs or versions that name one need not wait.
    versions = RuleSet.objects.select_for_update(no_key=True, of=("self",)).filter(entity_type=entity_type)
    every = list(versions.select_related("match_model").order_by("pk"))
    return next((each for each in every if each.state == RuleSetState.PUBLISHED), None)


def _model(parsed: RuleSetDocument, model: MatchModel | None, current: RuleSet | None) -> MatchModel:
    if model is not None:
        return model
    if current is not None:
        in_force = rules_of(current).model
        if in_force.rules_hash == parsed.match.section_hash:
            return in_force
    return default_model(parsed.match, key=settings.ASSAY_COMMITMENT_KEY.encode())


def _draft(
    entity_type: str,
    parsed: RuleSetDocument,
    model: MatchModel,
    current: RuleSet | None,
    *,
    actor: Actor,
    at: datetime,
    note: str,
) -> RuleSet:
    artifact, _ = MatchModelArtifact.objects.get_or_create(
        sha256=model.sha256,
        defaults={"entity_type": entity_type, "document": model.to_document(), "created_at": at},
    )
    last = RuleSet.objects.filter(entity_type=entity_type).aggregate(last=Max("number"))["last"] or 0
    sections = parsed.to_document()
    draft = RuleSet.objects.create(
        entity_type=entity_type,
        number=last + 1,
        state=RuleSetState.DRAFT,
        section_hashes=parsed.section_hashes(),
        match_model=artifact,
        based_on=current.number if current else None,
        note=note,
        created_by=actor.name,
        created_at=at,
        attributes=sections.get(DECLARED, {}),
        **{name: sections[name] for name in SECTIONS},
    )
    refuse_other_forms(entity_type, parsed.declared)
    _audit("rule_set.drafted", draft, reason=note, actor=actor, at=at)
    return draft


def _publish(draft: RuleSet, current: RuleSet | None, *, actor: Actor, at: datetime) -> RuleSet:
    await_rule_users(draft.entity_type)
    if current is not None and makes_other_values(draft, current) and is_needed(draft.entity_type):
        refuse_other_attributes(draft, current)
        alike = matches_alike(draft, current)
        begin_rollout(draft, current, matches_alike=alike, rolls_back=None, reason=draft.note, actor=actor, at=at)
        if not alike:
            return draft
    return put_in_force(draft, current, actor=actor, at=at)


def put_in_force(draft: RuleSet, current: RuleSet | None, *, actor: Actor, at: datetime) -> RuleSet:
    """The version counts from now on. The caller holds the versions locked, and nobody works by them meanwhile."""
    refuse_other_attributes(draft, current)
    if current is not None:
        RuleSet.objects.filter(pk=current.pk).update(state=RuleSetState.SUPERSEDED)
    draft.state, draft.published_at, draft.published_by = RuleSetState.PUBLISHED, at, actor.name
    draft.save(update_fields=["state", "published_at", "published_by"])
    _audit("rule_set.published", draft, reason=draft.note, actor=actor, at=at)
    return draft


def matches_alike(draft: RuleSet, current: RuleSet) -> bool:
    """Whether the same records belong together under both: then only values can differ."""
    same_rules = draft.section_hashes["match"] == current.section_hashes["match"]
    return same_rules and draft.match_model_id == current.match_model_id


def makes_other_values(draft: RuleSet, current: RuleSet) -> bool:
    """Whether golden records may come out otherwise under the draft: then it is rehearsed first, and settled after.

    Of attributes that were never declared before, no record can tell yet.
    """
    unheard_of = set(draft.attributes) - attributes_ever(draft.entity_type).keys()
    if draft.match_model_id != current.match_model_id:
        return True
    return any(_without(unheard_of, draft, name) != getattr(current, name) for name in _MAKE_VALUES)


def refuse_other_attributes(draft: RuleSet, current: RuleSet | None) -> None:
    """Raises InvalidRuleSet where a declared attribute changes its form, or goes while something still tells of it."""
    refuse_other_forms(draft.entity_type, declared_attributes(draft.attributes))
    if current is not None:
        refuse_loose_ends(draft.entity_type, set(current.attributes) - set(draft.attributes))


def _without(names: Collection[str], rule_set: RuleSet, section: str) -> Any:  # a section of the document
    whole = getattr(rule_set, section)
    if section == "ownership":
        return {name: each for name, each in whole.items() if name not in names}
    if section == "survivorship":
        policies = {name: each for name, each in whole["attributes"].items() if name not in names}
        return {**whole, "attributes": policies}
    return whole


def _is_rehearsed(draft: RuleSet, current: RuleSet) -> bool:
    return Rehearsal.objects.filter(rule_set=draft, in_force=current).exists()


def _audit(action: str, rule_set: RuleSet, *, reason: str, actor: Actor, at: datetime) -> None:
    act = Act(action, "rule_set", rule_set.pk, rule_set.number, reason)
    record_audit_entries([act], actor=actor, at=at)
