"""Judging links: what a tool decided, the best a threshold could do, and clusters."""

from pathlib import Path

import pytest

from benchmarks.quality import Scores, quality_of

TRUTH = "id_l,id_r\n1,2\n1,3\n2,3\n8,9\n"
PAIRS = (
    "id_l,id_r,match_weight,match_probability,decision\n"
    "2,1,9.5,0.99,LINK\n"
    "3,4,8.0,0.98,LINK\n"
    "3,2,3.0,0.80,REVIEW\n"
    "3,1,3.0,0.80,REVIEW\n"
    "8,4,-1,0.2,REVIEW\n"
)
CLUSTERS = "id,cluster_id\n1,people-1\n2,people-1\n3,people-3\n4,people-3\n8,people-8\n9,people-8\n"


def judged(folder: Path, pairs: str) -> tuple[Scores, Scores, Scores]:
    texts = {"pairs": pairs, "clusters": CLUSTERS, "truth": TRUTH}
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    quality = quality_of(*(folder / f"{name}.csv" for name in texts))
    return quality.links, quality.best, quality.clusters


def test_links_are_judged_whichever_side_is_left(tmp_path: Path) -> None:
    links, _, _ = judged(tmp_path, PAIRS)

    assert links == Scores(precision=1 / 2, recall=1 / 4, f1=1 / 3)


def test_the_best_threshold_takes_pairs_of_equal_weight_together(tmp_path: Path) -> None:
    _, best, _ = judged(tmp_path, PAIRS)

    assert best == Scores(precision=3 / 4, recall=3 / 4, f1=3 / 4)


def test_clusters_are_judged_by_all_pairs_in_them(tmp_path: Path) -> None:
    _, _, clusters = judged(tmp_path, PAIRS)

    assert clusters == Scores(precision=2 / 3, recall=1 / 2, f1=4 / 7)


def test_no_pairs_score_nothing(tmp_path: Path) -> None:
    links, best, _ = judged(tmp_path, PAIRS.partition("\n")[0] + "\n")

    assert links == best == Scores(precision=0, recall=0, f1=0)


def test_a_pair_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="repeats pairs"):
        judged(tmp_path, PAIRS + "1,2,1.0,0.5,LINK\n")
