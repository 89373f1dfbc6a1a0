"""Published splits: only their pairs count, and the threshold comes from the split valid."""

from pathlib import Path

import pytest

from benchmarks.labelled_sets import SETS, VARIABLE
from benchmarks.pair_splits import Split, best_threshold, main, measure, read_splits
from matching.learning import Label
from tests.matching.builders import a_batch, score_all

FODORS = next(each for each in SETS if each.name == "fodors-zagats")
PLACES = (
    ("Voltaro Grill", "88 Harbor Blvd", "Salem", "503-555-0111"),
    ("Chez Perrine", "4 Oak St", "Medford", "541-555-0142"),
    ("Blue Heron Cafe", "900 Mill Rd", "Duluth", "218-555-0177"),
)


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three places, each known to both sources; test holds one true pair and one false, valid and train likewise."""
    folder = tmp_path / "fodors-zagats-pairs"
    folder.mkdir()
    rows = [f"{side}{n},{side},{','.join(place)},diner" for side in "lr" for n, place in enumerate(PLACES)]
    (folder / "records.csv").write_text("\n".join(["id,source,name,addr,city,phone,type", *rows]), encoding="utf-8")
    pairs = [
        f"l{n},r{m},{int(n == m)},{split}"
        for n, split in enumerate(("test", "valid", "train"))
        for m in (n, (n + 1) % 3)
    ]
    (folder / "pairs.csv").write_text("\n".join(["id_l,id_r,label,split", *pairs]), encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def test_splits_hold_their_pairs_and_labels(datasets: Path) -> None:
    splits = read_splits(datasets / "fodors-zagats-pairs")

    assert splits["test"].labels == (Label("l0", "r0", is_match=True), Label("l0", "r1", is_match=False))
    assert splits["valid"].matches == [("l1", "r1")]


def test_matches_outside_the_split_count_for_nobody(datasets: Path) -> None:
    figures = measure(FODORS, datasets / "fodors-zagats-pairs")

    assert figures["no labels"] == {"pair": 1.0, "file": 1.0, "valid": 1.0}
    assert set(figures["train"]) == {"pair", "file", "valid"}


def test_the_threshold_is_the_highest_that_parts_best() -> None:
    owen = {"given_name": "Owen", "family_name": "Hartwell", "city": "Salem"}
    records = (owen | {"phone": "541 555 0142"}, owen | {"phone": "541 555 0142"}, owen)
    scored = score_all(a_batch(*records))
    split = Split((Label("r0", "r1", is_match=True), *(Label(each, "r2", is_match=False) for each in ("r0", "r1"))))

    assert best_threshold(scored, split) == max(scored.weight_bits)


def test_a_set_is_printed_beside_what_was_published(datasets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0

    printed = capsys.readouterr().out
    assert "Assay, no labels     pair 1.0000" in printed
    assert "published: Magellan 1.000" in printed
    assert "abt-buy" not in printed


def test_without_any_set_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))

    assert main([]) == 2
