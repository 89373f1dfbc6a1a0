"""Every line of a mass change as a table: what a reader downloads before consenting."""

import csv
import io
from collections.abc import Iterator

from mdm.models import MassChange

COLUMNS = (
    "agreement",
    "title",
    "line",
    "fate",
    "old_value",
    "new_value",
    "begins",
    "ends",
    "floor",
    "margin_percent",
    "gap",
    "loses",
    "rival",
    "refused",
)
_AT_ONCE = 200  # agreements


def lines_as_csv(change: MassChange) -> Iterator[str]:
    """The table in pieces, by agreement and line. Texts that a spreadsheet would calculate begin with an apostrophe."""
    yield _written([COLUMNS])
    parts = change.parts.select_related("golden_record").order_by("golden_record_id")
    rows = []
    for part in parts.iterator(_AT_ONCE):
        for row in part.rows:
            told = (
                part.golden_record.public_id,
                part.golden_record.title,
                row["line"],
                row["fate"],
                row["old_value"],
                row["new_value"],
                row["begins"],
                row["ends"],
                row.get("floor") or "",
                row.get("margin") or "",
                "yes" if row["gap"] else "",
                "yes" if row["loses"] else "",
                row["rival"],
                part.refused,
            )
            rows.append(tuple(map(_plain, told)))
        if len(rows) >= _AT_ONCE:
            yield _written(rows)
            rows = []
    yield _written(rows)


def _plain(text: str) -> str:
    is_number = text.removeprefix("-").replace(".", "", 1).isdecimal()
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") and not is_number else text


def _written(rows: list[tuple[str, ...]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue()
