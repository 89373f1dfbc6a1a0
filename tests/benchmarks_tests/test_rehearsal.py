"""The verdict on measured rehearsals."""

from benchmarks.rehearsal import HEAD, line, verdict

FIGURES = {"seconds": 61.25, "cpu_seconds": 50.0, "peak_mb": 301.0, "copy_seconds": 1.5, "phases": {"values": 40.0}}


def test_three_minutes_are_too_long() -> None:
    assert verdict([10, 179]).startswith("make bench-rehearsal: passed")
    assert verdict([10, 180]).startswith("make bench-rehearsal: FAILED")


def test_a_line_stands_under_its_head() -> None:
    said = line(100_000, "matching", FIGURES)

    assert said.split() == ["100000", "matching", "61.2", "50.0", "301", "1.5", "values", "40.0"]
    assert HEAD.index("phases") == said.index("values")
