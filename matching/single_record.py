"""One record alone: standardized, and its blocking keys, as a batch would have them, without a batch's arrays.

Arrays pay from some dozens of records on; for one they are most of the time. What is computed here must equal
`standardize_batch`, `blocking_keys` and `storable_keys`, which stay what batches use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import combinations, product
from typing import Any

from matching.blocking_parts import parts
from matching.key_hashes import ALL_BITS, MIX, RECORD_SALT, stable_hash
from matching.oversize import OversizeKeys
from matching.records import MatchRecord, alternatives_of
from matching.rule_tree import TEXT, MatchRules
from matching.standardize.kinds import Alternatives, Cell, Standardizer, standardizers

_MIX, _FIRST, _SECOND = int(MIX), 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

Key = tuple[int, int]
"""Index of the blocking rule, and the stable 64-bit hash."""


Said = dict[str, Alternatives]
Feature = tuple[Standardizer, tuple[str, ...]]


class OneRecord:
    """A record alone, each feature standardized when it is first asked for: most others are dropped after a few."""

    __slots__ = ("_cells", "_features", "_said", "id", "segment", "source")

    def __init__(self, record: MatchRecord, features: Sequence[Feature]) -> None:
        self.id, self.source, self.segment = record.id, record.source, 0
        self._said: Said = {name: alternatives_of(name, value) for name, value in record.values.items()}
        self._features = features
        self._cells: list[tuple[Cell, ...] | None] = [None] * len(features)

    def cells(self, place: int) -> tuple[Cell, ...]:
        """Its alternatives of the feature at that place in the rules; none where it has no value."""
        found = self._cells[place]
        if found is None:
            standardize, attributes = self._features[place]
            said = self._said
            found = self._cells[place] = standardize(tuple([said.get(name, ()) for name in attributes]))
        return found

    def may_have(self, place: int) -> bool:
        """Whether it says anything that the feature is made of. Cheap; it may still come to naught."""
        return not self._said.keys().isdisjoint(self._features[place][1])


class SingleRecords:
    """Standardizes records one by one and makes their keys, with everything about the rules looked up beforehand."""

    def __init__(self, rules: MatchRules, oversize: OversizeKeys) -> None:
        self._features: list[Feature] = [
            (standardizers.get(each.standardizer), each.attributes) for each in rules.features
        ]
        place_of = {each.name: place for place, each in enumerate(rules.features)}
        self._segment_place = None if rules.segment_feature is None else place_of[rules.segment_feature]
        self._segment_of = {name: index for index, name in enumerate(rules.segments)}
        self._oversize = oversize
        self._by_text = rules.key_hash == TEXT
        self._parts = {
            name: (place_of[parts.get(name).feature], parts.get(name).values_of)
            for rule in rules.blocking
            for name in rule.parts
            if parts.get(name).feature in place_of
        }
        self._keys = [
            (index, rule.parts, [f"{rule.name}\x1f{segment}" for segment in rules.segments])
            for index, rule in enumerate(rules.blocking)
            if rule.stored and self._parts.keys() >= set(rule.parts)
        ]

    def standardized(self, record: MatchRecord) -> OneRecord:
        """The record as a row of `standardize_batch`."""
        one = OneRecord(record, self._features)
        place = self._segment_place
        if place is not None and (kind := one.cells(place)):
            one.segment = self._segment_of[str(kind[0])]
        return one

    def keys(self, record: OneRecord) -> list[Key]:
        """Its keys by the rules whose keys are stored; some may come twice."""
        values: dict[str, list[Any]] = {}
        found: list[Key] = []
        read, join = (list, _joined_texts) if self._by_text else (_hashes_of, _joined_hashes)
        for index, names, salts in self._keys:
            for name in names:
                if name not in values:
                    place, values_of = self._parts[name]
                    values[name] = read(_distinct(record.cells(place), values_of))
                if not values[name]:
                    break
            else:
                found += [(index, key) for key in join(salts[record.segment], [values[name] for name in names])]
        return found

    def storable(self, record: OneRecord) -> set[int]:
        """The hashes to store, or to look up: whole keys, joint ones of those that were split, and the record's own
        where all were."""
        hashes = {key for _, key in self.keys(record)}
        split = sorted(hashes & self._oversize.split)
        joint = {
            _signed((((one & ALL_BITS) * _MIX) ^ ((other & ALL_BITS) + _MIX)) & ALL_BITS)
            for one, other in combinations(split, 2)
        }
        whole = hashes - self._oversize.split
        own = {self._record_hash(record)} if hashes and not whole else set()
        return whole | (joint - self._oversize.cut) | own

    def _record_hash(self, record: OneRecord) -> int:
        """As `key_hashes.record_hashes` has it."""
        found = RECORD_SALT & ALL_BITS
        for place in range(len(self._features)):
            found = _finished((found + _MIX) ^ (stable_hash(repr(record.cells(place))) * _MIX))
        return _signed(found)


def _distinct(cells: tuple[Cell, ...], values_of: Callable[[Cell], tuple[str, ...]]) -> Iterable[str]:
    return values_of(cells[0]) if len(cells) == 1 else dict.fromkeys(t for cell in cells for t in values_of(cell))


def _hashes_of(texts: Iterable[str]) -> list[int]:
    """Each hash as the second half of a mixture: times the mixing constant."""
    return [_hash_of(text) * _MIX for text in texts]


def _joined_hashes(salt: str, values: list[list[int]]) -> list[int]:
    """As `key_hashes.joined_hashes` joins them."""
    joined = [_hash_of(salt)]
    for multiplied in values:
        joined = [_finished((one + _MIX) ^ other) for one in joined for other in multiplied]
    return [_signed(each) for each in joined]


def _finished(mixed: int) -> int:
    mixed &= ALL_BITS
    mixed = ((mixed ^ (mixed >> 30)) * _FIRST) & ALL_BITS
    mixed = ((mixed ^ (mixed >> 27)) * _SECOND) & ALL_BITS
    return mixed ^ (mixed >> 31)


def _joined_texts(salt: str, values: list[list[str]]) -> list[int]:
    """As `key_hashes.text_hashes` hashes them."""
    return [stable_hash("\x1f".join((salt, *each))) for each in product(*values)]


@lru_cache(maxsize=100_000)
def _hash_of(text: str) -> int:
    return stable_hash(text) & ALL_BITS


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number
