"""Comparing found pairs with true pairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PairwiseScores:
    """Precision and recall of found pairs, and their harmonic mean; 0 where there is nothing to divide by."""

    precision: float
    recall: float
    f1: float
    found: int
    true: int
    right: int


def pairwise(found_pairs: Iterable[tuple[str, str]], true_pairs: Iterable[tuple[str, str]]) -> PairwiseScores:
    """Score pairs regardless of which side is left; repeats count once, a record paired with itself not at all."""
    found = {_unordered(each) for each in found_pairs if each[0] != each[1]}
    true = {_unordered(each) for each in true_pairs if each[0] != each[1]}
    right = len(found & true)
    precision = right / len(found) if found else 0.0
    recall = right / len(true) if true else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return PairwiseScores(precision, recall, f1, found=len(found), true=len(true), right=right)


def _unordered(pair: tuple[str, str]) -> tuple[str, str]:
    return pair if pair[0] < pair[1] else (pair[1], pair[0])
