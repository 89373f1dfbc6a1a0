"""What kinds of records a test double holds: their fields, keys and the checks a write must pass."""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Any: records are JSON objects of another system, held as they are.
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """One kind of record. `references` maps a field to the kind it points to, `patterns` a field to its form."""

    name: str
    extract: str
    key: str
    key_form: str
    modified: str
    created: str
    deleted: tuple[str, object]
    external_id: str
    titles: tuple[str, ...]
    fields: tuple[str, ...]
    blank: str | None
    defaults: Mapping[str, object]
    nested: frozenset[str] = frozenset()
    references: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)

    @property
    def read_only(self) -> frozenset[str]:
        """Fields that only the system itself writes."""
        return frozenset({self.key, self.modified, self.created})

    def new_row(self) -> Row:
        """A record nobody has filled in yet."""
        return dict.fromkeys(self.fields, self.blank) | dict(self.defaults)

    def title(self, row: Row) -> str:
        """What a person calls the record; empty when it has no name."""
        return " ".join(str(row[name]) for name in self.titles if row.get(name)).strip()

    def longest(self, name: str) -> int | None:
        """How many characters a field holds; None where its form does not say."""
        found = re.fullmatch(r"\.\{\d+,(\d+)\}", self.patterns.get(name, ""))
        return int(found[1]) if found else None

    def is_deleted(self, row: Row) -> bool:
        """Whether the record carries its deletion mark."""
        name, mark = self.deleted
        return row.get(name) == mark

    def unknown_fields(self, given: Row) -> list[str]:
        """Fields this kind does not have, in order."""
        return sorted(given.keys() - set(self.fields) - {self.external_id})

    def misshapen_fields(self, given: Row) -> list[str]:
        """Fields whose value has the wrong shape or form; empty values always pass."""
        return sorted(name for name, value in given.items() if value not in (None, "") and not self._fits(name, value))

    def _fits(self, name: str, value: object) -> bool:
        if name in self.nested:
            return isinstance(value, list | dict)
        if isinstance(value, list | dict):
            return False
        pattern = self.patterns.get(name)
        return pattern is None or re.fullmatch(pattern, str(value)) is not None

    def rows(self, folder: Path) -> Iterator[Row]:
        """The records of the extract this kind starts with."""
        path = folder / self.extract
        with path.open(encoding="utf-8", newline="") as file:
            if path.suffix == ".csv":
                yield from csv.DictReader(file)
            else:
                yield from (json.loads(line) for line in file if line.strip())
