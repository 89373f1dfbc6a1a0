"""What stewards do in scenarios: decide, take back, edit, pin, correct."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from mdm.errors import HubError
from mdm.models import AttributePin, ChangeRequest, ChangeRequestState, ReopeningKind
from mdm.services.change_requests import propose_change
from mdm.services.consents import approve_change
from mdm.services.consequences import Consequence, Effect, merge_consequences
from mdm.services.decisions import keep_apart, merge_pair, undo
from mdm.services.pin_decisions import confirm_pin, release_pin
from mdm.services.reopening import Reopening
from mdm.services.unmerging import unmerge, unmerge_plan
from tests.builders import APPROVER, STEWARD, golden_of, source_record
from tests.scenarios.table import Step
from tests.scenarios.world import World


@dataclass(frozen=True, slots=True)
class Merges:
    """A steward says that two records are the same. `called` names the decision, to take it back.

    `in_spite_of` is the reason to merge although prices then stand against each other.
    """

    left: str
    right: str
    called: str = ""
    in_spite_of: str = ""

    def happen(self, world: World) -> None:
        left, right = source_record(self.left), source_record(self.right)
        decided = merge_pair(
            left.pk,
            right.pk,
            actor=STEWARD,
            at=world.clock(),
            reason=self.in_spite_of,
            accept_price_conflicts=bool(self.in_spite_of),
        )
        world.units[self.called] = decided.unit

    def __str__(self) -> str:
        name = f" ({self.called})" if self.called else ""
        spite = f', in spite of their prices ("{self.in_spite_of}")' if self.in_spite_of else ""
        return f"a steward says that `{self.left}` and `{self.right}` are the same{name}{spite}"


@dataclass(frozen=True, slots=True)
class KeepsApart:
    """A steward says that two records are not the same."""

    left: str
    right: str
    called: str = ""
    until_they_agree_in: str = ""

    def happen(self, world: World) -> None:
        left, right = source_record(self.left), source_record(self.right)
        again = Reopening(ReopeningKind.AGREE, self.until_they_agree_in) if self.until_they_agree_in else None
        decided = keep_apart(left.pk, right.pk, actor=STEWARD, at=world.clock(), reopen_when=again)
        world.units[self.called] = decided.unit

    def __str__(self) -> str:
        name = f" ({self.called})" if self.called else ""
        words = self.until_they_agree_in.replace("_", " ")
        again = f", and wants to be asked again when their {words} agree" if words else ""
        return f"a steward says that `{self.left}` and `{self.right}` are not the same{name}{again}"


@dataclass(frozen=True, slots=True)
class Undoes:
    """A steward takes a decision back."""

    called: str

    def happen(self, world: World) -> None:
        undo(world.units[self.called], actor=STEWARD, at=world.clock())

    def __str__(self) -> str:
        return f"{self.called} is undone"


@dataclass(frozen=True, slots=True)
class Foresees:
    """A steward looks at what a merge would come to before making it, and nothing happens by that."""

    left: str
    right: str
    reads: Sequence[str]

    def happen(self, world: World) -> None:
        left, right = source_record(self.left), source_record(self.right)
        found = merge_consequences(left.pk, right.pk, at=world.clock())
        assert [_told(each) for each in found.consequences if each.effect in _TOLD] == list(self.reads)

    def __str__(self) -> str:
        told = "; ".join(self.reads)
        return f"a steward looks at what merging `{self.left}` and `{self.right}` would come to, and reads: {told}"


@dataclass(frozen=True, slots=True)
class TakesBack:
    """A steward takes a merge back by its plan. `sends` says what goes elsewhere than proposed: words to a side."""

    called: str
    sends: Mapping[str, str]

    def happen(self, world: World) -> None:
        unit = world.units[self.called]
        plan = unmerge_plan(unit, at=world.clock())
        choices = {}
        for what, side in self.sends.items():
            (line,) = [
                each for each in plan.lines if what in (f"{each.kind} {each.attribute}", f"{each.kind} {each.about}")
            ]
            choices[line.key] = world.ids.get(side, side)
        unmerge(unit, choices=choices, state=plan.state, actor=STEWARD, at=world.clock())

    def __str__(self) -> str:
        told = ", ".join(f"{_what(what)} to {_where(side)}" for what, side in self.sends.items())
        return f"{self.called} is taken back, sending {told}"


def _what(words: str) -> str:
    kind, _, rest = words.partition(" ")
    return f"`{rest}`" if kind == "record" else f"the {kind} of {rest}"


def _where(side: str) -> str:
    return {"both": "both", "end": "neither"}.get(side, f"**{side}**")


@dataclass(frozen=True, slots=True)
class IsPromisedTo:
    """Looks at whose an agreement is."""

    record: str
    name: str

    def happen(self, world: World) -> None:
        agreement = golden_of(self.record.replace(":", ":A-"), "pricing_agreement")
        assert agreement.document["attributes"]["customer"]["id"] == world.ids[self.name]

    def __str__(self) -> str:
        return f"by now the price promised to `{self.record}` is **{self.name}**'s"


_TOLD = {Effect.CHILD, Effect.PRICE, Effect.ITEM}


def _told(each: Consequence) -> str:
    if each.effect is Effect.PRICE:
        return f"{each.old['price']['value']} would stand against {each.new['price']['value']}"
    return f"the {each.entity_type.replace('_', ' ')} {each.about} would follow"


@dataclass(frozen=True, slots=True)
class Edits:
    """A steward proposes values of the golden record that holds `record`, and whoever must consents."""

    record: str
    values: Mapping[str, Any]
    pin: bool = False

    def happen(self, world: World) -> None:
        request = propose_change(
            golden_of(self.record), self.values, reason="", actor=STEWARD, at=world.clock(), pin=self.pin
        )
        if request.state == ChangeRequestState.OPEN:
            seen = bytes(ChangeRequest.objects.get(pk=request.pk).payload_hash)
            approve_change(request.pk, payload_hash=seen, actor=APPROVER, at=world.clock(), groups=["approver"])

    def __str__(self) -> str:
        told = ", ".join(f"{name} *{value}*" for name, value in self.values.items())
        return f"{'pinned' if self.pin else 'edited and approved'} for the golden record of `{self.record}`: {told}"


@dataclass(frozen=True, slots=True)
class Proposes:
    """A steward proposes values, and nobody has consented yet."""

    record: str
    values: Mapping[str, Any]

    def happen(self, world: World) -> None:
        propose_change(golden_of(self.record), self.values, reason="", actor=STEWARD, at=world.clock())

    def __str__(self) -> str:
        told = ", ".join(f"{name} *{value}*" for name, value in self.values.items())
        return f"a steward proposes for the golden record of `{self.record}`: {told}"


@dataclass(frozen=True, slots=True)
class Releases:
    """A steward ends the pin of an attribute."""

    attribute: str

    def happen(self, world: World) -> None:
        release_pin(_open_pin(self.attribute).pk, actor=STEWARD, at=world.clock())

    def __str__(self) -> str:
        return f"the pin of {self.attribute} is released"


@dataclass(frozen=True, slots=True)
class Keeps:
    """A steward keeps a pin although a source says something else by now."""

    attribute: str

    def happen(self, world: World) -> None:
        confirm_pin(_open_pin(self.attribute).pk, actor=STEWARD, at=world.clock())

    def __str__(self) -> str:
        return f"the pin of {self.attribute} is kept"


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody tries, and the hub refuses."""

    step: Step
    code: str

    def happen(self, world: World) -> None:
        with pytest.raises(HubError) as raised:
            self.step.happen(world)
        assert raised.value.code == self.code

    def __str__(self) -> str:
        return f"{self.step}, which is refused ({self.code.replace('_', ' ')})"


def _open_pin(attribute: str) -> AttributePin:
    return AttributePin.objects.get(attribute=attribute, closed_at=None)
