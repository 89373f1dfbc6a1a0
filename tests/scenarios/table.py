"""The form of a scenario: moments, each with what happens and the whole of what the hub then says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from tests.scenarios.world import World


class Step(Protocol):
    """One thing that happens. Its text is a sentence for the page."""

    def happen(self, world: World) -> None:
        """Do it to the hub."""

    def __str__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Golden:
    """One golden record: a name for its id, the source records under it, its status, and values worth a look.

    `leads_to` names the survivor of one that was merged; a value of None is one that nobody tells.
    """

    name: str
    holds: str = ""
    status: str = "active"
    leads_to: str = ""
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What happens, then every golden record there is and every question that waits for a steward."""

    when: Sequence[Step]
    then: Sequence[Golden]
    asks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A sentence that must be true, and the moments that show it."""

    title: str
    moments: Sequence[Moment]
    note: str = ""


def golden(called: str, holds: str, /, *, status: str = "active", **values: Any) -> Golden:
    """A golden record that is alive or retired."""
    return Golden(called, holds, status, values=values)


def merged(name: str, *, into: str) -> Golden:
    """An id that leads to another."""
    return Golden(name, status="merged", leads_to=into)


def rows(expected: Sequence[Golden], asks: Sequence[str]) -> list[str]:
    """The table as lines of text, sorted, to be compared with the hub's."""
    lines = [row(each.name, each.status, each.leads_to, each.holds.split(), each.values or {}) for each in expected]
    return sorted(lines) + sorted(f"asks: {each}" for each in asks)


def row(name: str, status: str, leads_to: str, holds: Sequence[str], values: Mapping[str, Any]) -> str:
    """One golden record as a line of text."""
    if leads_to:
        return f"{name}: merged, leads to {leads_to}"
    told = "".join(f", {attribute}={shown(value)}" for attribute, value in sorted(values.items()))
    return f"{name}: {status}, holds {' '.join(sorted(holds))}{told}"


def shown(value: Any) -> str:
    """A value as a steward reads it."""
    match value:
        case None:
            return "-"
        case {"street": street, "city": city}:
            return f"{street}, {city}"
        case {"number": number}:
            return str(number)
        case {"id": public_id}:
            return str(public_id)
        case list():
            return " + ".join(shown(each) for each in value) or "-"
        case _:
            return str(value)
