"""Change requests whose ground has moved: what consent was asked for is another thing by now, so it is asked anew."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mdm.actors import SYSTEM
from mdm.errors import StateConflict
from mdm.models import (
    ChangeEffect,
    ChangePart,
    ChangeRequest,
    ChangeRequestState,
    GoldenRecord,
    GoldenVersion,
)
from mdm.rules.documents import Override
from mdm.rules.ownership import ownership_of
from mdm.rules.writing import ANY_APPROVER
from mdm.selectors.golden import survivor_of
from mdm.services.change_parts import MOVED, consents_for, open_request, revise_parts
from mdm.services.rebuild import values_without_pins
from mdm.services.retries import atomically
from mdm.services.rule_sets import PublishedRules, published_rules


@atomically
def renew_change(change_request_id: int, *, at: datetime) -> bool:
    """Ask anew for consent to values whose former value, rules or owner changed; returns whether any did.

    Consent given before is void. A decided change request stays as it is. Raises NotFound.
    """
    try:
        request = open_request(change_request_id)
    except StateConflict:
        return False
    moved = moved_parts(request, at=at)
    if moved:
        revise_parts(request, moved, reason=MOVED, actor=SYSTEM, at=at, edited=False)
        ChangeRequest.objects.filter(pk=request.pk).update(base_version=request.golden_record.version)
    return bool(moved)


def moved_parts(request: ChangeRequest, *, at: datetime) -> list[ChangePart]:
    """The open parts that stand beside another value than proposed, or need other consents or another effect by now.

    They carry what they need now, unsaved; what the end of a pin would bring follows the sources. The caller holds the
    request's lock.
    """
    parts = list(request.parts.filter(state=ChangeRequestState.OPEN).order_by("attribute"))
    golden_record = survivor_of(request.golden_record)
    if any(part.effect != ChangeEffect.ACCEPT for part in parts):  # as whoever applies them does
        golden_record = GoldenRecord.objects.select_for_update().get(pk=golden_record.pk)
    rules = published_rules(golden_record.entity_type)
    known = {attribute.name for attribute in rules.attributes}
    before = _base_values(request, golden_record)
    now = golden_record.document["attributes"]
    released = any(part.effect == ChangeEffect.RELEASE for part in parts)
    beneath = values_without_pins([golden_record], at=at)[golden_record.pk] if released else {}
    moved = []
    for part in parts:
        name = part.attribute
        if name not in known:
            continue
        value = beneath.get(name) if part.effect == ChangeEffect.RELEASE else part.value
        has_moved = value != part.value or before.get(name) != now.get(name)
        part.value = value
        effect, consents = _needs(part, request, golden_record, rules)
        if has_moved or (effect, consents) != (part.effect, tuple(part.consents)):
            part.effect, part.consents = effect, list(consents)
            moved.append(part)
    return moved


def _needs(
    part: ChangePart, request: ChangeRequest, golden_record: GoldenRecord, rules: PublishedRules
) -> tuple[ChangeEffect, tuple[str, ...]]:
    """Its effect and consents as if proposed now. What waits never stops to wait: somebody was asked."""
    effect = ChangeEffect(part.effect)
    owned = ownership_of(rules.document.ownership, golden_record.document["attributes"])[part.attribute]
    of_a_person = effect in (ChangeEffect.VALUE, ChangeEffect.PIN)
    if of_a_person and owned.is_of_another_system and owned.override is not Override.FORBID:
        effect = ChangeEffect.CORRECTION
    told = {part.attribute: part.value}
    origin, effects = request.origin_system, {part.attribute: effect}
    needed = consents_for(golden_record, told, rules, origin=origin, effects=effects)[part.attribute]
    return effect, needed or tuple(part.consents) or ANY_APPROVER


def _base_values(request: ChangeRequest, golden_record: GoldenRecord) -> Mapping[str, Any]:
    """What the golden record said when it was proposed; after a merge, what the survivor says now."""
    if golden_record.pk != request.golden_record_id or golden_record.version == request.base_version:
        return dict(golden_record.document["attributes"])
    versions = GoldenVersion.objects.filter(id=golden_record.pk, version=request.base_version)
    document = versions.values_list("document", flat=True).first() or {}
    return dict(document.get("attributes", {}))
