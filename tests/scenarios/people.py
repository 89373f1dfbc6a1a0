"""What stewards do in scenarios: decide, take back, edit, pin, correct."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from mdm.errors import HubError
from mdm.models import AttributePin, ChangeRequest, ChangeRequestState
from mdm.services.change_requests import propose_change
from mdm.services.consents import approve_change
from mdm.services.decisions import keep_apart, merge_pair, undo
from mdm.services.pin_decisions import confirm_pin, release_pin
from tests.builders import APPROVER, STEWARD, golden_of, source_record
from tests.scenarios.table import Step
from tests.scenarios.world import World


@dataclass(frozen=True, slots=True)
class Merges:
    """A steward says that two records are the same. `called` names the decision, to take it back."""

    left: str
    right: str
    called: str = ""

    def happen(self, world: World) -> None:
        left, right = source_record(self.left), source_record(self.right)
        world.units[self.called] = merge_pair(left.pk, right.pk, actor=STEWARD, at=world.clock()).unit

    def __str__(self) -> str:
        name = f" ({self.called})" if self.called else ""
        return f"a steward says that `{self.left}` and `{self.right}` are the same{name}"


@dataclass(frozen=True, slots=True)
class KeepsApart:
    """A steward says that two records are not the same."""

    left: str
    right: str
    called: str = ""

    def happen(self, world: World) -> None:
        left, right = source_record(self.left), source_record(self.right)
        world.units[self.called] = keep_apart(left.pk, right.pk, actor=STEWARD, at=world.clock()).unit

    def __str__(self) -> str:
        name = f" ({self.called})" if self.called else ""
        return f"a steward says that `{self.left}` and `{self.right}` are not the same{name}"


@dataclass(frozen=True, slots=True)
class Undoes:
    """A steward takes a decision back."""

    called: str

    def happen(self, world: World) -> None:
        undo(world.units[self.called], actor=STEWARD, at=world.clock())

    def __str__(self) -> str:
        return f"{self.called} is undone"


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
