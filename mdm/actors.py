"""Who acts: a person by user name, or a part of the hub by its own."""

import os
import pwd
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` goes into versions and audit entries; `is_person` tells a steward's act from automation."""

    name: str
    is_person: bool = False

    @property
    def is_automation(self) -> bool:
        """Whether the hub itself gives the reasons: of people and API clients nobody knows what they wrote."""
        return not self.is_person and self.name.startswith("system")


SYSTEM = Actor("system")


def operator() -> Actor:
    """Whoever runs a command on the hub's machine, by the operating system's user name: `system (ana)`."""
    try:
        return Actor(f"{SYSTEM.name} ({pwd.getpwuid(os.getuid()).pw_name})")
    except KeyError:  # a container's user often has no name
        return Actor(f"{SYSTEM.name} ({os.getuid()})")


def person(username: str) -> Actor:
    """The signed-in user of that name."""
    return Actor(username, is_person=True)
