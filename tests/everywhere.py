"""A search for values in every row of every table, in whatever form, and in files."""

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db import connection

TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name
"""


def found_in_tables(values: Iterable[str]) -> set[tuple[str, str]]:
    """(table, value) wherever a row holds a value: as text, in JSON, as bytes, in hex or base64, in any case."""
    forms = {value: set(_forms(value)) for value in values}
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for (table,) in cursor.fetchall():
            # Bytes come out as hex.
            cursor.execute(f'SELECT lower(to_jsonb(row)::text) FROM "{table}" AS row')  # from the catalog
            for (row,) in cursor:
                found |= {(table, value) for value, known in forms.items() if any(form in row for form in known)}
    return found


def found_in_files(values: Iterable[str], folder: Path) -> set[tuple[str, str]]:
    """(file, value) the same under a folder."""
    forms = {value: set(_forms(value)) for value in values}
    texts = {str(p): p.read_bytes().decode(errors="replace").lower() for p in folder.rglob("*") if p.is_file()}
    return {(path, v) for path, text in texts.items() for v, known in forms.items() if any(f in text for f in known)}


def _forms(value: str) -> Iterator[str]:
    for text in {value, value.lower(), value.upper()}:
        yield text.lower()
        yield text.encode().hex()
        for shift in range(3):  # base64 looks different at each of three places
            whole = base64.b64encode(b"x" * shift + text.encode()).decode().lower()
            yield whole[4 if shift else 0 : len(whole) - 4]
