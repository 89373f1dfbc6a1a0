"""The reference page of settings lists exactly the variables that the settings read."""

import ast

from tests.docs.pages import DOCS, ROOT, table_rows

SETTINGS = ROOT / "mdm/project/settings.py"
PAGE = DOCS / "reference/settings.md"


def _read() -> set[str]:
    """Variables named in calls of the typed readers: `_env.text("…")` and its like."""
    calls = [node for node in ast.walk(ast.parse(SETTINGS.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "_env"
        and isinstance(call.args[0], ast.Constant)
    }


def _listed() -> list[str]:
    section = PAGE.read_text(encoding="utf-8").partition("## What the hub reads")[2].partition("\n## ")[0]
    return [row[0].strip("`") for row in table_rows(section)]


def test_the_page_lists_what_the_settings_read_and_nothing_else() -> None:
    assert len(_read()) > 5
    assert sorted(_listed()) == sorted(_read())
