"""What a rehearsal found, difference by difference: counted, the first of each kind kept, all of them handed on."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What would differ."""

    JOINED = "joined"
    SPLIT = "split"
    VALUE = "value"
    MESSAGE = "message"
    PRICE = "price"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that would differ. Any: canonical JSON values; personal data.

    `about` narrows it down: the attribute of a value, the target of a message, the line of a price, the kind of a task.
    """

    kind: Kind
    golden_ids: tuple[str, ...]
    source_records: tuple[str, ...]
    about: str = ""
    old: Any = None
    new: Any = None


@dataclass(slots=True)
class Tally:
    """Takes differences in a fixed order; `sink` gets each of them."""

    samples: int
    sink: Callable[[Difference], None]
    first: dict[Kind, list[Difference]] = field(default_factory=lambda: defaultdict(list))
    by_about: dict[Kind, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, found: Difference) -> None:
        """Count one, and hand it on."""
        self.by_about[found.kind][found.about] += 1
        if len(self.first[found.kind]) < self.samples:
            self.first[found.kind].append(found)
        self.sink(found)

    def total(self, kind: Kind) -> int:
        """How many of that kind."""
        return self.by_about[kind].total()

    def parts(self, kind: Kind) -> dict[str, int]:
        """How many of that kind by what they are about, by name."""
        return dict(sorted(self.by_about[kind].items()))

    def kept(self) -> Sequence[Difference]:
        """The samples, kind by kind."""
        return [each for kind in Kind for each in self.first[kind]]
