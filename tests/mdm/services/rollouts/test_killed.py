"""`manage.py rollout resume` as a real process that is killed with signal 9, again and again."""

import os
import subprocess
import sys
from time import monotonic, sleep

import pytest
from django.db import connection

from mdm.actors import SYSTEM
from mdm.models import CrosswalkEntry, GoldenVersion, Rollout, RolloutState
from mdm.project.supervisor.places import ROOT, Places
from mdm.selectors.rollouts import versions_of
from mdm.services.rule_set_versions import publish_draft
from tests.builders import Clock, crosswalk, golden_values, load, passing, roll_out, the_same_customer
from tests.laws.foretelling import Change, drafted

SIZE = 12
# Other vetoes make all pairs anew; the ERP's names win, so that every golden record changes.
CHANGE = Change(None, None, vetoes=False, trust={"crm": 10, "erp": 90}, strategy="most_trusted")


def companies(clock: Clock) -> None:
    for system in ("crm", "erp"):
        payloads = [
            the_same_customer(
                f"{number}",
                name=f"Kontor {number} {'Handel' if system == 'crm' else 'HANDEL'}",
                phone=f"+4940{number:07}",
                email=f"info@kontor{number}.example",
                vat=None,
                house_number=f"{number}",
            )
            for number in range(SIZE)
        ]
        load(system, *payloads, at=clock())


def begin(clock: Clock) -> Rollout:
    draft = drafted(CHANGE, clock)
    publish_draft("customer", draft.number, actor=SYSTEM, at=clock(), without_rehearsal="A test")
    return Rollout.objects.get()


def process(rollout: Rollout, places: Places) -> subprocess.Popen[str]:
    database = str(connection.settings_dict["NAME"])
    return subprocess.Popen(
        [sys.executable, "manage.py", "rollout", "resume", rollout.public_id, "--batch", "2", "--json"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": places.database_url("assay_app", database=database)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def killed_once_it_moves(rollout: Rollout, places: Places) -> bool:
    """Start one and kill it as soon as another batch is committed; False when it came to its end before."""
    before = where(rollout)
    running = process(rollout, places)
    try:
        ends_at = monotonic() + 60
        while where(rollout) == before and running.poll() is None and monotonic() < ends_at:
            sleep(0.005)
    finally:
        running.kill()
        said, _ = running.communicate()
    assert running.returncode in (-9, 0), said
    return running.returncode == -9


def where(rollout: Rollout) -> tuple[str, int, str]:
    rollout.refresh_from_db()
    return rollout.phase, rollout.done, rollout.state


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_killed_again_and_again_it_ends_as_if_never_killed(committed_hub: None, places: Places) -> None:
    clock = Clock()
    companies(clock)
    with passing() as aside:
        begin(aside)
        roll_out(aside)
        wanted = golden_values(), crosswalk(), [each.state for each in Rollout.objects.all()]
        changed = Rollout.objects.get().golden_versions
        versions, entries = GoldenVersion.objects.count(), CrosswalkEntry.objects.count()
    rollout = begin(clock)

    kills = sum(killed_once_it_moves(rollout, places) for _ in range(4))
    last = process(rollout, places)
    said, _ = last.communicate(timeout=120)

    assert last.returncode == 0, said
    assert kills == 4
    rollout.refresh_from_db()
    assert rollout.state == RolloutState.FINISHED
    assert (golden_values(), crosswalk(), [rollout.state]) == wanted
    assert (GoldenVersion.objects.count(), CrosswalkEntry.objects.count()) == (versions, entries)
    assert versions_of(rollout).count() == rollout.golden_versions == changed > 0
