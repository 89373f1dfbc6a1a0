"""Reading documents of the hub: the matching library's reader, and what rule sets and mappings need beside it."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from matching.errors import RuleMistake
from matching.parsing import DocumentReader
from mdm.entity_types.base import JsonValue

Choice = TypeVar("Choice", bound=StrEnum)


class Reader(DocumentReader):
    """A view of one mapping inside a document, sharing one list of mistakes with the views it hands out."""

    def __init__(self, document: object, *, path: str = "", mistakes: list[RuleMistake]) -> None:
        super().__init__(document, path=path, mistakes=mistakes)
        self.path = path
        self.mistakes = mistakes

    def __iter__(self) -> Iterator[str]:
        return iter(self._document)

    def __contains__(self, key: str) -> bool:
        return key in self._document

    def value(self, key: str) -> JsonValue:
        """What stands under `key` unread; None when nothing does."""
        return self._document.get(key)

    def at(self, key: str) -> str:
        """The path of `key`."""
        return self._at(key)

    def text_or_none(self, key: str) -> str | None:
        """A non-empty string, or None when absent or null."""
        return None if self.value(key) is None else self.text(key)

    def enum(self, key: str, choices: type[Choice], *, default: Choice) -> Choice:
        """One of the choices; `default` when absent, or after noting the mistake."""
        if key not in self:
            return default
        name = self.one_of(key, [choice.value for choice in choices])
        return choices(name) if name else default

    def section(self, key: str, *, required: bool = True) -> "Reader":
        value = self._document.get(key, None if required else {})
        return Reader(value, path=self.at(key), mistakes=self.mistakes)

    def items(self, key: str, *, required: bool = True) -> tuple["Reader", ...]:
        value = self._document.get(key, None if required else ())
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.mistake(key, "must be a list")
            return ()
        return tuple(
            Reader(each, path=f"{self.at(key)}[{index}]", mistakes=self.mistakes) for index, each in enumerate(value)
        )

    def table(self, key: str) -> Mapping[str, JsonValue]:
        """The mapping under `key`, unread; empty after noting the mistake."""
        value = self.value(key)
        if isinstance(value, Mapping):
            return value
        self.mistake(key, "must be an object")
        return {}
