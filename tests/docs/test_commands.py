"""Commands that the pages name exist."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.docs.pages import PAGES, ROOT, code, name_of, table_rows

_VERB = re.compile(r"manage\.py ([a-z][a-z_-]*)")
_TARGET = re.compile(r"^(?:\$ |[A-Z_]+=\S+ )*make ([a-z][a-z-]*)", re.MULTILINE)
_MODULE = re.compile(r"python -m ([a-z_.]+)")


def _named(pattern: re.Pattern[str], page: Path) -> set[str]:
    return {name for text in code(page) for name in pattern.findall(text)}


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_exists(page: Path) -> None:
    assert _named(_VERB, page) - get_commands().keys() == set()
    assert _named(_TARGET, page) - _targets() == set()
    assert {name for name in _named(_MODULE, page) if find_spec(name) is None} == set()


def test_the_page_of_commands_tells_all_of_our_own() -> None:
    page = ROOT / "docs/reference/commands.md"
    ours = {name for name, app in get_commands().items() if app in {"mdm", "mdm.project", "stewardship", "sync"}}

    assert ours - _named(_VERB, page) == set()
    assert _targets() - _named(_TARGET, page) == set()


def test_rows_of_tables_are_read_without_their_headings() -> None:
    assert table_rows("|a|b|\n|-|-|\n|1|2|\n\ntext\n\n|c|\n|:-:|\n|3|\n") == [["1", "2"], ["3"]]
