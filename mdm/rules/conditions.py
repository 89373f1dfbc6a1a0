"""Rules under conditions: of several, the values that survived before say which one holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from mdm.entity_types.base import Document, JsonValue

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Condition:
    """Met by a document whose attribute, or that component of it, is one of these texts.

    Letter case and outer blanks do not count. Of a collection, one item is enough. A value that is absent or null meets
    no condition.
    """

    attribute: str
    component: str | None
    one_of: tuple[str, ...]

    def is_met(self, values: Document) -> bool:
        value = values.get(self.attribute)
        told = value if isinstance(value, list | tuple) else [value]
        return not {_text(self._looked_at(each)) for each in told}.isdisjoint(map(_text, self.one_of))

    @property
    def path(self) -> str:
        """The attribute, with its component if it has one, as the document names it."""
        return self.attribute if self.component is None else f"{self.attribute}.{self.component}"

    @property
    def words(self) -> str:
        """The condition as the end of a sentence: `address.country is DE or AT`."""
        return f"{self.path} is {' or '.join(self.one_of)}"

    def to_document(self) -> dict[str, JsonValue]:
        return {"attribute": self.path, "one_of": list(self.one_of)}

    def _looked_at(self, value: JsonValue) -> JsonValue:
        if self.component is None:
            return value
        return value.get(self.component) if isinstance(value, Mapping) else None


@dataclass(frozen=True, slots=True)
class Case(Generic[Part]):
    """What holds where the condition is met."""

    condition: Condition
    then: Part


@dataclass(frozen=True, slots=True)
class Conditional(Generic[Part]):
    """The first case that is met holds, else `otherwise`."""

    otherwise: Part
    cases: tuple[Case[Part], ...] = ()

    def under(self, values: Document) -> Part:
        """What holds in a golden record with these values."""
        case = self.case_under(values)
        return self.otherwise if case is None else case.then

    def case_under(self, values: Document) -> Case[Part] | None:
        """The case that holds; None when none is met."""
        for case in self.cases:
            if case.condition.is_met(values):
                return case
        return None

    @property
    def branches(self) -> tuple[Part, ...]:
        """Everything that may hold."""
        return (*(case.then for case in self.cases), self.otherwise)


def _text(value: JsonValue) -> str | None:
    if value is None or isinstance(value, Mapping):
        return None
    return str(value).strip().casefold()
