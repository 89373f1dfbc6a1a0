"""The table of labelled sets: told once, as the page tells it, and measured as the command line measures."""

from pathlib import Path

import pytest

from benchmarks.labelled_peers import BEST_F1
from benchmarks.labelled_sets import SETS, VARIABLE, main, scores_of
from tests.docs.pages import DOCS, table_rows

FAKE = next(each for each in SETS if each.name == "fake1000")
RECORDS = (
    "id,first_name,surname,dob,city\n"
    "1,Owen,Hartwell,1974-03-08,Medford\n"
    "2,Owen,Hartwell,1974-08-03,Medford\n"
    "3,Priya,Raman,1990-05-17,Salem\n"
)


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / FAKE.name
    folder.mkdir()
    (folder / "records.csv").write_text(RECORDS, encoding="utf-8")
    (folder / "truth.csv").write_text("id_l,id_r\n2,1\n1,3\n", encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def test_the_page_tells_the_arguments_of_every_set() -> None:
    section = (DOCS / "reference/benchmarks.md").read_text(encoding="utf-8").partition("## Measure it yourself")[2]
    told = {row[0]: row[1].strip("`").partition(" ")[2] for row in table_rows(section)}

    assert told == {each.name: each.arguments() for each in SETS}


def test_other_tools_were_measured_on_sets_that_there_are() -> None:
    assert set(BEST_F1) < {each.name for each in SETS}


def test_links_are_judged_by_all_true_pairs(datasets: Path) -> None:
    scores = scores_of(FAKE, datasets)

    assert (scores.precision, scores.recall) == (1.0, 0.5)


def test_sets_that_are_missing_are_named(datasets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fake1000", "febrl3"]) == 0

    printed = capsys.readouterr().out
    assert "1.000 0.500  0.6667" in printed
    assert f"not in {datasets}: febrl3" in printed


def test_a_folder_without_any_set_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))

    assert main([]) == 2
    assert "labelled sets: FAILED" in capsys.readouterr().out
