"""What the command line writes, and what it never writes over."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matching.cli import main
from matching.files import read_records
from tests.matching.cli import RECORDS, Run


def test_a_place_that_cannot_be_written_ends_with_exit_2(
    records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = str(tmp_path / "nowhere" / "model.json")
    assert main(["train", str(records), "--entity", "customer", "--model", where]) == 2
    assert "can't be written" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("taken", ["--pairs", "--clusters", "--report"])
def test_what_is_read_is_never_written_over(
    taken: str, run: Run, records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    same = tmp_path / "folder" / ".." / records.name
    run.pairs = same if taken == "--pairs" else run.pairs
    run.clusters = same if taken == "--clusters" else run.clusters
    assert run(records, *(["--report", str(same)] if taken == "--report" else [])) == 2
    assert records.read_text(encoding="utf-8") == RECORDS
    assert "written over" in "".join(capsys.readouterr().err.split("\n"))


def test_one_file_does_not_take_two_results(run: Run, records: Path) -> None:
    run.clusters = run.pairs
    assert run(records) == 2
    assert not run.pairs.exists()


def test_a_model_is_not_written_over_the_records(records: Path) -> None:
    assert main(["train", str(records), "--entity", "customer", "--model", str(records)]) == 2
    assert records.read_text(encoding="utf-8") == RECORDS


def test_parquet_goes_in_and_out(run: Run, records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(records, "--map", "first=given_name") == 0
    expected, clusters = run.links(), run.cluster_of()
    run.pairs, run.clusters = tmp_path / "pairs.parquet", tmp_path / "clusters.parquet"
    assert run(records, "--map", "first=given_name") == 0

    pairs = pq.read_table(run.pairs).to_pylist()
    assert {(row["id_l"], row["id_r"]) for row in pairs if row["decision"] == "LINK"} == expected
    assert {row["id"]: row["cluster_id"] for row in pq.read_table(run.clusters).to_pylist()} == clusters
    assert all(isinstance(row["match_weight"], float) for row in pairs)
    capsys.readouterr()
    assert main(["evaluate", "--pairs", str(run.pairs), "--truth", str(run.pairs)]) == 0
    assert "recall 1.0000" in capsys.readouterr().out


def test_a_packed_result_is_refused_before_anything_is_read(run: Run, records: Path) -> None:
    run.pairs = run.pairs.with_suffix(".csv.gz")
    assert run(records) == 2


def test_parquet_cells_say_what_they_mean(tmp_path: Path) -> None:
    path = tmp_path / "records.parquet"
    said = {"id": ["1", "2"], "postcode": [2134.0, float("nan")], "email": [["a@x.com", "b@x.com"], []]}
    pq.write_table(pa.table(said), path)
    columns = read_records(path, entity_type="customer", column_map={}, link_column=None).batch.columns
    assert [columns["postcode"].values[code] for code in columns["postcode"].codes] == [("2134",), ()]
    assert [columns["email"].values[code] for code in columns["email"].codes] == [("a@x.com", "b@x.com"), ()]
