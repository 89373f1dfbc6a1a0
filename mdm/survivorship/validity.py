"""From when until when a value says itself valid: what `longest_valid` compares."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from mdm.entity_types.base import Attribute, AttributeType, JsonValue

VALID_FROM, VALID_TO = "valid_from", "valid_to"
_EVER_SINCE = datetime.min.replace(tzinfo=UTC)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Validity:
    """A half-open span of time; days begin at midnight UTC. A date that is left out leaves that end open."""

    start: datetime
    end: datetime

    def borders(self) -> tuple[datetime, ...]:
        """The moments at which it begins and ends, as far as it does."""
        return tuple(border for border in (self.start, self.end) if border not in (_EVER_SINCE, _FOR_EVER))


def validity_of(value: JsonValue) -> Validity:
    """The span that the value's own dates tell; all time when it tells none."""
    dates = value if isinstance(value, Mapping) else {}
    return Validity(_midnight(dates.get(VALID_FROM)) or _EVER_SINCE, _midnight(dates.get(VALID_TO)) or _FOR_EVER)


def has_validity(parts: Iterable[Attribute]) -> bool:
    """Whether these, the parts of an item or of a group, tell when it is valid."""
    dates = {part.name for part in parts if part.type is AttributeType.DATE}
    return not dates.isdisjoint({VALID_FROM, VALID_TO})


def _midnight(day: JsonValue) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC)
    except (TypeError, ValueError):  # absent, or of a form that was refused at the door
        return None
