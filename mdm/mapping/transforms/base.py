"""What a transform is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

from mdm.entity_types.base import JsonValue
from mdm.rules.reading import Reader


class Unreadable(Exception):
    """A wire value that this transform cannot read. `detail` says what is wanted, never what was found."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Transform(ABC):
    """Reads a wire value as a canonical one and writes it back.

    A binding of several paths hands over, and gets back, a list of wire values; one of several attributes a mapping by
    their names. Empty values never arrive, except inside such a list or mapping, unless `reads_empty`.
    """

    reads_empty: ClassVar[bool] = False
    two_way: ClassVar[bool] = True

    @property
    def written_for_none(self) -> str | None:
        """What stands on the wire for an empty value; None for the mapping's own null."""
        return None

    @classmethod
    def parse(cls, read: Reader) -> Self:
        """The transform with these parameters, noting every mistake."""
        read.known_keys(())
        return cls()

    @abstractmethod
    def read(self, raw: JsonValue) -> JsonValue:
        """The canonical value; None for an empty one. Raises Unreadable."""

    @abstractmethod
    def write(self, value: JsonValue) -> JsonValue:
        """The wire value that reads as this canonical one."""


def text_of(raw: JsonValue) -> str:
    """A scalar of the wire as trimmed text. Raises Unreadable for objects and lists."""
    if isinstance(raw, str):
        return raw.strip()
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return str(raw)
    raise Unreadable("wrong_type", "must be a text or a number")
