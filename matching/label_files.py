"""Files of a model and of the labels it learns from."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

from matching.errors import ModelDoesNotFit, UnreadableInput
from matching.files import read_pairs
from matching.learning import Label
from matching.model import MatchModel
from matching.text_columns import read_columns
from matching.writing import write_text

_HEADER = ("id_l", "id_r", "label")


def read_labels(path: Path) -> list[Label]:
    """Read columns id_l, id_r and label: 1 for the same thing, 0 for not.

    Of several answers on one pair the last counts: it was given to mend the others. Raises UnreadableInput.
    """
    pairs, columns = read_pairs(path), read_columns(path)
    if "label" not in columns:
        raise UnreadableInput(f"{path.name} has no column named label")
    for row, each in enumerate(columns["label"], start=1):
        if each not in {"0", "1"}:
            raise UnreadableInput(f"{path.name}: label of row {row} is neither 1 nor 0")
    answers = {
        frozenset(ends): Label(*ends, is_match=each == "1") for ends, each in zip(pairs, columns["label"], strict=True)
    }
    return list(answers.values())


def read_own_labels(path: Path) -> list[Label]:
    """The labels of a file that `write_labels` may rewrite; none where there is no file yet.

    Raises UnreadableInput for a name other than .csv and for further columns, which rewriting would lose.
    """
    if path.suffix.lower() != ".csv":
        raise UnreadableInput(f"{path.name}: labels are kept in a .csv file")
    if not path.exists():
        return []
    if further := sorted(set(read_columns(path)) - set(_HEADER)):
        raise UnreadableInput(f"{path.name} has a column {further[0]}, which would be lost; use a file of its own")
    return read_labels(path)


def write_labels(path: Path, labels: Iterable[Label]) -> None:
    """Write all labels, so that the file is whole whatever it held before."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    writer.writerows((label.left, label.right, int(label.is_match)) for label in labels)
    write_text(path, text.getvalue())


def read_model(path: Path) -> MatchModel:
    """Read a model that `train` wrote. Raises UnreadableInput."""
    try:
        return MatchModel.from_document(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, ModelDoesNotFit) as error:
        raise UnreadableInput(f"{path.name} is not a model that train wrote") from error


def write_model(path: Path, model: MatchModel) -> None:
    """Write a model for `read_model`. Raises UnreadableInput."""
    write_text(path, json.dumps(model.to_document(), sort_keys=True))
