"""Components of records that must be clustered one by one, with what is stored about the pairs inside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching.agglomeration import Agglomeration
from matching.components import RowPairs, Rows
from matching.errors import ConflictingConstraints
from matching.spans import rising_order

_PORTIONS = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Lots:
    """Pairs by component, the lower row first: those of component i stand from `starts[i]` to `starts[i + 1]`."""

    low: list[int]
    high: list[int]
    bits: list[float]
    starts: list[int]

    @classmethod
    def of(cls, place: Rows, pairs: RowPairs, bits: NDArray[np.float64] | None = None) -> _Lots:
        """Those inside one component, by the place of each row's component; -1 for one that doesn't count."""
        where = place[pairs.left]
        inside = np.flatnonzero((where == place[pairs.right]) & (where >= 0))
        inside = inside[rising_order(where[inside])]
        left, right = pairs.left[inside], pairs.right[inside]
        return cls(
            low=np.minimum(left, right).tolist(),
            high=np.maximum(left, right).tolist(),
            bits=[] if bits is None else bits[inside].tolist(),
            starts=np.searchsorted(where[inside], np.arange(int(place.max(initial=-1)) + 2)).tolist(),
        )

    def ends(self, number: int) -> list[tuple[int, int]]:
        """The pairs inside one component, sorted."""
        some = slice(self.starts[number], self.starts[number + 1])
        return sorted(zip(self.low[some], self.high[some], strict=True))

    def weighed(self, number: int) -> list[tuple[int, int, float]]:
        """The same with their weights, in any order."""
        some = slice(self.starts[number], self.starts[number + 1])
        return list(zip(self.low[some], self.high[some], self.bits[some], strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class OpenComponents:
    """Components that weights or people leave something to be settled in.

    The rows of component i are `rows[starts[i]:starts[i + 1]]`, rising, and `sources` says which source without
    duplicates each is of. Of the pairs inside we know the weights, and which must, can't or may not stand together.
    """

    rows: list[int]
    starts: list[int]
    sources: list[int]
    weights: _Lots
    forced: _Lots
    barred: _Lots
    apart: _Lots
    names: Sequence[str]
    link_threshold_bits: float
    floor_bits: float

    @classmethod
    def of(
        cls,
        component: Rows,
        is_open: NDArray[np.bool_],
        *,
        weights: tuple[RowPairs, NDArray[np.float64]],
        forced: RowPairs,
        barred: RowPairs,
        apart: RowPairs,
        sources: Rows,
        names: Sequence[str],
        link_threshold_bits: float,
        floor_bits: float,
    ) -> OpenComponents:
        """Those that `is_open` marks by their first rows."""
        place = np.where(is_open, np.cumsum(is_open) - 1, -1)[component]
        rows = np.flatnonzero(place >= 0)
        rows = rows[rising_order(place[rows])]
        return cls(
            rows=rows.tolist(),
            starts=np.searchsorted(place[rows], np.arange(int(is_open.sum()) + 1)).tolist(),
            sources=sources[rows].tolist(),
            weights=_Lots.of(place, *weights),
            forced=_Lots.of(place, forced),
            barred=_Lots.of(place, barred),
            apart=_Lots.of(place, apart),
            names=names,
            link_threshold_bits=link_threshold_bits,
            floor_bits=floor_bits,
        )

    def portions(self) -> list[range]:
        """Some components after others, each portion with about as many pairs."""
        ends = np.searchsorted(self.weights.starts, np.linspace(0, len(self.weights.low), _PORTIONS + 1)[1:-1])
        return [range(*each) for each in pairwise([0, *np.unique(ends).tolist(), len(self.starts) - 1])]

    def clusters(self, some: range) -> tuple[Rows, Rows]:
        """The rows of some components, and the first row of each one's cluster. Raises ConflictingConstraints."""
        rows: list[int] = []
        first: list[int] = []
        for number in some:
            for found in self._clusters_of(number):
                rows += found
                first += [found[0]] * len(found)
        return np.array(rows, dtype=np.int64), np.array(first, dtype=np.int64)

    def _clusters_of(self, number: int) -> list[list[int]]:
        some = slice(self.starts[number], self.starts[number + 1])
        nodes, sources, barred = self.rows[some], self.sources[some], self.barred.ends(number)
        limit = self.link_threshold_bits
        agglomeration = Agglomeration(
            nodes,
            pairs=self.weights.weighed(number),
            apart=[*self.apart.ends(number), *barred],
            sources=dict(zip(nodes, sources, strict=True)) if max(sources) >= 0 else {},
            floor_bits=self.floor_bits,
            threshold_bits=limit,
            ceiling_bits=limit + max(limit - self.floor_bits, 1.0),
        )
        for one, other in self.forced.ends(number):
            agglomeration.force(one, other)
        for one, other in barred:
            if agglomeration.joined(one, other):
                raise ConflictingConstraints(*(self.names[each] if self.names else each for each in (one, other)))
        return agglomeration.run()
