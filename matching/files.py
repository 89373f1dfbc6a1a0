"""Reading records and pairs from CSV or Parquet, and writing what was found. Mistakes in a file name the file only."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matching.arrow import Texts, pa, pc
from matching.cells import Cells, Part, Values, arrow_texts
from matching.csv_lines import decimals, write_columns
from matching.decided_pairs import DecidedPairs
from matching.decision import MatchDecision
from matching.errors import UnreadableInput
from matching.records import RecordBatch, ValueColumn, joined_codes
from matching.text_columns import TextColumn, read_columns, read_text_columns

KNOWN_ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "customer": (
        "kind",
        "name",
        "given_name",
        "middle_name",
        "family_name",
        "organization_name",
        "date_of_birth",
        "email",
        "phone",
        "website",
        "house_number",
        "street",
        "unit",
        "city",
        "region",
        "postcode",
        "country",
        "latitude",
        "longitude",
        "tax_id",
    ),
    "product": ("name", "description", "brand", "model_number", "gtin", "category", "price"),
    "location": (
        "name",
        "house_number",
        "street",
        "unit",
        "city",
        "region",
        "postcode",
        "country",
        "phone",
        "email",
        "website",
        "category",
        "latitude",
        "longitude",
    ),
}
_LISTS = frozenset({"email", "phone", "website", "tax_id", "gtin"})


@dataclass(frozen=True, slots=True)
class RecordFile:
    """Records of a file, and the columns that no attribute took."""

    batch: RecordBatch
    ignored_columns: tuple[str, ...]
    used_columns: tuple[str, ...]


def read_records(path: Path, *, entity_type: str, column_map: Mapping[str, str], link_column: str | None) -> RecordFile:
    """Read records. Columns mapped to one attribute are joined, or are alternatives where several are usual.

    Raises UnreadableInput for a missing, empty or wrongly encoded file, a missing or repeated id, an unknown attribute
    or a mapped column that isn't there.
    """
    known = KNOWN_ATTRIBUTES[entity_type]
    columns = read_text_columns(path)
    if "id" not in columns:
        raise UnreadableInput(f"{path.name} has no column named id")
    for column, attribute in column_map.items():
        if column not in columns:
            raise UnreadableInput(f"--map {column}={attribute}: {path.name} has no column {column}")
        if attribute not in known:
            raise UnreadableInput(f"--map {column}={attribute}: {entity_type} has no attribute {attribute}")
    if link_column is not None and link_column not in columns:
        raise UnreadableInput(f"--link-column {link_column}: {path.name} has no such column")
    ids = tuple(columns["id"].rows())
    _check_ids(ids, path)
    attribute_of = {column: column_map.get(column, column) for column in columns if column != "id"}
    taken: dict[str, list[str]] = {}
    for column, attribute in attribute_of.items():
        # A column that only bears an attribute's name yields to one that was mapped to it.
        if attribute in known and (column in column_map or attribute not in column_map.values()):
            taken.setdefault(attribute, []).append(column)
    mapped_order = list(column_map)
    for names in taken.values():
        names.sort(key=lambda name: mapped_order.index(name) if name in column_map else -1)
    used = {column for names in taken.values() for column in names}
    values = {
        attribute: _alternatives([columns[name] for name in names], attribute)
        for attribute, names in sorted(taken.items())
    }
    source_column = link_column or ("source" if "source" in columns else None)
    sources = tuple(columns[source_column].rows()) if source_column else ("",) * len(ids)
    return RecordFile(
        batch=RecordBatch(ids=ids, sources=sources, columns=values),
        ignored_columns=tuple(c for c in columns if c not in used and c not in {"id", source_column}),
        used_columns=tuple(c for c in columns if c in used),
    )


def _alternatives(columns: Sequence[TextColumn], attribute: str) -> ValueColumn:
    """The values of one attribute; what equal cells make of it is made once."""
    if len(columns) == 1:
        texts = columns[0].texts
        said = ~pc.or_(pc.equal(texts, ""), pc.utf8_is_space(texts)).to_numpy(zero_copy_only=False)
        cells = Cells([Part.of(texts.filter(pa.array(said)))], single=True)
        return ValueColumn(columns[0].codes, Values(cells, np.concatenate([[0], np.cumsum(said)])))
    codes, first = joined_codes([column.codes for column in columns])
    rows = zip(*(column.at(first) for column in columns), strict=True)
    return ValueColumn(codes, tuple(_join(each, attribute) for each in rows))


def _join(cells: tuple[str, ...], attribute: str) -> tuple[str, ...]:
    filled = [cell for cell in cells if cell and not cell.isspace()]
    return tuple(filled) if attribute in _LISTS or len(filled) <= 1 else (" ".join(filled),)


def _check_ids(ids: Sequence[str], path: Path) -> None:
    if not ids:
        raise UnreadableInput(f"{path.name} holds no records")
    if not all(map(str.strip, ids)):
        row = next(row for row, each in enumerate(ids, start=1) if not each.strip())
        raise UnreadableInput(f"{path.name}: record {row} has an empty id")
    if len(set(ids)) != len(ids):
        seen: set[str] = set()
        repeated = []
        for each in ids:
            if each in seen:
                repeated.append(each)
            seen.add(each)
        raise UnreadableInput(f"{path.name} repeats ids: {', '.join(sorted(set(repeated))[:5])}")


def read_pairs(path: Path, *, decision: str | None = None) -> list[tuple[str, str]]:
    """Read columns id_l and id_r; with `decision`, only rows having it in a column of that name, if there is one."""
    columns = read_columns(path)
    for name in ("id_l", "id_r"):
        if name not in columns:
            raise UnreadableInput(f"{path.name} has no column named {name}")
    decisions = columns.get("decision") if decision else None
    return [
        pair
        for index, pair in enumerate(zip(columns["id_l"], columns["id_r"], strict=True))
        if decisions is None or decisions[index] == decision
    ]


def write_pairs(path: Path, pairs: DecidedPairs) -> None:
    """Write id_l, id_r, match_weight (bits), match_probability, decision."""
    ids = arrow_texts(pairs.ids)
    decision = pc.if_else(pa.array(pairs.linked), MatchDecision.LINK.value, MatchDecision.REVIEW.value)
    weight, probability = decimals(pairs.weight_bits, 6), decimals(pairs.probability, 9)
    ends = (ids.take(pa.array(each)) for each in (pairs.left, pairs.right))
    _write(
        path,
        ("id_l", "id_r", "match_weight", "match_probability", "decision"),
        (*ends, weight, probability, decision),
    )


def write_clusters(path: Path, clusters: Sequence[Sequence[str]]) -> None:
    """Write id, cluster_id for every record; a cluster is called by its first member."""
    sizes = np.fromiter(map(len, clusters), dtype=np.int64, count=len(clusters))
    members = arrow_texts([each for some in clusters for each in some])
    first = arrow_texts([some[0] for some in clusters])
    _write(path, ("id", "cluster_id"), (members, first.take(pa.array(np.repeat(np.arange(len(sizes)), sizes)))))


def write_text(path: Path, text: str) -> None:
    """Write a file whole. Raises UnreadableInput when that is refused."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnreadableInput(f"{path} can't be written: {error.strerror}") from error


def _write(path: Path, header: Sequence[str], columns: Sequence[Texts]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerow(header)
            write_columns(stream, columns)
    except OSError as error:
        raise UnreadableInput(f"{path} can't be written: {error.strerror}") from error
