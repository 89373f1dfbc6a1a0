"""The report is one page that needs nothing beside it, and values in it stay text."""

import csv
import re
from html import escape
from pathlib import Path

import pytest

from matching.cli import main

EVIL = "<script>alert(1)</script>"
RECORDS = f"""id,given_name,family_name,phone,email
{EVIL},Anna,Abernathy,702 919 1300,<b>anna</b>@abernathy.de
2,Ana,Abernathy,+1 702-919-1300,<b>anna</b>@abernathy.de
3,Bob,Jones,503 555 0199,bob@jones.de
4,Zoe,Quist,,
"""


def _report(folder: Path, *, truth: str | None = None) -> str:
    records, page, true = folder / "<i>records.csv", folder / "report.html", folder / "truth.csv"
    records.write_text(RECORDS, encoding="utf-8")
    options = ["--pairs", str(folder / "p.csv"), "--clusters", str(folder / "c.csv"), "--report", str(page)]
    if truth is not None:
        true.write_text(truth, encoding="utf-8")
        options += ["--truth", str(true)]
    assert main(["dedupe", str(records), "--entity", "customer", *options]) == 0
    return page.read_text(encoding="utf-8")


def test_the_page_needs_nothing_beside_it_and_runs_nothing(tmp_path: Path) -> None:
    page = _report(tmp_path)
    assert "<script" not in page.lower()
    assert "<i>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    assert "&lt;i&gt;records.csv" in page
    assert "&lt;b&gt;anna&lt;/b&gt;@abernathy.de" in page
    assert not re.search(r"(src|href)\s*=|url\(|@import|https?:", page)


def test_the_page_shows_every_section_and_the_links(tmp_path: Path) -> None:
    page = _report(tmp_path)
    for heading in ("What each level weighs", "Reliability", "Cluster sizes", "Worst pairs", "Blocking"):
        assert f"<h2>{heading}" in page
    with (tmp_path / "p.csv").open() as stream:
        (link,) = [row for row in csv.DictReader(stream) if row["decision"] == "LINK"]
    assert f"2 and {escape(EVIL)}: {float(link['match_weight']):.1f} bits" in page


def test_true_pairs_give_precision_and_the_share_true(tmp_path: Path) -> None:
    page = _report(tmp_path, truth=f"id_l,id_r\n2,{EVIL}\n")
    assert "share true" in page
    assert re.search(r"precision</td><td class=\"n\">1\.000", page)
    assert "1 of 1 true pairs share a key" in page


def test_without_true_pairs_the_page_says_that_they_are_not_known(tmp_path: Path) -> None:
    assert "no true pairs were given" in _report(tmp_path)


def test_a_true_pair_of_an_unknown_record_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AssertionError):
        _report(tmp_path, truth="id_l,id_r\n2,99\n")
    assert "names 99, an id that no record has" in capsys.readouterr().err
