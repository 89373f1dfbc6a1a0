"""The verdict of a comparison, and programs that are measured."""

import sys
from pathlib import Path

import pytest

from benchmarks.matching_scale import ASSAY, SPLINK, Figures, main, shortfalls, verdict
from benchmarks.processes import Run, RunFailed, measured


def figures(tool: str, *, seconds: float = 10, f1: float = 0.95, best: float = 0.95, count: int = 100) -> Figures:
    scores = {"precision": f1, "recall": f1, "f1": f1}
    return Figures(tool, count, Run(seconds, peak_mb=1), links=scores, best={**scores, "f1": best}, clusters=scores)


def test_ahead_is_faster_and_better_than_splink_at_its_best() -> None:
    assert shortfalls([figures(ASSAY, seconds=9, f1=0.95), figures(SPLINK, seconds=10, f1=0.9, best=0.94)]) == []


def test_as_good_is_not_behind() -> None:
    assert shortfalls([figures(ASSAY), figures(SPLINK)]) == []


def test_behind_is_said_for_each_count_in_one_line() -> None:
    measured_figures = [
        figures(ASSAY, seconds=12),
        figures(SPLINK),
        figures(ASSAY, f1=0.93, count=200),
        figures(SPLINK, f1=0.92, best=0.94, count=200),
    ]

    assert verdict(measured_figures) == (
        "make bench-matching: FAILED, Assay is behind: at 100 records it takes 12.0 s, Splink 10.0 s; "
        "at 200 records its F1 is 0.930, Splink's 0.940"
    )


def test_time_and_memory_of_a_program_are_its_own(tmp_path: Path) -> None:
    run = measured([sys.executable, "-c", "x = b'1' * 60_000_000"], log=tmp_path / "log")

    assert run.seconds > 0
    assert run.peak_mb > 60


def test_a_program_that_fails_is_told_with_what_it_printed(tmp_path: Path) -> None:
    with pytest.raises(RunFailed) as failed:
        measured([sys.executable, "-c", "raise SystemExit('no such file')"], log=tmp_path / "log")

    assert failed.value.args[0] == "no such file"
    assert failed.value.args[-1].endswith("exit code 1")


def test_without_splink_the_exit_code_says_that_nothing_ran(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--count", "10", "--splink-python", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().out.startswith("make bench-matching: FAILED")
    assert not (tmp_path / "out").exists()
