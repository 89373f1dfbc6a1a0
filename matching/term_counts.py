"""How often terms were counted: by keyed hash, so that a model doesn't show what it counted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from matching.arrow import Texts, pc
from matching.cells import python_texts


def term_hash(term: str, *, table: str, key: bytes) -> str:
    """Keyed hash of a term, so that a frequency table doesn't show what it counts."""
    return hashlib.blake2b(f"{table}\x1f{term}".encode(), digest_size=8, key=key[:64]).hexdigest()


class CountedTerms(Mapping[str, int]):
    """Counts by hash of terms that were counted in this run: while they are at hand, few ask for their hashes."""

    def __init__(self, terms: Texts, counts: NDArray[np.int64], *, table: str, key: bytes) -> None:
        self._terms, self._counts, self._table, self._key = terms, counts, table, key
        self._by_term: dict[str, int] = {}
        self._by_hash: dict[str, int] = {}

    def seen(self, term: str) -> int:
        """How often a term was counted; 1 where it was not."""
        if not self._by_term:
            self._by_term = dict(zip(python_texts(self._terms), self._counts.tolist(), strict=True))
        return self._by_term.get(term, 1)

    def all_seen(self, terms: Texts) -> NDArray[np.int64]:
        """`seen` of each term."""
        place = pc.index_in(terms, value_set=self._terms).fill_null(-1).to_numpy()
        found: NDArray[np.int64] = np.append(self._counts, 1)[place]
        return found

    def _hashed(self) -> dict[str, int]:
        if not self._by_hash:
            hashes = [term_hash(each, table=self._table, key=self._key) for each in python_texts(self._terms)]
            self._by_hash = dict(zip(hashes, self._counts.tolist(), strict=True))
        return self._by_hash

    def __getitem__(self, hashed: str) -> int:
        return self._hashed()[hashed]

    def __iter__(self) -> Iterator[str]:
        return iter(self._hashed())

    def __len__(self) -> int:
        return len(self._hashed())

    def __repr__(self) -> str:
        return f"CountedTerms({len(self._counts)})"


def seen_of(counts: Mapping[str, int], term: str, *, table: str, key: bytes) -> int:
    """How often a term was counted; 1 where it was not."""
    if isinstance(counts, CountedTerms):
        return counts.seen(term)
    return counts.get(term_hash(term, table=table, key=key), 1)


def all_seen_of(counts: Mapping[str, int], terms: Texts, *, table: str, key: bytes) -> NDArray[np.int64]:
    """`seen_of` each term."""
    if isinstance(counts, CountedTerms):
        return counts.all_seen(terms)
    return np.array([seen_of(counts, term, table=table, key=key) for term in python_texts(terms)], dtype=np.int64)
