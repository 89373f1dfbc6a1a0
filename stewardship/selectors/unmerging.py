"""An unmerge plan as a steward reads it: in groups, each line with what it says, where it goes, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mdm.entity_types import Attribute, entity_types
from mdm.models import GoldenRecord
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.golden import titles_of
from mdm.services.unmerging import BOTH, END, Line, LineKind, Plan, Why
from mdm.value_texts import Titles, public_ids_in, value_lines
from stewardship.selectors.titles import system_labels


@dataclass(frozen=True, slots=True)
class Option:
    """Where a line may go. `value` "" is what the plan proposes, which follows when other choices change it."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line. `address_id` is the public id of the golden record it belongs to, where that is another one."""

    key: str
    name: str
    address_id: str
    label: str
    said: tuple[str, ...]
    goes: str
    options: tuple[Option, ...]
    why: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """The lines of one kind."""

    title: str
    rows: tuple[PlanRow, ...]


_TITLES: Sequence[tuple[str | Promise, tuple[LineKind, ...]]] = (
    (gettext_lazy("Source records"), (LineKind.RECORD,)),
    (gettext_lazy("What refers to them"), (LineKind.REFERENCE,)),
    (gettext_lazy("Pins"), (LineKind.PIN, LineKind.ENDED_PIN)),
    (gettext_lazy("Edited since the merge"), (LineKind.EDIT,)),
    (gettext_lazy("Records in targets"), (LineKind.REMOTE,)),
    (gettext_lazy("Change requests that wait"), (LineKind.REQUEST,)),
    (gettext_lazy("Items of their lists"), (LineKind.ITEM,)),
)
_WHY: Mapping[Why, str | Promise] = {
    Why.STOOD_THERE: gettext_lazy("It stood there before the merge."),
    Why.SPLIT_OFF: gettext_lazy("It is split off."),
    Why.NOT_SPLIT_OFF: gettext_lazy("It is not split off."),
    Why.MATCHING: gettext_lazy("Matching and the decisions that are left put it there."),
    Why.ITS_RECORD: gettext_lazy("Its source record says it."),
    Why.SPEAKS_OF: gettext_lazy("It refers to a source record that goes there."),
    Why.REASSIGNED: gettext_lazy("A steward said so before."),
    Why.SET_BEFORE: gettext_lazy("Set before the merge, on a source record that goes there."),
    Why.STANDS_OVER: gettext_lazy("The value it stands over is what the sources of that side say."),
    Why.SET_SINCE: gettext_lazy("Set since the merge: it stays with the golden record it was set on."),
    Why.REPLACED: gettext_lazy("Another pin replaced it since the merge, and that one goes elsewhere."),
    Why.REPLACED_HERE: gettext_lazy("Another pin replaced it since the merge, and that one goes to the same side."),
    Why.EDITED_SINCE: gettext_lazy("Edited since the merge: it stays with the golden record that was edited."),
    Why.STAYS: gettext_lazy("Nothing ties it to a side: it stays where it is."),
    Why.ASKED_FOR: gettext_lazy("It was asked for on that golden record."),
}


def plan_groups(plan: Plan) -> tuple[PlanGroup, ...]:
    """The lines by kind, kinds without any left out."""
    labels = system_labels()
    wanted = public_ids_in([line.value for line in plan.lines]) | {
        line.golden_id for line in plan.lines if line.golden_id
    }
    titles = titles_of({*wanted, *(side.key for side in plan.sides)})
    kinds = dict(
        GoldenRecord.objects.filter(public_id__in={line.golden_id for line in plan.lines}).values_list(
            "public_id", "entity_type"
        )
    )
    groups = []
    for title, members in _TITLES:
        rows = tuple(_row(line, plan, titles, labels, kinds.get(line.golden_id, "")) for line in plan.of_kind(*members))
        if rows:
            groups.append(PlanGroup(str(title), rows))
    return tuple(groups)


def _row(line: Line, plan: Plan, titles: Titles, labels: Mapping[str, str], child: str) -> PlanRow:
    known = attributes_ever(child or plan.entity_type)
    system, _colon, key = line.about.partition(":")
    name = f"{labels.get(system, system)} {key}" if key else line.about
    if line.kind is LineKind.REFERENCE:
        name = titles.get(line.golden_id, "") or line.golden_id
    elif line.said_by:
        name = line.said_by
    label = known[line.attribute].label if line.attribute in known else ""
    if child:
        label = f"{entity_types.get(child).label}: {label}"
    return PlanRow(
        key=line.key,
        name=name,
        address_id=line.golden_id,
        label=label,
        said=_said(line, known, titles, labels),
        goes=_place(line.choice, plan),
        options=_options(line, plan),
        why=str(_WHY[line.why]),
        chosen=line.deviates,
    )


def _said(line: Line, known: Mapping[str, Attribute], titles: Titles, labels: Mapping[str, str]) -> tuple[str, ...]:
    if line.kind is LineKind.EDIT:
        return tuple(
            text
            for name in sorted({*line.value, *(line.former or {})})
            for text in (f"{known[name].label}: {_joined(known[name], line.value.get(name), titles)}",)
        )
    if line.kind is LineKind.REFERENCE:
        return (f"{labels.get(line.value['system'], line.value['system'])} {line.value['key']}",)
    if line.kind is LineKind.REQUEST:
        return tuple(known[name].label for name in line.value if name in known)
    if line.attribute not in known:
        return (line.value,) if line.value else ()
    value = [line.value] if line.kind is LineKind.ITEM else line.value
    return value_lines(known[line.attribute], value, titles=titles)


def _joined(attribute: Attribute, value: object, titles: Titles) -> str:
    return "; ".join(value_lines(attribute, value, titles=titles)) or _("empty")


def _options(line: Line, plan: Plan) -> tuple[Option, ...]:
    if not line.choices:
        return ()
    proposed = _("proposed: %(side)s") % {"side": _place(line.default, plan)}
    first = Option("", proposed, not line.deviates)
    others = [each for each in line.choices if each != line.default]
    return (first, *(Option(each, _place(each, plan), each == line.choice) for each in others))


def _place(choice: str, plan: Plan) -> str:
    if choice == BOTH:
        return _("both")
    if choice == END:
        return _("none: it ends")
    side = plan.side(choice)
    name = _("a new golden record") if side.golden_record_id is None else side.key
    return f"{name} {side.title}".strip()
