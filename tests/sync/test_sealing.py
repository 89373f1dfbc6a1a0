"""The relay seals audit entries beside its deliveries."""

from datetime import timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command

from mdm.actors import SYSTEM
from mdm.models import AuditEntry, AuditSeal, Sequencer
from mdm.services.audit import Act, record_audit_entries
from mdm.services.audit_sealing import SEAL_SIZE
from sync.outbound.relay import SEAL_EVERY, Relay, run_once
from tests.sync.builders import Clock


def write(count: int) -> None:
    acts = [Act("source_record.linked", "source_record", number) for number in range(count)]
    record_audit_entries(acts, actor=SYSTEM, at=Clock()())


@pytest.mark.django_db
def test_one_burst_leaves_nothing_unsealed() -> None:
    write(5)

    run_once(clock=Clock(), random=Random(1), workers=1)

    assert not AuditEntry.objects.filter(seal_position=None).exists()


@pytest.mark.django_db
def test_a_running_relay_seals_now_and_then_but_at_once_while_many_wait() -> None:
    told: list[str] = []
    running, at = Relay(clock=Clock(), random=Random(1), tell=told.append), Clock()()
    write(SEAL_SIZE + 1)

    seals = []
    for seconds in (0, 1, 2, 5, 6):
        running._seal(at=at + timedelta(seconds=seconds))
        seals.append(AuditSeal.objects.count())
        write(1)

    assert seals == [1, 2, 2, 2, 3]


@pytest.mark.django_db
def test_a_counter_that_was_set_back_stops_the_sealing_and_not_the_relay(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    running, at = Relay(clock=Clock(), random=Random(1), tell=told.append), Clock()()
    write(1)
    running._seal(at=at)
    Sequencer.objects.filter(name="audit").update(last_position=0)
    write(1)

    running._seal(at=at + SEAL_EVERY)

    assert AuditSeal.objects.count() == 1
    assert "doctor audit" in caplog.text
    with pytest.raises(CommandError, match="the counter was set back to 0"):
        call_command("doctor", "audit", stdout=StringIO())
