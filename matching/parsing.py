"""Reading a document while collecting every mistake with its path, instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from matching.errors import InvalidMatchRules, RuleMistake


class DocumentReader:
    """A view of one mapping inside a document. All views of a document share one list of mistakes."""

    def __init__(self, document: object, *, path: str = "", mistakes: list[RuleMistake] | None = None) -> None:
        self._path = path
        self._mistakes: list[RuleMistake] = [] if mistakes is None else mistakes
        if isinstance(document, Mapping):
            self._document: Mapping[str, object] = document
        else:
            self._document = {}
            self._mistakes.append(RuleMistake(path or "$", "must be an object"))

    def refuse_mistakes(self) -> None:
        """Raise InvalidMatchRules when any view of this document met a mistake."""
        if self._mistakes:
            raise InvalidMatchRules(self._mistakes)

    def mistake(self, key: str, message: str) -> None:
        """Note a mistake at `key`."""
        self._mistakes.append(RuleMistake(self._at(key), message))

    def present_keys(self) -> tuple[str, ...]:
        """The keys present, in document order."""
        return tuple(self._document)

    def known_keys(self, known: Iterable[str]) -> None:
        """Note a mistake for every key that isn't among `known`."""
        allowed = set(known)
        for key in self._document:
            if key not in allowed:
                self.mistake(key, "is not known here")

    def unique(self, key: str, names: Sequence[str]) -> None:
        """Note a mistake for every name that occurred before."""
        for index, name in enumerate(names):
            if name in names[:index]:
                self.mistake(f"{key}[{index}]", "repeats an earlier name")

    def text(self, key: str) -> str:
        """A non-empty string."""
        value = self._document.get(key)
        if isinstance(value, str) and value:
            return value
        self.mistake(key, "must be a non-empty string")
        return ""

    def optional_text(self, key: str, *, among: Collection[str]) -> str | None:
        """A string among the given ones, or None."""
        return None if self._document.get(key) is None else self.one_of(key, among)

    def one_of(self, key: str, among: Collection[str]) -> str:
        """A string among the given ones."""
        value = self._document.get(key)
        if isinstance(value, str) and value in among:
            return value
        self.mistake(key, f"must be one of {', '.join(sorted(among))}")
        return ""

    def names(self, key: str, *, among: Collection[str] | None = None, required: bool = True) -> tuple[str, ...]:
        """A list of strings, each among the given ones."""
        value = self._document.get(key)
        if value is None and not required:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.mistake(key, "must be a list of strings")
            return ()
        for index, each in enumerate(value):
            if not isinstance(each, str) or (among is not None and each not in among):
                wanted = "a string" if among is None else f"one of {', '.join(sorted(among))}"
                self.mistake(f"{key}[{index}]", f"must be {wanted}")
        return tuple(str(each) for each in value)

    def integer(self, key: str, *, low: int, high: int) -> int:
        """A whole number in the closed range."""
        value = self._document.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.mistake(key, f"must be a whole number from {low} to {high}")
        return low

    def probability(self, key: str) -> float:
        """A number above 0 and below 1."""
        value = self._document.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1:
            return float(value)
        self.mistake(key, "must be a number above 0 and below 1")
        return 0.5

    def optional_probability(self, key: str) -> float | None:
        """A number above 0 and below 1, or None."""
        return None if self._document.get(key) is None else self.probability(key)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._document.get(key, default)
        if isinstance(value, bool):
            return value
        self.mistake(key, "must be true or false")
        return default

    def section(self, key: str, *, required: bool = True) -> DocumentReader:
        """The object under `key`."""
        value = self._document.get(key, None if required else {})
        return DocumentReader(value, path=self._at(key), mistakes=self._mistakes)

    def items(self, key: str, *, required: bool = True) -> tuple[DocumentReader, ...]:
        """The objects listed under `key`."""
        value = self._document.get(key, None if required else ())
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.mistake(key, "must be a list")
            return ()
        return tuple(
            DocumentReader(each, path=f"{self._at(key)}[{index}]", mistakes=self._mistakes)
            for index, each in enumerate(value)
        )

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key
