"""Conditions under which a decision is looked at again, in words, and what the page of one shows."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mdm.models import DecisionKind, GoldenRecord, MatchDecision, ReopeningCondition, ReopeningKind, SourceRecord
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.golden import titles_of
from mdm.services.reopening import parties
from mdm.value_texts import public_ids_in, value_lines
from stewardship.selectors.comparison import source_name
from stewardship.selectors.naming import golden_records_of

_ASKED = {
    ReopeningKind.AGREE: gettext_lazy("%(attribute)s of both sides agree by now."),
    ReopeningKind.DIFFER: gettext_lazy("%(attribute)s of both sides differ by now."),
    ReopeningKind.CHANGE: gettext_lazy("%(attribute)s has changed since."),
}
_WATCHED = {
    ReopeningKind.AGREE: gettext_lazy("when both sides agree in %(attribute)s"),
    ReopeningKind.DIFFER: gettext_lazy("when both sides differ in %(attribute)s"),
    ReopeningKind.CHANGE: gettext_lazy("when %(attribute)s of either side changes"),
}


def condition_text(condition: ReopeningCondition, entity_type: str) -> str:
    """Why a steward is asked."""
    if condition.kind == ReopeningKind.DATE:
        return _("%(person)s wanted it looked at again on this day.") % {"person": condition.declared_by}
    return str(_ASKED[ReopeningKind(condition.kind)]) % {"attribute": _label(condition, entity_type)}


def watched_text(condition: ReopeningCondition, entity_type: str) -> str:
    """When a steward will be asked."""
    if condition.kind == ReopeningKind.DATE and condition.due_at is not None:
        return _("on %(day)s") % {"day": condition.due_at.date().isoformat()}
    return str(_WATCHED[ReopeningKind(condition.kind)]) % {"attribute": _label(condition, entity_type)}


def watched_decisions(units: Sequence[Any], entity_type: str) -> dict[Any, list[str]]:
    """Unit → when stewards will be asked about it, in words. Any: UUIDs."""
    found: dict[Any, list[str]] = {}
    for row in ReopeningCondition.objects.filter(unit__in=units, closed_at=None).order_by("pk"):
        found.setdefault(row.unit, []).append(watched_text(row, entity_type))
    return found


def reopened_page(condition: ReopeningCondition) -> dict[str, Any]:  # Any: a template's context
    """The decision, why it is asked about, and what both sides say."""
    decisions = list(MatchDecision.objects.filter(unit=condition.unit).select_related("left").order_by("pk"))
    standing = [each for each in decisions if each.closed_at is None]
    decision, entity_type = decisions[0], decisions[0].left.entity_type
    sides = [_side(ids, condition, entity_type) for ids in parties(standing or decisions)]
    return {
        "condition": condition,
        "decision": decision,
        "is_merge": decision.kind == DecisionKind.MUST_LINK,
        "asked": condition_text(condition, entity_type),
        "is_open": condition.met_at is not None and condition.closed_at is None,
        "label": "" if condition.kind == ReopeningKind.DATE else _label(condition, entity_type),
        "sides": sides,
    }


def _side(ids: set[int], condition: ReopeningCondition, entity_type: str) -> dict[str, Any]:
    records = SourceRecord.objects.select_related("source_system").in_bulk(ids)
    homes = golden_records_of(ids)
    golden: GoldenRecord | None = next((homes[pk] for pk in sorted(ids) if pk in homes), None)
    known = attributes_ever(entity_type)
    said = []
    for pk in sorted(records):
        value = records[pk].accepted.get(condition.attribute)
        lines = (
            ()
            if not condition.attribute
            else value_lines(known[condition.attribute], value, titles=titles_of(public_ids_in(value)))
        )
        said.append((source_name(records[pk]), lines))
    return {"golden": golden, "said": said}


def _label(condition: ReopeningCondition, entity_type: str) -> str:
    return attributes_ever(entity_type)[condition.attribute].label
