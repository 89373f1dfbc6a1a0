"""Texts: trimming, letter case, joining, splitting, padding."""

from dataclasses import dataclass
from typing import Self

from mdm.entity_types.base import JsonValue
from mdm.mapping.transforms import transforms
from mdm.mapping.transforms.base import Transform, text_of
from mdm.rules.reading import Reader


@transforms.register("trim")
@dataclass(frozen=True, slots=True)
class Trim(Transform):
    """Text without outer blanks."""

    def read(self, raw: JsonValue) -> JsonValue:
        return text_of(raw) or None

    def write(self, value: JsonValue) -> JsonValue:
        return value


@transforms.register("shortened")
@dataclass(frozen=True, slots=True)
class Shortened(Transform):
    """A text in a field of `width` characters: written without the words that find no room, or cut inside the first."""

    width: int

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("width",))
        return cls(read.integer("width", low=10, high=4000))

    def read(self, raw: JsonValue) -> JsonValue:
        return text_of(raw).strip() or None

    def write(self, value: JsonValue) -> JsonValue:
        whole = str(value)
        if len(whole) <= self.width:
            return whole
        words = whole[: self.width + 1].rpartition(" ")[0].rstrip()
        return words or whole[: self.width]


@transforms.register("upper")
@dataclass(frozen=True, slots=True)
class Upper(Transform):
    """Text in capitals, for codes whose letter case carries nothing."""

    def read(self, raw: JsonValue) -> JsonValue:
        return text_of(raw).upper()

    def write(self, value: JsonValue) -> JsonValue:
        return value


@transforms.register("compact")
@dataclass(frozen=True, slots=True)
class Compact(Transform):
    """Text without any blank, for numbers written in groups."""

    def read(self, raw: JsonValue) -> JsonValue:
        return "".join(text_of(raw).split())

    def write(self, value: JsonValue) -> JsonValue:
        return value


@transforms.register("phone")
@dataclass(frozen=True, slots=True)
class Phone(Transform):
    """A phone number as its system writes it: making numbers comparable is the matching library's work."""

    def read(self, raw: JsonValue) -> JsonValue:
        return " ".join(text_of(raw).split())

    def write(self, value: JsonValue) -> JsonValue:
        return value


@transforms.register("join")
@dataclass(frozen=True, slots=True)
class Join(Transform):
    """Several wire texts as one. Written back, the last word goes to the last path and the rest to the first."""

    separator: str = " "

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("separator",))
        separator = read.value("separator")
        if separator is not None and not isinstance(separator, str):
            read.mistake("separator", "must be a text")
        return cls(separator if isinstance(separator, str) else " ")

    def read(self, raw: JsonValue) -> JsonValue:
        parts = raw if isinstance(raw, list) else [raw]
        return self.separator.join(text_of(part) for part in parts if part not in (None, "")) or None

    def write(self, value: JsonValue) -> JsonValue:
        first, _, last = str(value).rpartition(self.separator)
        return [first or None, last or None]


@transforms.register("split")
@dataclass(frozen=True, slots=True)
class Split(Transform):
    """One wire text as a list of texts."""

    separator: str = ";"

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("separator",))
        return cls(read.text("separator"))

    def read(self, raw: JsonValue) -> JsonValue:
        parts = (part.strip() for part in text_of(raw).split(self.separator))
        return [part for part in parts if part] or None

    def write(self, value: JsonValue) -> JsonValue:
        return self.separator.join(map(str, value))


@transforms.register("zero_padded")
@dataclass(frozen=True, slots=True)
class ZeroPadded(Transform):
    """A number kept as text of fixed width: read with its zeros, so that `42` and `0000000042` are one key."""

    width: int

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("width",))
        return cls(read.integer("width", low=1, high=40))

    def read(self, raw: JsonValue) -> JsonValue:
        return text_of(raw).zfill(self.width)

    def write(self, value: JsonValue) -> JsonValue:
        return str(value).zfill(self.width)


def _wrapped(text: str, width: int) -> tuple[str, str | None]:
    """Two lines, the first of at most `width` characters unless its first word is longer."""
    if len(text) <= width:
        return text, None
    cut = text.rfind(" ", 0, width + 1)
    cut = cut if cut > 0 else text.find(" ")
    return (text, None) if cut < 0 else (text[:cut], text[cut + 1 :])


@transforms.register("wrapped_text")
@dataclass(frozen=True, slots=True)
class WrappedText(Transform):
    """One text over two lines, the first of `width` characters at most."""

    width: int

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("width",))
        return cls(read.integer("width", low=10, high=200))

    def read(self, raw: JsonValue) -> JsonValue:
        return " ".join(text_of(part) for part in raw if part not in (None, "")) or None

    def write(self, value: JsonValue) -> JsonValue:
        return list(_wrapped(str(value), self.width))


@transforms.register("wrapped_name")
@dataclass(frozen=True, slots=True)
class WrappedName(Transform):
    """Name and trading name from two name lines, the second of which holds either.

    It continues the name when its first word had no room on a first line of `width` characters and does not begin the
    first line too; otherwise it is the trading name.
    """

    width: int

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("width",))
        return cls(read.integer("width", low=10, high=200))

    def read(self, raw: JsonValue) -> JsonValue:
        first, second = (text_of(part) if part not in (None, "") else "" for part in raw)
        if not first or not second:
            return {"name": first or second or None, "trading_name": None}
        if self._continues(first, second):
            return {"name": f"{first} {second}", "trading_name": None}
        return {"name": first, "trading_name": second}

    def write(self, value: JsonValue) -> JsonValue:
        name, trading_name = value.get("name") or "", value.get("trading_name")
        return [name or None, trading_name] if len(name) <= self.width else list(_wrapped(name, self.width))

    def _continues(self, first: str, second: str) -> bool:
        word = second.split(maxsplit=1)[0]
        return len(first) + 1 + len(word) > self.width and first.split(maxsplit=1)[0].casefold() != word.casefold()
