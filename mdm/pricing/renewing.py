"""Lines of one agreement renewed: the new lines, what becomes of the old ones, and why some are left alone. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from mdm.decimals import canonical_decimal
from mdm.entity_types.agreement_lines import (
    NEVER,
    OF_ONE_LINE,
    Days,
    Line,
    days_of,
    line_days,
    line_item_key,
    rival_key,
)
from mdm.entity_types.base import Document, JsonValue

LINES, VALID_TO = "lines", "valid_to"
_NET = "net"


class Rounding(StrEnum):
    """Which multiple of the step a new price becomes; the middle goes away from zero with `nearest`."""

    NEAREST = "nearest"
    UP = "up"
    DOWN = "down"


_MODES = {Rounding.NEAREST: ROUND_HALF_UP, Rounding.UP: ROUND_CEILING, Rounding.DOWN: ROUND_FLOOR}


@dataclass(frozen=True, slots=True)
class Renewal:
    """The change: from `begins` (ISO date) on, net prices and their breaks are `percent` or `amount` higher.

    Negative lowers them. `ends` is the new end, exclusive; empty keeps each line's own. New prices are multiples of
    `step`. Discounts and surcharges in percent, which follow list price and cost, keep their value.
    """

    begins: str
    ends: str = ""
    percent: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    step: Decimal = Decimal("0.01")
    rounding: Rounding = Rounding.NEAREST

    def price(self, value: Decimal) -> Decimal:
        """The new price of a net price or break."""
        raised = value * (100 + self.percent) / 100 + self.amount
        return (raised / self.step).quantize(Decimal(1), rounding=_MODES[self.rounding]) * self.step


class Fate(StrEnum):
    """What becomes of a chosen line. The first two change something."""

    RENEWED = "renewed"
    EXTENDED = "extended"
    UNCHANGED = "unchanged"
    BEGINS_LATER = "begins_later"
    NEEDS_END = "needs_end"
    PRICED_ALREADY = "priced_already"
    BELOW_ZERO = "below_zero"
    PRODUCT_RETIRED = "product_retired"

    @property
    def changes(self) -> bool:
        """Whether the agreement says something new."""
        return self in (Fate.RENEWED, Fate.EXTENDED)


@dataclass(frozen=True, slots=True)
class RenewedLine:
    """One chosen line: its key, its fate, and the price and days that it, or the line after it, then has.

    `rival` is the key of the line that prices those days already. `gap`: days between the old end and the new start
    have no price, as before. `loses`: days that had a price have none any more.
    """

    line: str
    fate: Fate
    old_value: str = ""
    new_value: str = ""
    begins: str = ""
    ends: str = ""
    rival: str = ""
    gap: bool = False
    loses: bool = False

    def as_json(self) -> dict[str, Any]:
        """For keeping."""
        return {**asdict(self), "fate": self.fate.value}


@dataclass(frozen=True, slots=True)
class Renewed:
    """The attributes that change with their new values, and each chosen line, by key."""

    values: Mapping[str, JsonValue]
    lines: tuple[RenewedLine, ...]


def renew(document: Document, chosen: Collection[str], renewal: Renewal, *, retired: Collection[str] = ()) -> Renewed:
    """Renew the chosen lines (by key) of an agreement's document; those of `retired` products are left alone.

    A line that holds when the renewal begins ends there, and one with the new price goes on. The agreement's own end
    moves where a renewed line needs it; lines that were not chosen then keep the end that they had by it.
    """
    lines = {line_item_key(line): line for line in document.get(LINES) or ()}
    days = {key: line_days(document, line).within(days_of(document)) for key, line in lines.items()}
    scopes: dict[str, dict[str, Line]] = defaultdict(dict)
    for key, line in lines.items():
        scopes[rival_key(line)][key] = line
    told: dict[str, RenewedLine] = {}
    # The latest first: of several that price one thing one after the other the last is the one that goes on.
    for key in sorted(set(chosen) & lines.keys(), key=lambda each: (days[each].start, each), reverse=True):
        retired_one = RenewedLine(key, Fate.PRODUCT_RETIRED, str(lines[key]["value"])) if key in retired else None
        told[key] = retired_one or _renew(key, days[key], scopes[rival_key(lines[key])], document, renewal)
    after = {key: line for its in scopes.values() for key, line in its.items()}
    ordered = {key: after[key] for key in (*lines, *sorted(after.keys() - lines.keys()))}
    return Renewed(_values_after(document, ordered, told), tuple(told[key] for key in sorted(told)))


def _values_after(document: Document, after: Mapping[str, Line], told: Mapping[str, RenewedLine]) -> dict[str, Any]:
    changed = [each for each in told.values() if each.fate.changes]
    if not changed:
        return {}
    whole, ends = days_of(document), max(each.ends or NEVER for each in changed)
    if ends <= whole.end:
        return {LINES: list(after.values())}
    # The agreement goes on longer than before: what ended with it must not go on, too.
    known = {line_item_key(line) for line in document.get(LINES) or ()}
    fresh = {each.line for each in changed if each.fate is Fate.EXTENDED} | (after.keys() - known)
    lines = [line if key in fresh else ending(line, whole.end) for key, line in after.items()]
    return {LINES: lines, VALID_TO: None if ends == NEVER else ends}


def _renew(key: str, days: Days, after: dict[str, Line], document: Document, renewal: Renewal) -> RenewedLine:
    """What becomes of one line; `after` has the lines for the same thing, and takes them as they then are."""
    line = after[key]
    ends = renewal.ends or ("" if days.end == NEVER else days.end)
    old = str(line["value"])
    if days.start >= renewal.begins:
        return RenewedLine(key, Fate.BEGINS_LATER, old)
    if ends and ends <= renewal.begins:
        return RenewedLine(key, Fate.NEEDS_END, old)
    changed = _changed(line, renewal)
    if any(Decimal(value) < 0 for value in _values(changed)):
        return RenewedLine(key, Fate.BELOW_ZERO, old)
    wanted = Days(renewal.begins, ends or NEVER)
    extends = _values(changed) == _values(line) and days.end >= renewal.begins
    if extends and ends == ("" if days.end == NEVER else days.end):
        return RenewedLine(key, Fate.UNCHANGED, old, old)
    rival = _rival(key, wanted, after, document)
    if rival:
        return RenewedLine(key, Fate.PRICED_ALREADY, old, rival=rival)
    fate = Fate.EXTENDED if extends else Fate.RENEWED
    if extends:
        after[key] = ending(line, ends or NEVER, exactly=True)
    else:
        after[key] = ending(line, renewal.begins) if line_days(document, line).end > renewal.begins else line
        fresh = {name: value for name, value in changed.items() if name not in (*OF_ONE_LINE, VALID_TO)}
        fresh |= {"valid_from": renewal.begins} | ({VALID_TO: ends} if ends else {})
        after[line_item_key(fresh)] = fresh
    gap, loses = days.end < renewal.begins, (ends or NEVER) < days.end
    return RenewedLine(key, fate, old, str(changed["value"]), renewal.begins, ends, gap=gap, loses=loses)


def _rival(key: str, wanted: Days, after: Mapping[str, Line], document: Document) -> str:
    """Another line for the same thing that prices one of these days, or begins as the new one would; else nothing."""
    new_key = line_item_key({**after[key], "valid_from": wanted.start})
    others = (
        other
        for other, line in after.items()
        if other != key and (other == new_key or line_days(document, line).meets(wanted))
    )
    return min(others, default="")


def _changed(line: Line, renewal: Renewal) -> dict[str, JsonValue]:
    if line.get("method") != _NET or not (renewal.percent or renewal.amount):
        return dict(line)
    changed = {**line, "value": _text(renewal.price(Decimal(line["value"])))}
    if line.get("breaks"):
        changed["breaks"] = [{**tier, "value": _text(renewal.price(Decimal(tier["value"])))} for tier in line["breaks"]]
    return changed


def _values(line: Line) -> tuple[str, ...]:
    return tuple(_all_values(line))


def _all_values(line: Line) -> Iterator[str]:
    yield line["value"]
    yield from (tier["value"] for tier in line.get("breaks") or ())


def ending(line: Line, end: str, *, exactly: bool = False) -> Line:
    """The line with that end, or with its own earlier one unless `exactly`."""
    now = str(end if exactly else min(line.get(VALID_TO) or NEVER, end))
    rest = {name: value for name, value in line.items() if name != VALID_TO}
    return rest if now == NEVER else {**rest, VALID_TO: now}


def _text(value: Decimal) -> str:
    return canonical_decimal(f"{value:f}") or "0"
