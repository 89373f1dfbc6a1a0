"""Reading records and pairs from CSV or Parquet. Mistakes in a file name the file only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.arrow import pa, pc
from matching.cells import Cells, Part, Values
from matching.errors import UnreadableInput
from matching.records import RecordBatch, ValueColumn, alternatives_of, joined_codes, most_characters
from matching.text_columns import SEPARATOR, TextColumn, read_columns, read_text_columns
from matching.workers import done_by_threads

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


def read_records(
    path: Path, *, entity_type: str, column_map: Mapping[str, str], link_column: str | None, threads: int = 1
) -> RecordFile:
    """Read records. Columns mapped to one attribute are joined, or are alternatives where several are usual.

    `threads` share the work.

    Raises UnreadableInput for a missing, empty or wrongly encoded file, a missing or repeated id, an unknown attribute
    or a mapped column that isn't there.
    """
    known = KNOWN_ATTRIBUTES[entity_type]
    columns = read_text_columns(path, threads=threads)
    if "id" not in columns:
        seen = ", ".join(list(columns)[:8]) or "none"
        raise UnreadableInput(f"{path.name} has no column named id; its columns, separated by commas, are: {seen}")
    for column, attribute in column_map.items():
        if column not in columns:
            raise UnreadableInput(f"--map {column}={attribute}: {path.name} has no column {column}")
        if column == "id":
            raise UnreadableInput(f"--map {column}={attribute}: the column id names the records and is no attribute")
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
    tasks = [partial(_alternatives, [columns[name] for name in taken[each]], each) for each in sorted(taken)]
    values = dict(zip(sorted(taken), done_by_threads(threads, tasks), strict=True))
    source_column = link_column or ("source" if "source" in columns else None)
    sources = tuple(columns[source_column].rows()) if source_column else ("",) * len(ids)
    return RecordFile(
        batch=RecordBatch(ids=ids, sources=sources, columns=values),
        ignored_columns=tuple(c for c in columns if c not in used and c not in {"id", source_column}),
        used_columns=tuple(c for c in columns if c in used),
    )


def _alternatives(columns: Sequence[TextColumn], attribute: str) -> ValueColumn:
    """The values of one attribute; what equal cells make of it is made once."""
    if len(columns) == 1 and not columns[0].of_lists:
        texts = pc.utf8_slice_codeunits(columns[0].texts, 0, most_characters(attribute))
        said = ~pc.or_(pc.equal(texts, ""), pc.utf8_is_space(texts)).to_numpy(zero_copy_only=False)
        cells = Cells([Part.of(texts.filter(pa.array(said)))], single=True)
        return ValueColumn(columns[0].codes, Values(cells, np.concatenate([[0], np.cumsum(said)])))
    codes, first = joined_codes([column.codes for column in columns])
    rows = zip(*(_entries(column, first) for column in columns), strict=True)
    are_alternatives = attribute in _LISTS or any(column.of_lists for column in columns)
    return ValueColumn(codes, tuple(_joined(each, attribute, are_alternatives=are_alternatives) for each in rows))


def _entries(column: TextColumn, rows: NDArray[np.int64]) -> list[list[str]]:
    return [cell.split(SEPARATOR) if column.of_lists else [cell] for cell in column.at(rows)]


def _joined(cells: tuple[list[str], ...], attribute: str, *, are_alternatives: bool) -> tuple[str, ...]:
    filled = tuple([each for entries in cells for each in entries if each and not each.isspace()])
    return alternatives_of(attribute, filled if are_alternatives else " ".join(filled))


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
