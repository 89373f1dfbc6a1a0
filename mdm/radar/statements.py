"""What each line of an agreement says in the hub and in each system, compared. Pure: no database, no clock."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum

from mdm.entity_types.agreement_lines import line_item_key
from mdm.entity_types.base import Document, JsonValue
from mdm.entity_types.rows import items


class Standing(StrEnum):
    """How a line of the hub stands in a system, the worst first.

    `MISSING`: the system has the agreement without the line; `UNTOLD`: it does not have the agreement.
    """

    DIFFERS = "differs"
    MISSING = "missing"
    UNTOLD = "untold"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a line says a thing costs, and when. Texts as the canonical document has them; empty dates are open."""

    method: str
    value: str
    per: str
    currency: str
    valid_from: str
    valid_to: str
    break_mode: str
    breaks: tuple[tuple[str, str], ...]

    def differing(self, other: "Statement") -> list[str]:
        """Names of what the two say differently."""
        mine, theirs = asdict(self), asdict(other)
        return [name for name in mine if mine[name] != theirs[name]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line by its key as the document writes it, with the golden id of its product, empty for none."""

    key: str
    product: str
    statement: Statement


Lines = Mapping[str, Line]  # by a key in which letter case does not count, as systems write brands in their own way


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that not all say alike. `band` is `differs`, `missing` or `extra`: told by a system alone.

    `said` has what each says, by system, None where it has no such line; the hub is `hub`.
    """

    line: Line
    band: str
    said: Mapping[str, Statement | None]
    about: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """Lines by how they stand at worst, and by system."""

    worst: Counter[Standing]
    systems: dict[str, Counter[Standing]]


def lines_of(document: Document, *, until: str) -> dict[str, Line]:
    """The lines that hold on or after the ISO date `until`, references resolved. Of one key the last counts."""
    found = {}
    for line in items(document, "lines"):
        statement = _statement(document, line)
        if statement.valid_to and statement.valid_to <= until:
            continue
        key = line_item_key(line)
        product: JsonValue = line.get("product")
        found[key.casefold()] = Line(key, str(product.get("id") or "") if product else "", statement)
    return found


def compare(hub: Lines, systems: Mapping[str, Sequence[Lines]], tally: Tally) -> Iterator[Difference]:
    """What is not the same everywhere; `tally` counts every line of the hub.

    A system may have several records of one agreement, or none. Where those say different things of a line it differs.
    """
    for key, line in hub.items():
        standings = {name: _standing(line, key, records) for name, records in systems.items()}
        for name, standing in standings.items():
            tally.systems[name][standing] += 1
        worst = min(standings.values(), key=_WORST.index, default=Standing.EQUAL)
        tally.worst[worst] += 1
        if worst in (Standing.DIFFERS, Standing.MISSING):
            told = {name: _told(line, key, records) for name, records in systems.items() if records}
            about = {part for other in told.values() if other for part in line.statement.differing(other)}
            yield Difference(line, worst.value, {"hub": line.statement, **told}, tuple(sorted(about)))
    extra = {key: line for records in systems.values() for lines in records for key, line in lines.items()}
    for key in sorted(extra.keys() - hub.keys()):
        told = {name: _told(extra[key], key, records) for name, records in systems.items() if records}
        yield Difference(extra[key], "extra", {"hub": None, **told}, ())


_WORST = list(Standing)


def _statement(document: Document, line: Mapping[str, JsonValue]) -> Statement:
    breaks = sorted(
        ((str(each["quantity_from"]), str(each["value"])) for each in items(line, "breaks")),
        key=lambda each: Decimal(each[0]),
    )
    return Statement(
        method=str(line.get("method") or ""),
        value=str(line.get("value") or ""),
        per=str(line.get("per") or "1"),
        currency=str(document.get("currency") or ""),
        valid_from=str(line.get("valid_from") or document.get("valid_from") or ""),
        valid_to=str(line.get("valid_to") or document.get("valid_to") or ""),
        break_mode=str(line.get("break_mode") or "whole") if breaks else "",
        breaks=tuple(breaks),
    )


def _standing(line: Line, key: str, records: Sequence[Lines]) -> Standing:
    if not records:
        return Standing.UNTOLD
    told = [lines[key].statement for lines in records if key in lines]
    if not told:
        return Standing.MISSING
    return Standing.EQUAL if all(each == line.statement for each in told) else Standing.DIFFERS


def _told(line: Line, key: str, records: Sequence[Lines]) -> Statement | None:
    """What the system says, the first record's that says something else than the line."""
    told = [lines[key].statement for lines in records if key in lines]
    return next((each for each in told if each != line.statement), told[0] if told else None)
