"""The pages of the documentation, and what is written in them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))

_FENCE = re.compile(r"^(?P<marks>`{3,})(?P<kind>\w*)[^\n]*\n(?P<inside>.*?)^(?P=marks)", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def name_of(page: Path) -> str:
    """How a test names a page."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, *kinds: str) -> list[str]:
    """Fenced blocks of these kinds, of all kinds when none is named."""
    found = _FENCE.finditer(page.read_text(encoding="utf-8"))
    return [each["inside"] for each in found if not kinds or each["kind"] in kinds]


def code(page: Path) -> Iterator[str]:
    """Everything set as code: fenced blocks and spans."""
    yield from blocks(page)
    yield from _SPAN.findall(prose(page))


def links(page: Path) -> list[str]:
    """Targets of links and images."""
    return _LINK.findall(_SPAN.sub("", prose(page)))


def anchors(page: Path) -> set[str]:
    """What headings can be linked to by, as code hosts make it: lower case, hyphens for blanks, no punctuation."""
    headings = _HEADING.findall(prose(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def table_rows(text: str) -> list[list[str]]:
    """Cells of the rows of all tables in a text, without headings."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    rules = [index for index, row in enumerate(rows) if set("".join(row)) <= set("-: ")]
    return [row for index, row in enumerate(rows) if index not in rules and index + 1 not in rules]
