"""Which pairs to ask a person about: those whose answer teaches most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from matching.scoring import ScoredPairs

_REPEAT_BITS = 1.0
"""How much more certain a pair counts for each one like it that stands before it."""


def pairs_to_ask(
    scored: ScoredPairs, posterior: NDArray[np.float64], *, asked: Collection[tuple[int, int]] = (), count: int
) -> list[tuple[int, int]]:
    """At most `count` pairs of rows, most instructive first.

    Those with even odds teach most (Lewis and Gale 1994); `posterior` is the match probability beside the rivals of
    each pair. Pairs with the same levels teach the same, so each after the first of its kind counts as more certain.
    Pairs under a veto are left out: no answer would link them. The order of the pairs given is of no account.
    """
    free = np.flatnonzero(scored.vetoes == 0)
    likely = np.clip(posterior[free], 1e-9, 1.0 - 1e-9)
    certain = np.abs(np.log2(likely / (1.0 - likely)))
    order = np.lexsort((scored.right_rows[free], scored.left_rows[free], certain))
    seen: Counter[bytes] = Counter()
    ranked: list[tuple[float, tuple[int, int]]] = []
    for index, bits in zip(free[order].tolist(), certain[order].tolist(), strict=True):
        ends = int(scored.left_rows[index]), int(scored.right_rows[index])
        levels = scored.levels[index].tobytes()
        if ends not in asked:
            ranked.append((bits + _REPEAT_BITS * seen[levels], ends))
        seen[levels] += 1
    return [ends for _, ends in sorted(ranked)[:count]]
