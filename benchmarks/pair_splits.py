"""`python -m benchmarks.pair_splits [SET ...]`: F1 on published test splits, beside Magellan, DeepMatcher and Ditto.

The protocol is theirs: pairs are given with their labels in splits train, valid and test, and F1 is over the test
split's pairs; matches that are not among the pairs count for nobody. ASSAY_DATASETS names the folder that holds
SET-pairs/records.csv and pairs.csv (id_l, id_r, label, split). Three ways, each under `balanced`, none tuned to a set:

- pair: a pair is judged by its own weight and vetoes, as published systems judge it;
- file: pairs that `dedupe` links in the whole file, where a record of a source without duplicates has one partner;
- valid: the pair's own weight again, but from the threshold that was best on the split valid, as published systems
  choose theirs. Without labels of the split train this still needs those of valid.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.labelled_sets import SETS, LabelledSet, NoDatasets, datasets_folder, file_of, records_of
from matching.decision import MatchDecision, link_mask, thresholds
from matching.deduplication import deduplicate
from matching.defaults import default_match_rules
from matching.evaluation import pairwise
from matching.learning import Label, learn_from_labels
from matching.model import MatchModel
from matching.records import RecordBatch
from matching.rule_tree import MatchRules
from matching.scoring import ScoredPairs, score_pairs
from matching.standardize import standardize_batch
from matching.standardize.batch import StandardizedBatch
from matching.text_columns import read_columns
from matching.training import train_standardized

WAYS = ("pair", "file", "valid")
PUBLISHED: Mapping[str, Mapping[str, float]] = {
    "abt-buy": {"Magellan": 0.436, "DeepMatcher": 0.628, "Ditto": 0.893},
    "walmart-amazon": {"Magellan": 0.719, "DeepMatcher": 0.669, "Ditto": 0.868},
    "fodors-zagats": {"Magellan": 1.0, "DeepMatcher": 1.0, "Ditto": 1.0},
}
"""Magellan and DeepMatcher after Mudgal et al., Deep Learning for Entity Matching, SIGMOD 2018; Ditto after Li et al.,
Deep Entity Matching with Pre-Trained Language Models, PVLDB 14(1), 2020. All were taught by the split train."""


@dataclass(frozen=True, slots=True)
class Split:
    """Labelled pairs of one split, in the order of the file."""

    labels: tuple[Label, ...]

    @property
    def matches(self) -> list[tuple[str, str]]:
        """The pairs that are true."""
        return [(each.left, each.right) for each in self.labels if each.is_match]

    def chosen(self, mask: NDArray[np.bool_]) -> list[tuple[str, str]]:
        """The pairs at these places."""
        return [(each.left, each.right) for each, taken in zip(self.labels, mask.tolist(), strict=True) if taken]


def read_splits(folder: Path) -> dict[str, Split]:
    """Splits by name. Raises UnreadableInput."""
    columns = read_columns(file_of(folder, "pairs") or folder / "pairs.csv")
    found: dict[str, list[Label]] = {}
    for left, right, label, split in zip(*(columns[name] for name in ("id_l", "id_r", "label", "split")), strict=True):
        found.setdefault(split, []).append(Label(left, right, is_match=label == "1"))
    return {name: Split(tuple(labels)) for name, labels in found.items()}


def measure(given: LabelledSet, folder: Path) -> dict[str, dict[str, float]]:
    """F1 on the split test by way, without labels and with those of the split train. Raises UnreadableInput."""
    splits = read_splits(folder)
    rules = default_match_rules(given.entity_type)
    batch = records_of(given, folder).batch
    standardized = standardize_batch(batch.in_order_of_ids(), rules)
    model, pairs = train_standardized(standardized, rules, across_sources_only=True)
    taught = learn_from_labels(standardized, pairs, rules, model, splits["train"].labels)
    return {
        name: dict(zip(WAYS, _by_way(batch, standardized, splits, rules, each), strict=True))
        for name, each in (("no labels", model), ("train", taught))
    }


def _by_way(
    batch: RecordBatch,
    standardized: StandardizedBatch,
    splits: Mapping[str, Split],
    rules: MatchRules,
    model: MatchModel,
) -> Iterable[float]:
    test, valid = splits["test"], splits["valid"]
    scored = _scored(test, standardized, rules, model)
    yield _f1(test.chosen(link_mask(scored, thresholds(rules, model))), test)
    found = deduplicate(batch, rules, across_sources_only=True, model=model)
    links = {frozenset((each.left, each.right)) for each in found.pairs if each.decision is MatchDecision.LINK}
    yield _f1([(each.left, each.right) for each in test.labels if {each.left, each.right} in links], test)
    least = best_threshold(_scored(valid, standardized, rules, model), valid)
    yield _f1(test.chosen((scored.weight_bits >= least) & (scored.vetoes == 0)), test)


def _scored(split: Split, standardized: StandardizedBatch, rules: MatchRules, model: MatchModel) -> ScoredPairs:
    left, right = standardized.rows_of([(each.left, each.right) for each in split.labels])
    return score_pairs(standardized, left, right, rules, model)


def best_threshold(scored: ScoredPairs, split: Split) -> float:
    """The weight from which F1 of a split is best, the highest of several; vetoed pairs don't link."""
    free = scored.vetoes == 0
    weights: list[float] = sorted(set(scored.weight_bits[free].tolist()))
    return max(weights, key=lambda least: (_f1(split.chosen(free & (scored.weight_bits >= least)), split), least))


def _f1(links: Sequence[tuple[str, str]], split: Split) -> float:
    return pairwise(links, split.matches).f1


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 2 when no set was found."""
    known = [each for each in SETS if each.name in PUBLISHED]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pair_splits", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", choices=[[], *(each.name for each in known)], default=[])
    wanted = parser.parse_args(arguments).sets
    try:
        datasets = datasets_folder()
    except NoDatasets as missing:
        print(f"pair splits: FAILED, {missing}")
        return 2
    chosen = [each for each in known if not wanted or each.name in wanted]
    there = [each for each in chosen if file_of(datasets / f"{each.name}-pairs", "pairs")]
    for each in there:
        figures = measure(each, datasets / f"{each.name}-pairs")
        for labels, by_way in figures.items():
            print(f"{each.name:<16}Assay, {labels:<10}" + "".join(f"{way:>8} {f1:.4f}" for way, f1 in by_way.items()))
        beside = "   ".join(f"{system} {f1:.3f}" for system, f1 in PUBLISHED[each.name].items())
        print(f"{each.name:<16}published: {beside}", flush=True)
    if not there:
        print(f"pair splits: FAILED, none was found in {datasets}")
    return 0 if there else 2


if __name__ == "__main__":
    sys.exit(main())
