"""The command line on small files: what it writes agrees, and every mistake ends with exit code 2 and a clear word."""

import csv
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matching.cli import main
from tests.matching.cli import RECORDS, Run


def test_duplicates_are_found_and_both_files_agree(run: Run, records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(records, "--map", "first=given_name") == 0
    assert run.links() == {("1", "2")}
    cluster_of = run.cluster_of()
    assert set(cluster_of) == {"1", "2", "3", "4"}
    assert [cluster_of[each] for each in "1234"] == ["1", "1", "3", "4"]
    assert "shoe_size" in capsys.readouterr().err


def test_only_pairs_of_different_sources_count_when_linking(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "same.csv"
    path.write_text(RECORDS.replace("erp", "crm"), encoding="utf-8")
    assert run(path, "--map", "first=given_name", "--link-column", "source") == 0
    assert run.links() == set()


@pytest.mark.parametrize("kind", ["gz", "parquet"])
def test_other_forms_of_the_file_give_the_same_links(kind: str, run: Run, records: Path, tmp_path: Path) -> None:
    other = tmp_path / f"records.csv.{kind}"
    if kind == "gz":
        other.write_bytes(gzip.compress(records.read_bytes()))
    else:
        rows = list(csv.DictReader(RECORDS.splitlines()))
        pq.write_table(pa.Table.from_pylist(rows), other)
    assert run(other, "--map", "first=given_name") == 0
    assert run.links() == {("1", "2")}


def test_cautious_links_no_more_than_balanced(run: Run, records: Path) -> None:
    assert run(records, "--map", "first=given_name", "--profile", "cautious") == 0
    assert run.links() <= {("1", "2")}


def test_columns_mapped_to_one_attribute_are_joined(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "dates.csv"
    path.write_text(
        "id,given_name,family_name,y,m,d\n1,Anna,Abernathy,1978,11,12\n2,Anna,Abernathy,1978,11,12\n3,Anna,Abernathy,1950,2,1\n",
        encoding="utf-8",
    )
    assert run(path, "--map", "y=date_of_birth", "m=date_of_birth", "d=date_of_birth") == 0
    assert run.links() == {("1", "2")}


@pytest.mark.parametrize(
    ("content", "options", "told"),
    [
        pytest.param(None, (), "is not a file", id="missing file"),
        pytest.param(b"", (), "is empty", id="empty file"),
        pytest.param(b"id,name\n", (), "holds no records", id="no records"),
        pytest.param(b"key,name\n1,Anna\n", (), "no column named id", id="no id"),
        pytest.param(b"id,name\n1,Anna\n1,Bob\n", (), "repeats ids: 1", id="duplicate ids"),
        pytest.param(b"id,name\n,Anna\n", (), "empty id", id="empty id"),
        pytest.param("id,name\n1,Jürgen\n".encode("latin-1"), (), "not UTF-8", id="wrong encoding"),
        pytest.param(b"id,name\n1,Anna,3,4\n", (), "more cells", id="ragged line"),
        pytest.param(b"id,shoe\n1,44\n", (), "no column is an attribute", id="nothing known"),
        pytest.param(b"id,name\n1,Anna\n", ("--map", "x=name"), "no column x", id="unknown column"),
        pytest.param(b"id,name\n1,Anna\n", ("--map", "name=shoe"), "no attribute shoe", id="unknown attribute"),
        pytest.param(b"id,name\n1,Anna\n", ("--map", "name"), "write COLUMN=ATTRIBUTE", id="malformed map"),
        pytest.param(b"id,name\n1,Anna\n", ("--link-column", "source"), "no such column", id="no link column"),
        pytest.param(
            b"id,name,source\n1,Anna,a\n", ("--unique-in", "b"), "no record has this source", id="no such source"
        ),
    ],
)
def test_a_mistake_ends_with_exit_code_2_and_a_clear_word(
    run: Run,
    *,
    content: bytes | None,
    options: tuple[str, ...],
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "r.csv"
    if content is not None:
        path.write_bytes(content)
    assert run(path, *options) == 2
    assert told in " ".join(capsys.readouterr().err.split())
    assert not run.pairs.exists()


def test_a_broken_gzip_or_parquet_file_is_told(run: Run, tmp_path: Path) -> None:
    for name in ("broken.csv.gz", "broken.parquet"):
        path = tmp_path / name
        path.write_bytes(b"certainly not that")
        assert run(path) == 2


def test_evaluate_prints_precision_recall_and_f1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs, truth = tmp_path / "p.csv", tmp_path / "t.csv"
    pairs.write_text("id_l,id_r,decision\n1,2,LINK\n3,4,LINK\n5,6,REVIEW\n", encoding="utf-8")
    truth.write_text("id_l,id_r\n2,1\n5,6\n", encoding="utf-8")
    assert main(["evaluate", "--pairs", str(pairs), "--truth", str(truth)]) == 0
    assert "precision 0.5000\nrecall 0.5000\nf1 0.5000" in capsys.readouterr().out


def test_evaluate_refuses_a_truth_without_ids(tmp_path: Path) -> None:
    pairs = tmp_path / "p.csv"
    pairs.write_text("a,b\n1,2\n", encoding="utf-8")
    assert main(["evaluate", "--pairs", str(pairs), "--truth", str(pairs)]) == 2


def test_explain_gives_the_weight_that_dedupe_wrote(
    run: Run, records: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(records, "--map", "first=given_name")
    with run.pairs.open() as stream:
        written = {(row["id_l"], row["id_r"]): row["match_weight"] for row in csv.DictReader(stream)}
    options = ["--entity", "customer", "--map", "first=given_name"]

    assert main(["explain", str(records), *options, "--ids", "2", "1", "--json"]) == 0
    account = json.loads(capsys.readouterr().out)

    assert f"{account['weight_bits']:.6f}" == written["1", "2"]
    assert sum(each["weight_bits"] for each in account["attributes"]) == pytest.approx(account["weight_bits"])
    assert account["found_by_blocking"]


def test_explain_says_why_two_records_were_not_even_compared(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(records), "--entity", "customer", "--ids", "1", "4"]) == 0
    out = capsys.readouterr().out
    assert "found by blocking: no" in out
    assert "NO_LINK" in out


def test_explain_shows_ids_and_values_as_the_file_has_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "brackets.csv"
    path.write_text("id,email\n[/a],a[red]b@c.de\n:cat:,a[red]b@c.de\n", encoding="utf-8")
    assert main(["explain", str(path), "--entity", "customer", "--ids", "[/a]", ":cat:"]) == 0
    told = capsys.readouterr().out
    for written in ("[/a]", ":cat:", "a[red]b@c.de"):
        assert written in told


def test_explain_refuses_an_id_that_no_record_has(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(records), "--entity", "customer", "--ids", "1", "9"]) == 2
    assert "has no record with this id" in capsys.readouterr().err


def test_a_trained_model_gives_dedupe_the_links_it_would_have_found(run: Run, records: Path, tmp_path: Path) -> None:
    model, options = tmp_path / "model.json", ["--map", "first=given_name"]
    assert main(["train", str(records), "--entity", "customer", *options, "--model", str(model)]) == 0
    run(records, *options)
    without = run.pairs.read_text()
    assert run(records, *options, "--model", str(model)) == 0
    assert run.pairs.read_text() == without


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        ("id_l,id_r\n1,2\n", "no column named label"),
        ("id_l,id_r,label\n1,2,yes\n", "neither 1 nor 0"),
        ("id_l,id_r,label\n1,77,1\n", "unknown record: 77"),
    ],
)
def test_mistaken_labels_end_with_exit_2(
    content: str, mistake: str, records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(content)
    options = ["--entity", "customer", "--labels", str(labels), "--model", str(tmp_path / "m.json")]
    assert main(["train", str(records), *options]) == 2
    assert mistake in " ".join(capsys.readouterr().err.split())


def test_a_model_of_other_rules_is_refused(
    run: Run, records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model.json"
    main(["train", str(records), "--entity", "customer", "--map", "first=given_name", "--model", str(model)])
    model.write_text(model.read_text().replace('"rules_hash": "', '"rules_hash": "0'))
    assert run(records, "--map", "first=given_name", "--model", str(model)) == 2
    assert "train it anew" in " ".join(capsys.readouterr().err.split())


def test_links_of_a_learned_model_are_explained_by_it(
    run: Run, records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels, model, options = tmp_path / "l.csv", str(tmp_path / "m.json"), ["--map", "first=given_name"]
    labels.write_text("id_l,id_r,label\n1,2,0\n")
    main(["train", str(records), "--entity", "customer", *options, "--labels", str(labels), "--model", model])
    run(records, *options, "--model", model)
    with run.pairs.open() as stream:
        written = {(row["id_l"], row["id_r"]): row["match_weight"] for row in csv.DictReader(stream)}
    capsys.readouterr()
    ask = ["explain", str(records), "--entity", "customer", *options, "--ids", "1", "2", "--model", model, "--json"]
    assert main(ask) == 0
    assert f"{json.loads(capsys.readouterr().out)['weight_bits']:.6f}" == written["1", "2"]


def test_colleagues_are_not_one_person(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    header = "id,given_name,family_name,date_of_birth,organization_name,email,phone,street,city,postcode"
    office = "Siemens AG,{},0891234567,Werner Str 1,Munich,80333"
    people = [
        ("1", "Anna", "Meyer", "1980-03-12", "anna.meyer@siemens.com"),
        ("2", "Karl", "Weber", "1962-07-01", "karl.weber@siemens.com"),
        ("3", "Sofia", "Rossi", "1991-01-30", "sofia.rossi@siemens.com"),
    ]
    rows = [",".join([*each[:4], office.format(each[4])]) for each in people]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    assert run(path) == 0
    assert len(set(run.cluster_of().values())) == 3


def test_unit_prices_below_a_cent_end_no_run(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "screws.csv"
    path.write_text(
        "id,name,price\n1,M3 screw steel A2 15 \u0131nch,0.001\n2,M3 screw steel A2,0.001\n", encoding="utf-8"
    )
    assert run(path, entity="product") == 0


def test_proposed_blocking_keys_are_taken(
    run: Run, tmp_path: Path, records: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blocking, model = tmp_path / "blocking.yaml", tmp_path / "model.json"
    truth = tmp_path / "truth.csv"
    truth.write_text("id_l,id_r\n1,2\n", encoding="utf-8")
    options = ["--map", "first=given_name"]
    entity = ["--entity", "customer"]
    assert (
        main(["propose-blocking", str(records), *entity, *options, "--truth", str(truth), "--out", str(blocking)]) == 0
    )
    options += ["--blocking", str(blocking)]
    assert run(records, *options) == 0
    assert run.links() == {("1", "2")}
    assert main(["train", str(records), *entity, *options, "--model", str(model)]) == 0
    assert run(records, *options, "--model", str(model)) == 0
    assert run.links() == {("1", "2")}
    assert run(records, "--map", "first=given_name", "--model", str(model)) == 2  # trained under other keys
    blocking.write_text("blocking: {cap: 50, keys: [{name: x, parts: [nonsense]}]}", encoding="utf-8")
    capsys.readouterr()
    assert run(records, *options) == 2
    assert "blocking.keys[0].parts[0]" in " ".join(capsys.readouterr().err.split())


def test_a_terminal_is_given_no_orders(records: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records.write_text(RECORDS.replace("Anna", "An\x1b[31mna"), encoding="utf-8")
    command = ["explain", str(records), "--entity", "customer", "--map", "first=given_name", "--ids", "1", "2"]
    assert main(command) == 0
    assert "\x1b[31m" not in capsys.readouterr().out
