"""Equal seeds write equal bytes, true pairs close, and many customers are hard to tell apart."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from benchmarks.customers.__main__ import main

Rows = list[dict[str, str]]


def _made(folder: Path, monkeypatch: pytest.MonkeyPatch, *, seed: int = 7) -> tuple[Rows, list[tuple[str, str]]]:
    arguments = ["customers", "--count", "4000", "--seed", str(seed), "--out", str(folder)]
    monkeypatch.setattr("sys.argv", arguments)
    assert main() == 0
    with (folder / "records.csv").open(encoding="utf-8") as records, (folder / "truth.csv").open() as truth:
        return list(csv.DictReader(records)), [(row["id_l"], row["id_r"]) for row in csv.DictReader(truth)]


def test_equal_seeds_write_equal_files_and_others_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _made(tmp_path / "a", monkeypatch)
    assert _made(tmp_path / "b", monkeypatch) == first
    assert _made(tmp_path / "c", monkeypatch, seed=8) != first


def test_true_pairs_name_records_and_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records, truth = _made(tmp_path, monkeypatch)
    assert len({row["id"] for row in records}) == len(records) == 4000
    neighbors: defaultdict[str, set[str]] = defaultdict(set)
    for left, right in truth:
        neighbors[left].add(right)
        neighbors[right].add(left)
    assert set(neighbors) <= {row["id"] for row in records}
    assert all(neighbors[each] | {each} == neighbors[left] | {left} for left in neighbors for each in neighbors[left])


def test_many_alike_are_not_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records, truth = _made(tmp_path, monkeypatch)
    same = {frozenset(pair) for pair in truth}

    def strangers(*fields: str) -> int:
        groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for row in records:
            if all(row[field] for field in fields):
                groups[tuple(row[field] for field in fields)].append(row["id"])
        return sum(frozenset((a, b)) not in same for group in groups.values() for a in group for b in group if a < b)

    assert strangers("family_name", "street", "postcode") > 50
    assert strangers("family_name", "phone") > 20
    assert strangers("organisation_name", "country") > 20
    assert strangers("tax_id") > 10
    filled = Counter(field for row in records for field, value in row.items() if value)
    assert 0.3 < filled["tax_id"] / 4000 < 0.6
