"""What a verifier is: a register that can be asked whether a number is valid, and may be unable to tell."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from matching.registry import Registry
from mdm.tax.registrations import Registration
from mdm.tax.verdicts import Outcome


class Spread(StrEnum):
    """How far the reason for not telling reaches: who else need not be asked for a while, and whether asking helps."""

    NUMBER = "number"  # asking again soon may help
    NEVER = "never"  # the register will not take this number: asking again does not help until it changes
    JURISDICTION = "jurisdiction"  # that country's register is busy or down
    SERVICE = "service"  # the whole service is busy, down, or refuses the hub


@dataclass(frozen=True, slots=True)
class Answer:
    """What a verifier said. `code` is its own word for the outcome.

    `consultation_number` proves the consultation where the register gives one out; `name` and `address` are what it
    has for the number, "" where it does not disclose them. `spread` means something only where it could not tell.
    """

    outcome: Outcome
    code: str
    consultation_number: str = ""
    name: str = ""
    address: str = ""
    spread: Spread = Spread.NUMBER


class Verifier(Protocol):
    """Asks one register. It never raises for what the register or the network does: then it could not tell."""

    def covers(self, registration: Registration) -> bool:
        """Whether the register knows numbers of this kind and jurisdiction."""

    def verify(self, registration: Registration) -> Answer:
        """Ask about a registration that `covers` holds for."""


@dataclass(frozen=True, slots=True)
class Configured:
    """What the installation says about registers. An empty address means that the register is not asked."""

    vies_url: str = ""
    own_vat_number: str = ""


verifiers: Registry[Callable[[Configured], Verifier | None]] = Registry("verifier")
"""Each makes its verifier from what is configured; None where the installation does not ask that register."""
