"""Paths into a payload: `Account.Phones[0].Number`, `Phones[Kind=mobile].Number`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from mdm.entity_types.base import JsonValue
from mdm.validation import pointer_to


class _Missing(Enum):
    MISSING = "missing"


MISSING: Final = _Missing.MISSING
Missing = Literal[_Missing.MISSING]

_STEP = re.compile(r"(?P<name>[^.\[\]]+)(?P<lists>(?:\[[^\]]+\])*)(?:\.|$)")
_LIST_STEP = re.compile(r"\[([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Where:
    """A step into the first object of a list that has this text under this name."""

    name: str
    text: str


Step = str | int | Where


@dataclass(frozen=True, slots=True)
class Path:
    """The steps to one value; none at all for the payload itself."""

    steps: tuple[Step, ...]

    def read(self, payload: JsonValue) -> JsonValue | Missing:
        """What stands there; MISSING when the payload has no such place."""
        found = payload
        for step in self.steps:
            found = _step_into(found, step)
            if found is MISSING:
                return MISSING
        return found

    def write(self, body: dict[str, JsonValue], value: JsonValue) -> None:
        """Put the value there, making the objects and lists on the way."""
        place: JsonValue = body
        for step, following in zip(self.steps, (*self.steps[1:], None), strict=True):
            if following is None:
                _put(place, step, value)
            else:
                place = _made(place, step, [] if isinstance(following, int | Where) else {})

    def pointer(self) -> str:
        """As a JSON pointer; a search in a list is written as the text searched for."""
        return pointer_to(*(step.text if isinstance(step, Where) else step for step in self.steps))


def parse_path(text: str) -> Path:
    """The path written so. Raises ValueError."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None or found.end() == position:
            raise ValueError("is not a path such as Address.Lines[0] or Phones[Kind=mobile].Number")
        steps.append(found["name"])
        steps += [_list_step(inside) for inside in _LIST_STEP.findall(found["lists"])]
        position = found.end()
    if not steps or text.endswith("."):
        raise ValueError("is not a path such as Address.Lines[0] or Phones[Kind=mobile].Number")
    return Path(tuple(steps))


def _list_step(inside: str) -> Step:
    name, equals, text = inside.partition("=")
    if equals:
        return Where(name, text)
    if inside.isdecimal():
        return int(inside)
    raise ValueError("has a list step that is neither [0] nor [Name=text]")


def _step_into(found: JsonValue, step: Step) -> JsonValue | Missing:
    if isinstance(step, str):
        return found.get(step, MISSING) if isinstance(found, Mapping) else MISSING
    if not isinstance(found, list):
        return MISSING
    if isinstance(step, int):
        return found[step] if step < len(found) else MISSING
    return next((each for each in found if _matches(each, step)), MISSING)


def _matches(item: JsonValue, where: Where) -> bool:
    return isinstance(item, Mapping) and str(item.get(where.name)) == where.text


def _put(place: JsonValue, step: Step, value: JsonValue) -> None:
    if isinstance(step, int):
        place.extend([None] * (step + 1 - len(place)))
    if not isinstance(step, Where):
        place[step] = value


def _made(place: JsonValue, step: Step, empty: JsonValue) -> JsonValue:
    found = _step_into(place, step)
    if found is MISSING or found is None:
        found = empty
        if isinstance(step, Where):
            found = {step.name: step.text}
            place.append(found)
        _put(place, step, found)
    return found
