"""The pairs that a run tells of, as columns: a million of them as objects would take longer to make than to find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from matching.decision import MatchDecision


@dataclass(frozen=True, slots=True)
class DecidedPair:
    """A pair above the review floor, or inside a cluster."""

    left: str
    right: str
    weight_bits: float
    probability: float
    decision: MatchDecision


@dataclass(frozen=True, slots=True, eq=False)
class DecidedPairs(Sequence[DecidedPair]):
    """Pairs of rows of `ids`, in order: those that are `linked` are LINK, the others REVIEW."""

    ids: Sequence[str]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    weight_bits: NDArray[np.float64]
    probability: NDArray[np.float64]
    linked: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.left)

    @overload
    def __getitem__(self, place: int) -> DecidedPair: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[DecidedPair]: ...
    def __getitem__(self, place: int | slice) -> DecidedPair | Sequence[DecidedPair]:
        if isinstance(place, slice):
            return DecidedPairs(
                self.ids,
                self.left[place],
                self.right[place],
                self.weight_bits[place],
                self.probability[place],
                self.linked[place],
            )
        return next(iter(self[place : place + 1 or None]))

    def __iter__(self) -> Iterator[DecidedPair]:
        columns = (self.left, self.right, self.weight_bits, self.probability, self.linked)
        for left, right, bits, likely, linked in zip(*(each.tolist() for each in columns), strict=True):
            decision = MatchDecision.LINK if linked else MatchDecision.REVIEW
            yield DecidedPair(self.ids[left], self.ids[right], bits, likely, decision)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(_equal, self, other))

    __hash__ = None  # type: ignore[assignment]  # as of any sequence that is compared by its contents


def _equal(one: object, other: object) -> bool:
    return one == other
