"""A folder in which the command line runs, and a small file for it."""

from pathlib import Path

import pytest

from tests.matching.cli import RECORDS, Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "records.csv"
    path.write_text(RECORDS, encoding="utf-8")
    return path
