"""`manage.py doctor audit`: what it prints, writes and ends with."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from mdm.actors import SYSTEM
from mdm.services.audit import Act, record_audit_entries
from mdm.services.audit_sealing import seal_audit_entries
from tests.builders import NOON


def doctor(*options: str) -> str:
    said = StringIO()
    call_command("doctor", "audit", *options, stdout=said)
    return said.getvalue()


def failing(*options: str) -> tuple[str, CommandError]:
    said = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("doctor", "audit", *options, stdout=said)
    return said.getvalue(), raised.value


def write(count: int) -> list[int]:
    acts = [Act("source_record.linked", "source_record", number, values={"name": "N"}) for number in range(count)]
    return [entry.pk for entry in record_audit_entries(acts, actor=SYSTEM, at=NOON)]


def tampered(statement: str, *params: int) -> None:
    """By the owner, with the triggers off."""
    with connections["owner"].cursor() as owner:
        owner.execute(
            "ALTER TABLE mdm_auditentry DISABLE TRIGGER USER; ALTER TABLE mdm_auditdetail DISABLE TRIGGER USER"
        )
        owner.execute(statement, params)


@pytest.mark.django_db
def test_a_sound_trail_is_told_with_what_is_not_sealed_yet() -> None:
    write(3)
    seal_audit_entries(at=NOON)
    write(2)

    said = doctor("--details")

    assert "3 entries under 1 seals compared" in said
    assert "2 entries are not sealed yet" in said
    assert "5 details compared with their commitments; 0 are erased" in said


@pytest.mark.django_db
def test_an_empty_trail_is_sound_but_has_no_head(tmp_path: Path) -> None:
    assert "0 entries under 0 seals" in doctor()

    _, error = failing("--export-head", str(tmp_path / "head.json"))

    assert error.returncode == 2


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_first_broken_entry_is_named_for_people_and_machines(tmp_path: Path) -> None:
    ids = write(30)
    seal_audit_entries(at=NOON)
    tampered("UPDATE mdm_auditentry SET actor = 'nobody' WHERE id >= %s", ids[4])
    head = tmp_path / "head.json"

    said, error = failing("--export-head", str(head))
    document: dict[str, Any] = json.loads(failing("--json")[0])

    assert error.returncode == 1
    assert str(error) == f"position 5: entry {ids[4]} was changed after it was sealed"
    assert said.count("BROKEN") == 10
    assert "... and 16 more" in said
    assert not head.exists()
    assert (document["sound"], document["broken"]) == (False, 26)
    assert document["first_broken"][0] == {
        "position": 5,
        "entry_id": ids[4],
        "what": f"entry {ids[4]} was changed after it was sealed",
    }


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_details_are_looked_at_when_asked_for() -> None:
    first, second, third = write(3)
    seal_audit_entries(at=NOON)
    tampered("DELETE FROM mdm_auditdetail WHERE entry_id = %s", first)
    tampered("UPDATE mdm_auditdetail SET values = '{\"name\": 1.5}' WHERE entry_id = %s", second)

    said, error = failing("--details")

    assert "2 details compared with their commitments; 1 are erased" in said
    assert str(error) == f"position 2: the detail of entry {second} was changed"
    assert json.loads(doctor("--json"))["sound"]
    assert third


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_head_kept_elsewhere_shows_a_tail_cut_without_trace(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    for head in (old, new):
        write(3)
        seal_audit_entries(at=NOON)
        assert str(head) in doctor("--export-head", str(head))
    assert json.loads(doctor("--head", str(old), "--head", str(new), "--json"))["sound"]

    tampered("DELETE FROM mdm_auditdetail USING mdm_auditentry e WHERE e.id = entry_id AND e.seal_position > 3")
    tampered("DELETE FROM mdm_auditentry WHERE seal_position > 3")
    tampered("ALTER TABLE mdm_auditseal DISABLE TRIGGER USER; DELETE FROM mdm_auditseal WHERE last_position > 3")
    tampered("UPDATE mdm_sequencer SET last_position = 3 WHERE name = 'audit'")

    assert "BROKEN" not in doctor("--head", str(old))
    _, error = failing("--head", str(new))
    assert str(error).startswith("position 4: the chain was cut here")


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "[]", "{}", '{"form": "assay-audit-head-1"}'])
def test_a_file_that_is_no_head_ends_with_another_code(tmp_path: Path, text: str) -> None:
    file = tmp_path / "head.json"
    file.write_text(text, encoding="utf-8")

    _, error = failing("--head", str(file))

    assert error.returncode == 2


@pytest.mark.django_db
def test_a_head_that_somebody_made_up_is_refused(tmp_path: Path) -> None:
    write(1)
    seal_audit_entries(at=NOON)
    file = tmp_path / "head.json"
    doctor("--export-head", str(file))
    file.write_text(file.read_text(encoding="utf-8").replace('"position": 1', '"position": 9'), encoding="utf-8")

    assert "was not signed with this hub's key" in str(failing("--head", str(file))[1])
