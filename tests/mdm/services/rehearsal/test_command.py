"""What `manage.py rehearse` says, and the file it writes."""

import csv
import gzip
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mdm.actors import SYSTEM
from mdm.models import RuleSet
from mdm.services.rule_set_versions import draft_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import Clock, a_hub, load, the_same_customer


@pytest.fixture
def draft(db: None) -> RuleSet:
    """One golden record of two source records; the draft would take its name from the other one."""
    a_hub()
    clock = Clock()
    load("crm", the_same_customer("1", name="Nordlicht Handel GmbH"), at=clock())
    load("erp", the_same_customer("1", name="NORDLICHT HANDEL"), at=clock())
    document = published_rules("customer").document.to_document()
    trust = {"crm": 10, "erp": 90}
    document["survivorship"] = {**document["survivorship"], "trust": trust, "half_life_days": {}}
    return draft_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())


VALUE = {
    "kind": "value",
    "golden_ids": ["CUS"],
    "source_records": ["crm:1", "erp:1"],
    "about": "name",
    "old": "Nordlicht Handel GmbH",
    "new": "NORDLICHT HANDEL",
}


def without_digits(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "golden_ids": [each[:3] for each in row["golden_ids"]]}


@pytest.mark.django_db
def test_counts_and_samples_are_told(draft: RuleSet, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rehearse", "customer", str(draft.number))

    said = capsys.readouterr().out
    assert "golden records with other values  1" in " ".join(said.split(" ")).replace("   ", "  ")
    assert "NORDLICHT HANDEL" in said
    assert f"manage.py rules publish customer {draft.number}" in said


@pytest.mark.django_db
def test_machines_get_one_object(draft: RuleSet, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rehearse", "customer", str(draft.number), json=True)

    said = json.loads(capsys.readouterr().out)
    assert (said["number"], said["in_force"], said["counts"]["matching"]) == (draft.number, 1, "reused")
    assert [without_digits(each) for each in said["samples"]] == [VALUE]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["found.jsonl", "found.jsonl.gz", "found.csv", "found.csv.gz"])
def test_every_difference_goes_to_a_file_that_only_its_owner_reads(draft: RuleSet, tmp_path: Path, name: str) -> None:
    out = tmp_path / name

    call_command("rehearse", "customer", str(draft.number), out=out, samples=0)

    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    text = (gzip.decompress(out.read_bytes()) if name.endswith(".gz") else out.read_bytes()).decode()
    if ".csv" in name:
        (row,) = csv.DictReader(text.splitlines())
        assert (row["source_records"], json.loads(row["new"])) == ("crm:1 erp:1", "NORDLICHT HANDEL")
    else:
        assert [without_digits(json.loads(line)) for line in text.splitlines()] == [VALUE]


@pytest.mark.django_db
def test_what_cannot_be_rehearsed_is_refused(draft: RuleSet, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no draft"):
        call_command("rehearse", "customer", "1")
    with pytest.raises(CommandError, match="must end with"):
        call_command("rehearse", "customer", str(draft.number), out=tmp_path / "found.xlsx")
