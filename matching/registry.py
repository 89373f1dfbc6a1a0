"""A registry of named things, filled by decorators and sealed once applications are ready."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from matching.errors import DuplicateName, RegistrySealed, UnknownName

Thing = TypeVar("Thing")


class Registry(Generic[Thing]):
    """Things by name. A duplicate or unknown name raises, and so does registering after `seal()`."""

    def __init__(self, family: str) -> None:
        self.family = family
        self._things: dict[str, Thing] = {}
        self._sealed = False

    def register(self, name: str) -> Callable[[Thing], Thing]:
        """Return a decorator that keeps the decorated thing under `name`."""

        def keep(thing: Thing) -> Thing:
            if self._sealed:
                raise RegistrySealed(self.family, name)
            if name in self._things:
                raise DuplicateName(self.family, name)
            self._things[name] = thing
            return thing

        return keep

    def get(self, name: str) -> Thing:
        """Return what is registered under `name`. Raises UnknownName."""
        try:
            return self._things[name]
        except KeyError:
            raise UnknownName(self.family, name) from None

    def seal(self) -> None:
        """Refuse every later registration. Repeating it is harmless."""
        self._sealed = True

    def names(self) -> tuple[str, ...]:
        """All names in alphabetical order."""
        return tuple(sorted(self._things))

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self._things)
