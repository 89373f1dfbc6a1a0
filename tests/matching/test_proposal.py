"""Proposed keys find the matches, cost little, and parse as rules."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from matching.cli import main
from matching.defaults import default_match_rules
from matching.proposal import propose_keys
from matching.rules import parse_match_rules
from matching.standardize.batch import StandardizedBatch, standardize_batch
from tests.matching.builders import a_batch

RULES = default_match_rules("customer")
TRUE = (np.arange(0, 60, 2, dtype=np.int32), np.arange(1, 60, 2, dtype=np.int32))


def _same_phone_other_name() -> StandardizedBatch:
    """Thirty people, each twice: the phone tells, the name is everybody's, the city another each time."""
    return standardize_batch(
        a_batch(
            *(
                {"given_name": "Ann", "family_name": "Smith", "phone": f"70291{row // 2:05d}", "city": f"Town {row}"}
                for row in range(60)
            )
        ),
        RULES,
    )


def test_the_key_that_finds_all_for_the_fewest_comparisons_comes_first() -> None:
    keys = propose_keys(_same_phone_other_name(), RULES, *TRUE)
    assert keys[0].parts in {("phone",), ("phone_end",)}
    assert (keys[0].pairs, keys[0].found, keys[0].reach) == (30, 30, 1.0)
    assert len(keys) == 1


def test_no_matches_call_for_no_keys() -> None:
    nothing = np.empty(0, dtype=np.int32)
    assert propose_keys(_same_phone_other_name(), RULES, nothing, nothing) == ()


def test_a_key_whose_blocks_outgrow_the_cap_finds_nothing_by_itself() -> None:
    many = standardize_batch(a_batch(*[{"given_name": "Ann", "family_name": "Smith"}] * 200), RULES)
    assert propose_keys(many, RULES, *TRUE) == ()


def test_the_written_section_parses_as_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{n},Ann,Smith{n // 2},70291{n // 2:05d}\n" for n in range(40))
    records, out, truth = tmp_path / "r.csv", tmp_path / "b.yaml", tmp_path / "t.csv"
    records.write_text("id,given_name,family_name,phone\n" + rows)
    truth.write_text("id_l,id_r\n" + "".join(f"{n},{n + 1}\n" for n in range(0, 40, 2)))
    options = ["--entity", "customer", "--out", str(out)]

    assert main(["propose-blocking", str(records), *options, "--truth", str(truth)]) == 0

    assert "100.00%" in capsys.readouterr().out
    section = yaml.safe_load(out.read_text())
    assert parse_match_rules(RULES.to_document() | section).blocking[0].parts
