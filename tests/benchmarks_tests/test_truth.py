"""The verdict on how fast truth is written, and that a hub that is not whole is found out."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from benchmarks.phases import PhaseClock
from benchmarks.truth.__main__ import ARRIVALS, divide
from benchmarks.truth.checking import incomplete
from benchmarks.truth.meters import PHASES
from benchmarks.truth.reporting import load_lines, missed_goals
from tests.builders import Clock, a_customer, a_hub, receive


def a_load(seconds: float, *, peak_mb: float = 300) -> dict[str, Any]:
    step = {
        "seconds": seconds / 2,
        "own_seconds": 1.0,
        "postgres_seconds": None,
        "peak_mb": peak_mb,
        "phases": {"map": (2.0, 1.0), "audit": (3.0, 1.0)},
    }
    return {"steps": {"receive": step, "settle": step}, "rows": {"a": 10}, "copy_seconds": 2.0}


def arrivals(records_a_second: float) -> dict[str, Any]:
    return {"records": 1000, "seconds": 1000 / records_a_second}


def test_goals_are_met_at_their_bounds_and_missed_beyond() -> None:
    met = {100_000: (a_load(90), arrivals(400)), 1_000_000: (a_load(900), arrivals(400))}
    assert missed_goals(met) == []

    slow = {**met, 1_000_000: (a_load(902), arrivals(399))}
    assert missed_goals(slow) == ["the load took 902 s of at most 900", "399 arrivals a second of at least 400"]


def test_growth_of_time_and_memory_is_held_against_the_smaller_run() -> None:
    found = {100_000: (a_load(40), arrivals(500)), 1_000_000: (a_load(800, peak_mb=601), arrivals(500))}
    assert missed_goals(found) == [
        "time grows with the power 1.30 of the records, at most 1.1",
        "memory grew from 300 to 601 MB",
    ]


def test_a_report_names_the_longest_phase_first() -> None:
    said = list(load_lines(1000, a_load(10)))
    assert "100 records/s" in said[0]
    assert said[1].startswith("  receive: 5.0 s")
    assert said[2].split()[0] == "audit"


def test_a_phase_inside_another_stops_its_clock_whatever_the_clock() -> None:
    ticks = iter([0, 10, 25, 40])
    clock = PhaseClock(lambda: next(ticks))
    with clock.phase("outer"), clock.phase("inner"):
        pass
    assert clock.take() == {"outer": 10 + 15, "inner": 15}


def test_every_so_many_records_arrive_later(tmp_path: Path) -> None:
    (tmp_path / "records.csv").write_text("id\n" + "".join(f"{number}\n" for number in range(20_000)))

    divide(tmp_path, every=2)

    late = (tmp_path / "arrivals.csv").read_text().split()
    assert late[:4] == ["id", "0", "2", "4"]
    assert len(late) == 1 + ARRIVALS
    assert len((tmp_path / "load.csv").read_text().split()) == 1 + 20_000 - ARRIVALS


@pytest.mark.django_db
def test_a_hub_is_whole_once_everything_is_settled() -> None:
    a_hub()
    receive("crm", [a_customer("1"), a_customer("2")], at=Clock()())
    assert incomplete() == {
        "source records that do not stand under exactly one golden record": 2,
        "source records that still wait": 2,
    }

    call_command("match", "customer")

    assert incomplete() == {}


def test_every_phase_that_is_measured_is_there_to_be_measured() -> None:
    assert [name for module, names in PHASES for name in names if not hasattr(module, name)] == []
