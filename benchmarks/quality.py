"""`python -m benchmarks.quality`: how good links are, at a tool's own threshold and at the best one in hindsight.

Ids are whole numbers here, so a pair is one number and millions are compared in a second.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scores:
    """Precision, recall over all true pairs, and F1; all 0 where nothing was right."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Links as decided, links by nothing but the best threshold of weights, and what the clusters put together."""

    links: Scores
    best: Scores
    clusters: Scores


def quality_of(pairs: Path, clusters: Path, truth: Path) -> Quality:
    """Judge a tool's pairs (id_l, id_r, match_weight, decision) and clusters (id, cluster_id) by the true pairs."""
    true = _pair_numbers(_columns(truth, "id_l", "id_r"))
    said = _columns(pairs, "id_l", "id_r", "match_weight", "decision")
    found = _pair_numbers(said)
    if len(np.unique(found)) < len(found):
        raise ValueError(f"{pairs.name} repeats pairs")
    right = np.isin(found, true)
    linked = np.asarray(said["decision"]) == "LINK"
    return Quality(
        links=_scores(right=int(right[linked].sum()), found=int(linked.sum()), true=len(true)),
        best=_best(np.asarray(said["match_weight"], dtype=np.float64), right, true=len(true)),
        clusters=_cluster_scores(_columns(clusters, "id", "cluster_id"), true),
    )


def _best(weights: NDArray[np.float64], right: NDArray[np.bool_], *, true: int) -> Scores:
    """The scores at the weight whose F1 is highest; pairs of equal weight are linked all or none."""
    if not len(weights):
        return _scores(right=0, found=0, true=true)
    order = np.argsort(-weights, kind="stable")
    ordered, hits = weights[order], np.cumsum(right[order])
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    at = int(ends[np.argmax(2 * hits[ends] / (ends + 1 + true))])
    return _scores(right=int(hits[at]), found=at + 1, true=true)


def _cluster_scores(columns: dict[str, NDArray[np.object_]], true: Numbers) -> Scores:
    ids = columns["id"].astype(np.int64)
    _, cluster = np.unique(columns["cluster_id"].astype(str), return_inverse=True)
    cluster_of = np.full(int(ids.max()) + 1, -1)
    cluster_of[ids] = cluster
    sizes = np.bincount(cluster)
    left, right = true >> 32, true & 0xFFFFFFFF
    together = int((cluster_of[left] == cluster_of[right]).sum())
    return _scores(right=together, found=int((sizes * (sizes - 1) // 2).sum()), true=len(true))


def _scores(*, right: int, found: int, true: int) -> Scores:
    if not right:
        return Scores(0.0, 0.0, 0.0)
    return Scores(precision=right / found, recall=right / true, f1=2 * right / (found + true))


def _pair_numbers(columns: dict[str, NDArray[np.object_]]) -> Numbers:
    one, other = columns["id_l"].astype(np.int64), columns["id_r"].astype(np.int64)
    return np.asarray((np.minimum(one, other) << 32) + np.maximum(one, other))


def _columns(path: Path, *names: str) -> dict[str, NDArray[np.object_]]:
    options = pa_csv.ConvertOptions(include_columns=list(names), column_types=dict.fromkeys(names, pa.string()))
    table = pa_csv.read_csv(path, convert_options=options)
    return {name: table.column(name).to_numpy() for name in names}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the quality as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    for name in ("pairs", "clusters", "truth", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args(arguments)
    quality = quality_of(given.pairs, given.clusters, given.truth)
    given.out.write_text(json.dumps(asdict(quality), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
