"""`label`: each answer is kept at once, and nobody's file is damaged."""

import csv
import io
from pathlib import Path

import pytest

from matching.cli import main


class _Answers:
    """Standard input that looks at a file before each answer it gives."""

    def __init__(self, answers: str, path: Path) -> None:
        self._answers = iter(answers)
        self._path = path
        self.seen: list[int] = []

    def readline(self) -> str:
        """The next answer; "" at the end."""
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        self.seen.append(max(len(lines) - 1, 0))
        return next(self._answers, "") + "\n"


@pytest.fixture
def many_records(tmp_path: Path) -> Path:
    path = tmp_path / "many.csv"
    rows = "".join(f"{n},Anna,Abernathy{n % 3},702 919 13{n % 4:02d}\n" for n in range(12))
    path.write_text("id,given_name,family_name,phone\n" + rows, encoding="utf-8")
    return path


def test_each_answer_is_on_disk_before_the_next_question_and_no_pair_is_asked_twice(
    many_records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = tmp_path / "labels.csv"
    ask = ["label", str(many_records), "--entity", "customer", "--labels", str(labels)]
    for answers, before in (("ynyq", 0), ("nnq", 3)):
        stdin = _Answers(answers, labels)
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(ask) == 0
        assert stdin.seen == list(range(before, before + len(answers)))
    with labels.open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["label"] for row in rows] == ["1", "0", "1", "0", "0"]
    assert len({frozenset((row["id_l"], row["id_r"])) for row in rows}) == 5


def test_back_takes_the_last_answer_of_this_sitting_and_asks_again(
    many_records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("id_l,id_r,label\n1,3,0\n")
    monkeypatch.setattr("sys.stdin", _Answers("bybuybnq", labels))
    assert main(["label", str(many_records), "--entity", "customer", "--labels", str(labels)]) == 0
    with labels.open() as stream:
        rows = list(csv.DictReader(stream))
    # The first b finds no answer of this sitting; y is taken back; u stands; the second y becomes n.
    assert [row["label"] for row in rows] == ["0", "0"]


def test_labels_can_come_from_a_truth_file(records: Path, tmp_path: Path) -> None:
    labels, truth = tmp_path / "labels.csv", tmp_path / "truth.csv"
    truth.write_text("id_l,id_r\n2,1\n")
    options = ["--entity", "customer", "--map", "first=given_name", "--labels", str(labels), "--truth", str(truth)]
    assert main(["label", str(records), *options]) == 0
    assert "1,2,1" in labels.read_text().splitlines()


def test_a_label_file_of_ones_own_stays_whole_and_its_last_answer_counts(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("label,id_r,id_l\n1,3,1\n0,1,3")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert main(["label", str(records), "--entity", "customer", "--labels", str(labels)]) == 0
    with labels.open() as stream:
        assert [tuple(row.values()) for row in csv.DictReader(stream)] == [("3", "1", "0"), ("1", "2", "1")]


@pytest.mark.parametrize(
    ("file", "mistake"),
    [
        (("labels.csv", "id_l,id_r,label,who\n1,3,0,me\n"), "column who"),
        (("labels.csv.gz", ""), "kept in a .csv file"),
    ],
)
def test_a_label_file_that_rewriting_would_damage_is_refused(
    file: tuple[str, str], mistake: str, records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, content = file
    labels = tmp_path / name
    labels.write_text(content)
    assert main(["label", str(records), "--entity", "customer", "--labels", str(labels)]) == 2
    assert mistake in " ".join(capsys.readouterr().err.split())
    assert labels.read_text() == content
