"""Ways out of two prices that stand against each other: one line gives way, or one agreement comes first. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from mdm.entity_types.agreement_lines import ALWAYS, NEVER, OF_ONE_LINE, Days, Line, days_of, line_days, line_item_key
from mdm.entity_types.base import Document, JsonValue

LINES, PRECEDENCE = "lines", "precedence"


class PlanKind(StrEnum):
    """`truncate` ends the line where the other begins, for good; `split` lets it go on after the other.

    `begin_later` lets it begin where the other ends, `drop` takes it away, since the other prices all its days.
    `raise_precedence` lets the agreement come before the other wherever both price one thing.
    """

    TRUNCATE = "truncate"
    SPLIT = "split"
    BEGIN_LATER = "begin_later"
    DROP = "drop"
    RAISE_PRECEDENCE = "raise_precedence"


@dataclass(frozen=True, slots=True)
class Side:
    """A line of an agreement (public id) that stands against another, by its key; `document` as it is now.

    A line that the agreement takes over from another is not in its document.
    """

    agreement: str
    document: Document
    line: str

    @property
    def days(self) -> Days | None:
        """When the line holds, as far as its agreement does; None for one that it takes over."""
        found = _find(self.document, self.line)
        return None if found is None else line_days(self.document, found).within(days_of(self.document))


@dataclass(frozen=True, slots=True)
class Plan:
    """New `values` of one agreement after which the two no longer meet. `key` tells the plans of a conflict apart.

    `keeps` are the spans of days that the line has after it; `loses` the one that then has no price, None for none.
    """

    key: str
    kind: PlanKind
    agreement: str
    line: str
    keeps: tuple[Days, ...]
    loses: Days | None
    values: Mapping[str, JsonValue]


def plans(left: Side, right: Side, *, taken: Collection[int] = ()) -> list[Plan]:
    """Every way out, those that change dates first. `taken` are precedences of other agreements for the same buyers."""
    found = [*_giving_way("left", left, right), *_giving_way("right", right, left)]
    if left.agreement != right.agreement:
        found += [_raised("left", left, right, taken), _raised("right", right, left, taken)]
    return found


def without(days: Days, hole: Days) -> tuple[Days, ...]:
    """What is left of the days outside the hole: none, one or two spans."""
    if not days.meets(hole):
        return (days,)
    before, after = Days(days.start, min(days.end, hole.start)), Days(max(days.start, hole.end), days.end)
    return tuple(each for each in (before, after) if each.start < each.end)


def told_plan(plan: Plan) -> dict[str, JsonValue]:
    """A plan for clients: sending its values for its agreement carries it out. Open ends are null."""
    return {
        "key": plan.key,
        "kind": plan.kind.value,
        "agreement": plan.agreement,
        "line": plan.line,
        "keeps": [told_days(each) for each in plan.keeps],
        "loses": None if plan.loses is None else told_days(plan.loses),
        "values": dict(plan.values),
    }


def told_days(days: Days) -> dict[str, str | None]:
    """Days for clients, half-open; open ends are null."""
    return {"from": days.start or None, "until": None if days.end == NEVER else days.end}


def _giving_way(name: str, side: Side, other: Side) -> list[Plan]:
    line, days, hole = _find(side.document, side.line), side.days, other.days
    if line is None or days is None or hole is None or not days.meets(hole):
        return []
    pieces = without(line_days(side.document, line), hole)
    if len(pieces) == 2:
        head = pieces[:1]
        lost = Days(hole.end, days.end)
        ends_with_agreement = lost.start >= lost.end
        return [
            _plan(name, PlanKind.SPLIT, side, pieces),
            _plan(name, PlanKind.TRUNCATE, side, head, loses=None if ends_with_agreement else lost),
        ]
    if not pieces:
        return [_plan(name, PlanKind.DROP, side, ())]
    kind = PlanKind.TRUNCATE if pieces[0].start == line_days(side.document, line).start else PlanKind.BEGIN_LATER
    return [_plan(name, kind, side, pieces)]


def _plan(name: str, kind: PlanKind, side: Side, pieces: tuple[Days, ...], *, loses: Days | None = None) -> Plan:
    values = {LINES: _with_pieces(side.document, side.line, pieces)}
    return Plan(f"{name}:{kind}", kind, side.agreement, side.line, pieces, loses, values)


def _raised(name: str, side: Side, other: Side, taken: Collection[int]) -> Plan:
    """The lowest precedence above the other's that no other agreement for these buyers has."""
    wanted = int(other.document.get(PRECEDENCE) or 0) + 1
    while wanted in taken:
        wanted += 1
    kind = PlanKind.RAISE_PRECEDENCE
    keeps = () if side.days is None else (side.days,)
    return Plan(f"{name}:{kind}", kind, side.agreement, side.line, keeps, None, {PRECEDENCE: wanted})


def _with_pieces(document: Document, key: str, pieces: tuple[Days, ...]) -> list[Line]:
    """The lines with this one in pieces; the first keeps what its systems know and say of it alone."""
    lines: list[Line] = []
    done = False
    for line in document.get(LINES) or ():
        if done or line_item_key(line) != key:
            lines.append(line)
            continue
        done = True
        for number, piece in enumerate(pieces):
            lines.append(_dated(line, piece, line_days(document, line), again=number > 0))
    return lines


def _dated(line: Line, piece: Days, whole: Days, *, again: bool) -> Line:
    """The line on those days; ends that it has of its agreement stay its agreement's."""
    dated = {name: value for name, value in line.items() if not (again and name in OF_ONE_LINE)}
    if piece.start not in (whole.start, ALWAYS):
        dated["valid_from"] = piece.start
    if piece.end not in (whole.end, NEVER):
        dated["valid_to"] = piece.end
    return dated


def _find(document: Document, key: str) -> Line | None:
    return next((line for line in document.get(LINES) or () if line_item_key(line) == key), None)
