"""Who acts: a person by user name, or a part of the hub by its own."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` goes into versions and audit entries; `is_person` tells a steward's act from automation."""

    name: str
    is_person: bool = False


SYSTEM = Actor("system")


def person(username: str) -> Actor:
    """The signed-in user of that name."""
    return Actor(username, is_person=True)
