"""Writing what was found, as CSV or Parquet by the name of the file; a file is whole or is not there."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from matching.arrow import pa, pc
from matching.cells import arrow_texts
from matching.csv_lines import decimals, write_columns
from matching.decided_pairs import DecidedPairs
from matching.decision import MatchDecision
from matching.errors import UnreadableInput

_PARQUET = frozenset({".parquet", ".pq"})


def refuse_overwriting(outputs: Sequence[Path | None], *, inputs: Sequence[Path | None]) -> None:
    """Raise UnreadableInput where a file to write is one that is read, or two of them are one, or can't be packed."""
    taken = {path.resolve() for path in inputs if path is not None}
    for path in outputs:
        if path is None:
            continue
        if path.resolve() in taken:
            raise UnreadableInput(f"{path} would be written over a file that this run reads or writes")
        if path.suffix.lower() == ".gz":
            raise UnreadableInput(f"{path} can't be written: give a name that ends in .csv or .parquet")
        taken.add(path.resolve())


def write_pairs(path: Path, pairs: DecidedPairs) -> None:
    """Write id_l, id_r, match_weight (bits), match_probability, decision. Raises UnreadableInput."""
    ids = arrow_texts(pairs.ids)
    left, right = (ids.take(pa.array(each)) for each in (pairs.left, pairs.right))
    decision = pc.if_else(pa.array(pairs.linked), MatchDecision.LINK.value, MatchDecision.REVIEW.value)
    if _is_parquet(path):
        weight, probability = pa.array(pairs.weight_bits), pa.array(pairs.probability)
    else:
        weight, probability = decimals(pairs.weight_bits, 6), decimals(pairs.probability, 9)
    columns = {"id_l": left, "id_r": right, "match_weight": weight, "match_probability": probability}
    _write(path, {**columns, "decision": decision})


def write_clusters(path: Path, clusters: Sequence[Sequence[str]]) -> None:
    """Write id, cluster_id for every record; a cluster is called by its first member. Raises UnreadableInput."""
    sizes = np.fromiter(map(len, clusters), dtype=np.int64, count=len(clusters))
    members = arrow_texts([each for some in clusters for each in some])
    first = arrow_texts([some[0] for some in clusters])
    cluster = first.take(pa.array(np.repeat(np.arange(len(sizes)), sizes)))
    _write(path, {"id": members, "cluster_id": cluster})


def write_text(path: Path, text: str) -> None:
    """Write a file whole. Raises UnreadableInput when that is refused."""
    with _written(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="")


def _write(path: Path, columns: Mapping[str, pa.Array]) -> None:
    with _written(path) as partial:
        if _is_parquet(path):
            pq.write_table(pa.table(columns), partial)
            return
        with partial.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerow(columns)
            write_columns(stream, list(columns.values()))


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in _PARQUET


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """The place to write to, which takes the place of the file when all is written; what is no file is written to."""
    partial = path if path.exists() and not path.is_file() else path.with_name(f"{path.name}.partial")
    try:
        yield partial
        if partial != path:
            partial.replace(path)
    except OSError as error:
        raise UnreadableInput(f"{path} can't be written: {error.strerror}") from error
