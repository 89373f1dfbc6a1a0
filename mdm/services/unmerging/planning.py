"""An unmerge plan: what there would be without the merge, with a line for everything that has to go somewhere."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from mdm.entity_types import entity_types
from mdm.errors import NotFound, StateConflict
from mdm.models import DecisionKind, DecisionOrigin, MatchDecision
from mdm.services.rule_sets import PublishedRules, published_rules
from mdm.services.unmerging.child_lines import item_lines, reference_lines, remote_lines, request_lines
from mdm.services.unmerging.edit_lines import edit_lines
from mdm.services.unmerging.parting import Parting, foresee_parting
from mdm.services.unmerging.pin_lines import pin_lines
from mdm.services.unmerging.plan import InvalidChoice, Line, LineKind, Plan, Side, Why, short_hash, state_of


def unmerge_plan(
    unit: UUID, *, choices: Mapping[str, str] | None = None, keep_apart: bool = False, at: datetime
) -> Plan:
    """The plan for taking a merge back, with the steward's `choices` by the key of a line; nothing is stored.

    With `keep_apart` the sides are decided to be different things. Raises NotFound, StateConflict for a merge that was
    undone or a decision that is none, and InvalidChoice.
    """
    return plan_for(open_merge(unit), choices=choices or {}, keep_apart=keep_apart, at=at, to_act=False)


def plan_for(
    decisions: list[MatchDecision], *, choices: Mapping[str, str], keep_apart: bool, at: datetime, to_act: bool = True
) -> Plan:
    """The same for decisions that the caller has read, and is about to act on."""
    return plan_of(foresee_parting(decisions, to_act=to_act, at=at), choices=choices, keep_apart=keep_apart)


def plan_of(parting: Parting, *, choices: Mapping[str, str], keep_apart: bool, split: bool = False) -> Plan:
    """The plan for what was foreseen, with the steward's choices. Raises InvalidChoice.

    A `split` has chosen its source records: they go where they land, and no line sends them elsewhere.
    """
    rules = published_rules(parting.entity_type)
    sides, target, proposed = _lines(parting, rules, {}, split=split)
    state = state_of(sides, proposed, rule_set_id=rules.rule_set_id)  # whatever a steward chooses meanwhile
    lines = proposed
    if choices:
        sides, target, lines = _lines(parting, rules, choices, split=split)
    return Plan(
        unit=parting.unit,
        entity_type=parting.entity_type,
        survivor=parting.survivor.public_id,
        sides=sides,
        lines=tuple(lines),
        landing=parting.landing,
        target=target,
        former=parting.before,
        records=tuple(pk for pk in parting.records if not parting.is_hub(pk)),
        keep_apart=keep_apart,
        state=state,
        beneath=parting.beneath,
    )


def _lines(
    parting: Parting, rules: PublishedRules, choices: Mapping[str, str], *, split: bool
) -> tuple[tuple[Side, ...], dict[int, str], list[Line]]:
    """The sides, where each source record shall go, and all lines, under these choices. Raises InvalidChoice."""
    target = dict(parting.landing)
    records = [chosen(line, choices) for line in _record_lines(parting, split=split)]
    for line in records:
        target[line.subject_id] = line.choice
    for hub, tied in parting.tied.items():
        target[hub] = target.get(tied, target[hub])
    parting = replace(parting, sides=_with_anchors(parting, target))
    others = [
        *reference_lines(parting, target),
        *item_lines(parting, target, rules),
        *edit_lines(parting, target, rules),
        *remote_lines(parting),
        *request_lines(parting, target),
    ]
    lines = [*records, *pin_lines(parting, target, choices, rules), *(chosen(line, choices) for line in others)]
    for key in sorted(choices.keys() - {line.key for line in lines}):
        raise InvalidChoice(key, ())
    return parting.sides, target, lines


def open_merge(unit: UUID, *, lock: bool = False) -> list[MatchDecision]:
    """The decisions of a merge that stand. Raises NotFound, and StateConflict where none does or it is no merge."""
    rows = MatchDecision.objects.filter(unit=unit, origin=DecisionOrigin.STEWARD).order_by("pk")
    decisions = list(rows.select_for_update() if lock else rows)
    if not decisions:
        raise NotFound("There is no such decision.")
    standing = [each for each in decisions if each.closed_at is None]
    if not standing:
        raise StateConflict("The decision was undone already.")
    if all(each.kind == DecisionKind.CANNOT_LINK for each in standing):
        raise StateConflict("This decision keeps records apart; there is nothing to divide.")
    return standing


def chosen(line: Line, choices: Mapping[str, str]) -> Line:
    """The line with the steward's choice. Raises InvalidChoice."""
    choice = choices.get(line.key, "")
    if not choice:
        return line
    if choice not in line.choices:
        raise InvalidChoice(line.key, line.choices)
    return replace(line, choice=choice)


def _record_lines(parting: Parting, *, split: bool) -> list[Line]:
    golden = {side.key: side.golden_record_id for side in parting.sides}
    every = () if split else tuple(golden)
    stays, goes = (Why.NOT_SPLIT_OFF, Why.SPLIT_OFF) if split else (Why.STOOD_THERE, Why.MATCHING)
    title = entity_types.get(parting.entity_type).title
    lines = []
    for pk, record in parting.records.items():
        if parting.is_hub(pk):
            continue
        side = parting.landing[pk]
        stood_there = pk in parting.before and parting.before[pk] == golden[side]
        lines.append(
            Line(
                key=f"record:{pk}",
                kind=LineKind.RECORD,
                about=f"{record.source_system.name}:{record.key}",
                default=side,
                choice=side,
                choices=every,
                value=title(record.accepted),
                why=stays if stood_there else goes,
                subject_id=pk,
                fingerprint=short_hash([record.accepted, record.tombstoned_at is None]),
            )
        )
    return lines


def _with_anchors(parting: Parting, target: Mapping[int, str]) -> tuple[Side, ...]:
    """The sides with an anchor that really goes there."""
    sides = []
    for side in parting.sides:
        there = sorted(
            (pk for pk, key in target.items() if key == side.key and not parting.is_hub(pk)),
            key=lambda pk: (parting.landing[pk] != side.key, parting.before.get(pk) != side.golden_record_id, pk),
        )
        sides.append(Side(side.key, side.golden_record_id, side.title, there[0] if there else None))
    return tuple(sides)
