"""Closed lists of wire values: value tables, boolean words, what is filled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from mdm.entity_types.base import JsonValue
from mdm.mapping.transforms import transforms
from mdm.mapping.transforms.base import Transform, Unreadable
from mdm.rules.reading import Reader

_Scalar = str | int | bool | None


def _pairs(read: Reader, key: str) -> tuple[tuple[_Scalar, _Scalar], ...]:
    value = read.value(key)
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        read.mistake(key, "must be a list of [wire value, canonical value] pairs")
        return ()
    for position, pair in enumerate(value):
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            read.mistake(f"{key}[{position}]", "must be a pair of wire value and canonical value")
            return ()
    return tuple((wire, canonical) for wire, canonical in value)


def _same(one: JsonValue, other: JsonValue) -> bool:
    # 1 == True in Python, not on the wire.
    return type(one) is type(other) and one == other


@transforms.register("table")
@dataclass(frozen=True, slots=True)
class Table(Transform):
    """A value table. Where a value stands twice, its first pair counts. `other: keep` lets unknown values through."""

    reads_empty: ClassVar[bool] = True

    values: tuple[tuple[_Scalar, _Scalar], ...]
    keeps_other: bool

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("values", "other"))
        keeps = "other" in read and read.one_of("other", ("keep", "refuse")) == "keep"
        return cls(_pairs(read, "values"), keeps)

    def read(self, raw: JsonValue) -> JsonValue:
        wanted = raw.strip() if isinstance(raw, str) else raw
        for wire, canonical in self.values:
            if _same(wire, wanted):
                return canonical
        if wanted in (None, ""):
            return None
        if self.keeps_other:
            return wanted
        known = ", ".join(str(wire) for wire, _ in self.values if wire not in (None, ""))
        raise Unreadable("unknown_value", f"must be one of {known}")

    def write(self, value: JsonValue) -> JsonValue:
        for wire, canonical in self.values:
            if _same(canonical, value):
                return wire
        return value if self.keeps_other else None


@transforms.register("boolean")
@dataclass(frozen=True, slots=True)
class BooleanWords(Transform):
    """Words for yes and no, the empty one included if it is listed. The first word of each is written."""

    reads_empty: ClassVar[bool] = True

    true: tuple[_Scalar, ...]
    false: tuple[_Scalar, ...]

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("yes", "no"))
        return cls(cls._words(read, "yes", plain=True), cls._words(read, "no", plain=False))

    @staticmethod
    def _words(read: Reader, key: str, *, plain: bool) -> tuple[_Scalar, ...]:
        value = read.value(key)
        if value is None:
            return (plain,)
        if isinstance(value, list) and value:
            return tuple(value)
        read.mistake(key, "must be a list of words")
        return (plain,)

    def read(self, raw: JsonValue) -> JsonValue:
        for words, meaning in ((self.true, True), (self.false, False)):
            if any(_same(word, raw) for word in words):
                return meaning
        if raw in (None, ""):
            return None
        raise Unreadable("unknown_value", "must be one of the words for yes and no")

    def write(self, value: JsonValue) -> JsonValue:
        return self.true[0] if value else self.false[0]


@transforms.register("first_filled")
@dataclass(frozen=True, slots=True)
class FirstFilled(Transform):
    """The label of the first path that holds anything, else `otherwise`. Read only: the paths have their own owners."""

    reads_empty: ClassVar[bool] = True
    two_way: ClassVar[bool] = False

    labels: tuple[str, ...]
    otherwise: JsonValue

    @classmethod
    def parse(cls, read: Reader) -> Self:
        read.known_keys(("labels", "otherwise"))
        return cls(read.names("labels"), read.value("otherwise"))

    def read(self, raw: JsonValue) -> JsonValue:
        filled = (label for label, value in zip(self.labels, raw, strict=False) if value not in (None, ""))
        return next(filled, self.otherwise)

    def write(self, value: JsonValue) -> JsonValue:
        return None


@transforms.register("none_filled")
@dataclass(frozen=True, slots=True)
class NoneFilled(Transform):
    """True when no path holds anything, else empty. Read only."""

    reads_empty: ClassVar[bool] = True
    two_way: ClassVar[bool] = False

    def read(self, raw: JsonValue) -> JsonValue:
        values = raw if isinstance(raw, list) else [raw]
        return True if all(value in (None, "") for value in values) else None

    def write(self, value: JsonValue) -> JsonValue:
        return None
