"""What the hub's figures look like, and what is said where there is nothing to measure."""

from pathlib import Path

import pytest
import yaml

from benchmarks.hub.linking import MAPPINGS
from benchmarks.hub_accuracy import HEAD, MEASURED, line, main
from benchmarks.labelled_sets import SETS, VARIABLE
from matching.evaluation import pairwise

FIGURES = {"profile": "cautious", "precision": 0.99, "recall": 0.5, "f1": 0.6644, "asked": 7, "unique_sources": ["abt"]}


def test_a_line_stands_under_its_head() -> None:
    said = line("abt-buy", FIGURES, pairwise([("a", "b")], [("a", "b"), ("c", "d")]))

    assert said.split() == ["abt-buy", "cautious", "0.990", "0.500", "0.6644", "7", "1.000", "0.500", "0.6667", "abt"]
    assert HEAD.index("without duplicates") == said.index("abt", 8)
    assert line("abt-buy", {**FIGURES, "unique_sources": []}, pairwise([], [])).endswith("  none")


@pytest.mark.parametrize("name", MEASURED)
def test_each_measured_set_has_a_mapping_of_its_entity_type(name: str) -> None:
    mapping = yaml.safe_load((MAPPINGS / f"{name.replace('-', '_')}.yaml").read_text(encoding="utf-8"))
    assert mapping["entity_type"] == next(each.entity_type for each in SETS if each.name == name)


def test_without_sets_it_fails_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert main([]) == 2
    assert "holds none of the sets" in capsys.readouterr().err
