"""Which sources look free of duplicates, so that each of their records is another thing.

Two views, and where a file holds pairs inside a source a source must pass both. Across sources, a repeat shows as a
second match that is as good as the first. Inside a source, two records that are alike are a repeat or two things of one
kind, as the models of a product line are; which of it is the rule there is told by those that other sources know: two
of a kind have a match each, repeats share theirs.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from matching.key_hashes import record_hashes
from matching.model import MatchModel
from matching.rule_tree import MatchRules
from matching.scoring import WeighedPairs, score_pairs, weigh_pairs
from matching.standardize.batch import StandardizedBatch
from matching.thresholds import LEAST_EXPECTED
from matching.training_pairs import TrainingPairs

_REPEAT_SHARE = 0.85
_MOST_REPEATS_ACROSS = 0.15
_NEGLIGIBLE_REPEATS = 0.005
"""Of so many repeats among all records of a source, losing them costs less than what looks alike and is not."""
MOST_REPEATS = 0.02
"""As many are borne where most of what looks repeated is shown to be something else."""


def estimate_unique_sources(
    standardized: StandardizedBatch, pairs: TrainingPairs, rules: MatchRules, model: MatchModel
) -> tuple[str, ...]:
    """Names of sources that look free of duplicates, in order, under a model that took all to be so.

    Where `pairs` hold none inside a source, nothing is asked of how alike its records are to each other: such pairs
    don't count there, and little is lost. Else records that say the same throughout are repeats in any case: where
    there are too many of them, blocking holds no pairs of theirs.
    """
    scored = weigh_pairs(standardized, pairs.left, pairs.right, rules, model, graded=pairs.graded)
    unrepeated = unrepeated_across(standardized, scored, rules, model)
    if pairs.sources_apart:
        return unrepeated
    inside = unrepeated_inside(standardized, scored) & unrepeated_as_a_whole(standardized)
    return tuple(name for name in unrepeated if name in inside)


def unrepeated_as_a_whole(standardized: StandardizedBatch) -> frozenset[str]:
    """Sources of whose records hardly any says the same as another one of the source."""
    rows = np.arange(len(standardized), dtype=np.int32)
    sources, hashes = standardized.source_numbers, record_hashes(standardized, rows)
    known = np.bincount(sources)
    told = np.bincount(np.unique(np.stack([sources.astype(np.int64), hashes]), axis=1)[0], minlength=len(known))
    few = known - told <= _NEGLIGIBLE_REPEATS * known
    return frozenset(name for name, holds in zip(sorted(set(standardized.sources)), few.tolist(), strict=True) if holds)


def unrepeated_across(
    standardized: StandardizedBatch, scored: WeighedPairs, rules: MatchRules, model: MatchModel
) -> tuple[str, ...]:
    """Sources whose records are seldom matched twice from another source.

    Looks at the records that match something in a source, and counts those whose best two matches there are alike
    too, both nearly as much as the best match itself. Models of one product line seldom are; true repeats are.
    """
    sources = standardized.source_numbers
    across = sources[scored.left_rows] != sources[scored.right_rows]
    likely = np.flatnonzero(across & _likely(scored))
    order = likely[np.lexsort((scored.right_rows[likely], scored.left_rows[likely], -scored.weight_bits[likely]))]
    best: dict[tuple[int, str], list[tuple[float, int]]] = {}
    for pair in order.tolist():
        ends = int(scored.left_rows[pair]), int(scored.right_rows[pair])
        for mine, theirs in (ends, ends[::-1]):
            found = best.setdefault((mine, standardized.sources[theirs]), [])
            if len(found) < 2:
                found.append((float(scored.weight_bits[pair]), theirs))
    doubted = [(source, found[0], found[1]) for (_, source), found in sorted(best.items()) if len(found) == 2]
    repeats: Counter[str] = Counter()
    if doubted:
        rivals = np.array([sorted((first[1], second[1])) for _, first, second in doubted], dtype=np.int32)
        among = score_pairs(standardized, rivals[:, 0], rivals[:, 1], rules, model)
        for (source, first, second), bits, veto in zip(
            doubted, among.weight_bits.tolist(), among.vetoes.tolist(), strict=True
        ):
            repeats[source] += not veto and min(second[0], bits) >= _REPEAT_SHARE * first[0]
    matched = Counter(source for _, source in best)
    names = sorted(set(standardized.sources))
    return tuple(name for name in names if repeats[name] <= _MOST_REPEATS_ACROSS * matched[name])


def unrepeated_inside(standardized: StandardizedBatch, scored: WeighedPairs) -> frozenset[str]:
    """Sources whose records are seldom repeated inside the source, of those that enough matches lead to.

    Two records of a source that are nearly as alike as records of different sources that match count as *evident*.
    Some of them match records of another source: one and the same, or different ones. The share that match the same is
    taken for the share of repeats among all the evident; before anything is known, all are.
    """
    names = sorted(set(standardized.sources))
    sources = standardized.source_numbers
    likely = np.flatnonzero(_likely(scored))
    left, right, bits = scored.left_rows[likely], scored.right_rows[likely], scored.weight_bits[likely]
    own = sources[left] == sources[right]
    partners = [_best_in(number, left, right, bits, sources=sources) for number in range(len(names))]
    best = np.maximum.reduce([weight for _, weight in partners])
    matched = np.isfinite(best)
    if not matched.any():
        return frozenset()
    evident = own & (bits >= _REPEAT_SHARE * float(np.median(best[matched])))
    one, other = left[evident], right[evident]
    same, different = np.zeros(len(one), dtype=bool), np.zeros(len(one), dtype=bool)
    for partner, _ in partners:
        both = (partner[one] >= 0) & (partner[other] >= 0)
        same |= both & (partner[one] == partner[other])
        different |= both & (partner[one] != partner[other])

    def counted(rows: NDArray[np.int32]) -> NDArray[np.int64]:
        return np.bincount(sources[rows], minlength=len(names))

    alike, told_apart = counted(one[same]), counted(one[different & ~same])
    repeated = (alike + 1.0) / (alike + told_apart + 1.0)
    share = repeated * counted(one) / np.bincount(sources, minlength=len(names))
    few = (share <= _NEGLIGIBLE_REPEATS) | ((repeated < 0.5) & (share <= MOST_REPEATS))
    known = np.bincount(sources[matched], minlength=len(names)) >= LEAST_EXPECTED
    return frozenset(names[number] for number in np.flatnonzero(few & known))


def _best_in(
    number: int,
    left: NDArray[np.int32],
    right: NDArray[np.int32],
    bits: NDArray[np.float64],
    *,
    sources: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Each row's best match in one source that isn't its own, -1 for none, and its weight; ties to the first row."""
    mine, theirs, weight = np.concatenate([left, right]), np.concatenate([right, left]), np.concatenate([bits, bits])
    chosen = np.flatnonzero((sources[theirs] == number) & (sources[mine] != number))
    chosen = chosen[np.lexsort((theirs[chosen], -weight[chosen]))]
    rows, first = np.unique(mine[chosen], return_index=True)
    partner = np.full(len(sources), -1, dtype=np.int64)
    best = np.full(len(sources), -np.inf)
    partner[rows], best[rows] = theirs[chosen[first]], weight[chosen[first]]
    return partner, best


def _likely(scored: WeighedPairs) -> NDArray[np.bool_]:
    likely: NDArray[np.bool_] = (scored.probability >= 0.5) & (scored.vetoes == 0)
    return likely
