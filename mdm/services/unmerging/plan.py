"""What an unmerge plan says: the sides, and a line for everything that has to go to one of them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings

from mdm.commitments import commitment
from mdm.errors import MdmError

BOTH, END = "both", "end"  # choices beside the sides


class LineKind(StrEnum):
    """What a line is about."""

    RECORD = "record"
    REFERENCE = "reference"
    ITEM = "item"
    PIN = "pin"
    ENDED_PIN = "ended_pin"
    EDIT = "edit"
    REMOTE = "remote"
    REQUEST = "request"


class Why(StrEnum):
    """Why a line goes where the plan proposes."""

    STOOD_THERE = "stood_there"  # before the merge
    SPLIT_OFF = "split_off"  # the steward says that it is another thing
    NOT_SPLIT_OFF = "not_split_off"  # nor is it the other thing
    MATCHING = "matching"  # matching and the decisions left put it there
    ITS_RECORD = "its_record"  # the source record that says it goes there
    SPEAKS_OF = "speaks_of"  # it refers to a source record that goes there
    REASSIGNED = "reassigned"  # a steward said so before
    SET_BEFORE = "set_before"  # before the merge, on a source record that goes there
    STANDS_OVER = "stands_over"  # the value it stands over is what that side's sources say
    SET_SINCE = "set_since"  # since the merge: it stays with the golden record it was set on
    REPLACED = "replaced"  # another pin replaced it since, which goes elsewhere
    REPLACED_HERE = "replaced_here"  # another pin replaced it since, which goes to the same side
    EDITED_SINCE = "edited_since"  # since the merge: it stays with the golden record that was edited
    STAYS = "stays"  # nothing ties it to one side: it stays where it is
    ASKED_FOR = "asked_for"  # it was asked for on that golden record


@dataclass(frozen=True, slots=True)
class Side:
    """A golden record that there will be. `key` is its public id, or `new-1` for one that is yet to be made.

    `anchor` is a source record that goes there; None while none does.
    """

    key: str
    golden_record_id: int | None
    title: str
    anchor: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One thing and where it goes. Any: canonical JSON values; personal data.

    `default` and `choice` are the key of a side, `both` or `end`; `choices` are all that may be chosen. `about` names
    it for a person, `golden_id` the golden record it belongs to where that is another one. `fingerprint` is what the
    steward has seen of it.
    """

    key: str
    kind: LineKind
    about: str
    default: str
    choice: str
    choices: tuple[str, ...]
    why: Why
    attribute: str = ""
    golden_id: str = ""
    value: Any = None
    subject_id: int = 0
    former: Any = None
    said_by: str = ""
    fingerprint: str = ""

    @property
    def deviates(self) -> bool:
        """Whether the steward has chosen otherwise than the plan proposes."""
        return self.choice != self.default


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking a merge back comes to.

    `landing` maps source record → side where it goes by itself, `target` → side where it shall go. `former` are the
    golden records that ids return to; `beneath` hashes, by side and attribute, what survives there without pins.
    `state` binds an application to exactly what was seen.
    """

    unit: UUID
    entity_type: str
    survivor: str
    sides: tuple[Side, ...]
    lines: tuple[Line, ...]
    landing: Mapping[int, str]
    target: Mapping[int, str]
    former: Mapping[int, int]
    records: tuple[int, ...]
    keep_apart: bool
    state: str
    beneath: Mapping[str, Mapping[str, bytes]]

    def side(self, key: str) -> Side:
        """The side of that key."""
        return next(side for side in self.sides if side.key == key)

    def of_kind(self, *kinds: LineKind) -> list[Line]:
        """The lines of these kinds, in order."""
        return [line for line in self.lines if line.kind in kinds]

    @property
    def divides(self) -> bool:
        """Whether more than one golden record comes of it."""
        return len(set(self.target.values())) > 1


class StalePlan(MdmError):
    """What the plan was made from has changed since; `changed` names the kinds of lines that are others by now."""

    code = "stale_plan"

    def __init__(self, changed: Sequence[str]) -> None:
        self.changed = tuple(changed)
        what = ", ".join(name.replace("_", " ") for name in changed)
        super().__init__(
            f"What the plan was made from has changed since: {what}. Look at the new plan and decide anew."
        )


class InvalidChoice(MdmError):
    """A choice names a line that is not there, or a side that the line cannot go to."""

    code = "invalid_choice"

    def __init__(self, line: str, choices: Sequence[str]) -> None:
        self.line = line
        known = f"it can go to {', '.join(choices)}" if choices else "there is no such line to choose for"
        super().__init__(f"{line}: {known}.")


def state_of(sides: Sequence[Side], lines: Sequence[Line], *, rule_set_id: int) -> str:
    """A short text that is another one when anything a steward was shown, or that decides defaults, is another."""
    parts = {"rules": [rule_set_id], "golden records": [[side.key, side.golden_record_id] for side in sides]}
    told: dict[str, list[Any]] = {kind.value: [] for kind in LineKind}
    for line in lines:
        told[line.kind.value].append([line.key, line.default, list(line.choices), line.fingerprint])
    return ".".join(short_hash(value) for value in [*parts.values(), *(sorted(told[k.value]) for k in LineKind)])


def changes_between(old: str, new: str) -> list[str]:
    """What differs between two states, by kind; everything, when the old one is none of ours."""
    names = ["rules", "golden records", *(_WORDS[kind] for kind in LineKind)]
    before, after = old.split("."), new.split(".")
    if len(before) != len(after):
        return names
    return [name for name, one, other in zip(names, before, after, strict=True) if one != other]


def short_hash(value: Any) -> str:
    """Sixty-four bits of the value's keyed hash: what is masked cannot be found by trying. Any: JSON."""
    return commitment(value, key=settings.ASSAY_COMMITMENT_KEY.encode()).hex()[:16]


_WORDS = {
    LineKind.RECORD: "source records",
    LineKind.REFERENCE: "what refers to them",
    LineKind.ITEM: "items of their lists",
    LineKind.PIN: "pins",
    LineKind.ENDED_PIN: "pins that have ended",
    LineKind.EDIT: "edits",
    LineKind.REMOTE: "records in targets",
    LineKind.REQUEST: "change requests",
}
