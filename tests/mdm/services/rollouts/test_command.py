"""What `manage.py rules publish` and `manage.py rollout` say and do."""

import json
import os
import pwd
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mdm.models import AuditEntry, Rollout
from tests.builders import Clock, a_customer, a_hub, crosswalk, golden_of, load, the_same_customer, together
from tests.laws.foretelling import LOOSER, drafted


@pytest.fixture
def clock(db: None) -> Clock:
    """Version 2 takes two customers of one name for the same; it is a draft."""
    a_hub()
    clock = Clock()
    load("crm", the_same_customer("1"), a_customer("2", name="Zementwerk Ost"), at=clock())
    told = a_customer("2", name="Zementwerk Ost", website="https://zement.example")
    load("erp", the_same_customer("1"), told, at=clock())
    assert drafted(LOOSER, clock).number == 3
    return clock


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


@pytest.mark.django_db
def test_the_way_of_a_rollout_by_commands(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    before = crosswalk()
    call_command("rules", "publish", "customer", "3", without_rehearsal="A test")
    told = capsys.readouterr().out
    rollout = Rollout.objects.get().public_id
    assert f"{rollout}  customer rules 1 → 3: finished, 4 of 4" in told
    assert "Version 3 of the customer rules is in force." in told
    assert together(["crm:2", "erp:2"])

    load("crm", a_customer("2", name="Zementwerk Ost", segment="Retail"), at=clock())
    call_command("rollout", "show", rollout)
    assert f"1 golden records were changed by others since: {golden_of('crm:2').public_id}" in capsys.readouterr().out

    call_command("rollout", "roll-back", rollout, reason="Wrong", json=True)
    back = said(capsys)
    assert (back["kind"], back["state"], back["rolls_back"], back["reason"]) == (
        "roll_back",
        "finished",
        rollout,
        "Wrong",
    )
    assert (back["from"], back["to"]) == (3, 4)
    assert crosswalk() == before
    call_command("rollout", "show", rollout, json=True)
    shown = said(capsys)
    assert shown["changed_since"] == shown["not_as_before"] == [golden_of("crm:2").public_id]
    call_command("rollout", "list", "customer")
    first, second = capsys.readouterr().out.splitlines()
    assert (first.split()[0], second.split()[0]) == (back["id"], rollout)
    assert f"takes back {rollout}" in first


@pytest.mark.django_db
def test_left_to_the_worker_it_can_be_paused_and_resumed(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rules", "publish", "customer", "3", without_rehearsal="A test", no_wait=True, json=True)
    told = said(capsys)
    begun = told["rollout"]
    assert told["in_force"] == 1
    assert (begun["state"], begun["phase"], begun["in_force_at"]) == ("running", "matching", None)

    call_command("rollout", "pause", begun["id"], reason="Too many messages")
    assert "is paused" in capsys.readouterr().out
    call_command("rollout", "resume", begun["id"], batch=1, json=True)

    ended = said(capsys)
    assert (ended["id"], ended["state"], ended["done"]) == (begun["id"], "finished", 4)


@pytest.mark.django_db
def test_what_is_not_there_or_mistyped_is_refused(clock: Clock) -> None:
    with pytest.raises(CommandError, match="check digit"):
        call_command("rollout", "show", "ROL-0000001-0")
    with pytest.raises(CommandError, match="There is no rollout"):
        call_command("rollout", "show", golden_of("crm:1").public_id)


@pytest.mark.django_db
def test_the_audit_names_who_ran_the_command(clock: Clock) -> None:
    call_command("rules", "publish", "customer", "3", without_rehearsal="A test")

    login = pwd.getpwuid(os.getuid()).pw_name
    for action in ("rule_set.published", "rule_set.rehearsal_waived", "rollout.started", "rollout.finished"):
        assert AuditEntry.objects.filter(action=action).latest("pk").actor == f"system ({login})", action
