"""A small audit trail, and what somebody with the owner's rights may do to it: each trial is taken back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connections, transaction

from mdm.actors import SYSTEM
from mdm.audit_chain import Head
from mdm.models import AuditEntry, AuditSeal, Sequencer
from mdm.selectors.audit_verification import ChainCheck, Finding
from mdm.services.audit import Act, record_audit_entries
from mdm.services.audit_sealing import seal_audit_entries, seal_key
from tests.builders import NOON, Clock

Place = tuple[int | None, int | None]  # position; entry id, where one can be named
Tampering = Callable[[Random], Place]

FIELDS = tuple(field.name for field in AuditEntry._meta.concrete_fields)
OWNED = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
TABLES = ("mdm_auditentry", "mdm_auditdetail", "mdm_auditseal")


def write_entries(count: int, *, start: int = 0) -> list[AuditEntry]:
    """Entries that differ in every field; every other one has a detail, some fields are null."""
    return record_audit_entries([_act(start + number) for number in range(count)], actor=SYSTEM, at=NOON)


def _act(number: int) -> Act:
    return Act(
        action=("source_record.linked", "golden_version.published")[number % 2],
        subject_type="golden_record",
        subject_id=1000 + number,
        subject_version=number if number % 3 else None,
        reason=f"Because of {number} – ü" if number % 4 else "",
        rule_set_id=number % 5 or None,
        correlation_id=UUID(int=number << 64) if number % 2 else None,
        values={"name": f"Number {number}"} if number % 2 else None,
    )


def seal_all(clock: Clock, *, limit: int = 40) -> None:
    while seal_audit_entries(at=clock(), limit=limit):
        pass


def present_head() -> Head:
    check = ChainCheck(key=seal_key())
    assert list(check.findings()) == []
    assert check.head
    return check.head


def first_finding(*heads: Head) -> Finding | None:
    """As the owner sees it, inside of the owner's transaction."""
    return next(iter(ChainCheck(key=seal_key(), heads=heads, using="owner").findings()), None)


@contextmanager
def taken_back() -> Iterator[None]:
    with transaction.atomic(using="owner"):
        yield
        transaction.set_rollback(True, using="owner")


def unguarded() -> None:
    """The owner switches off what would refuse a rewriting of the past."""
    for table in TABLES:
        _as_owner(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def flip_a_byte(random: Random) -> Place:
    """One bit of one field of one entry; which of them is null or empty is left alone."""
    entry = _any_entry(random)
    values = {name: getattr(entry, name) for name in FIELDS}
    name = random.choice([name for name, value in values.items() if value not in (None, "")])
    _as_owner(f"UPDATE mdm_auditentry SET {name} = %s WHERE id = %s", _flipped(name, values[name], random), entry.pk)
    return entry.seal_position, entry.pk


def delete_a_row(random: Random) -> Place:
    entry = _any_entry(random)
    _as_owner("DELETE FROM mdm_auditentry WHERE id = %s", entry.pk)
    return entry.seal_position, entry.pk


def cut_the_tail(random: Random) -> Place:
    """The last entries; the same with their seals; and the same with the counter set back."""
    return random.choice((_cut_entries, cut_with_seals, cut_without_trace))(random)


def _cut_entries(random: Random) -> Place:
    entry = _any_entry(random)
    _as_owner("DELETE FROM mdm_auditentry WHERE seal_position >= %s", entry.seal_position)
    return entry.seal_position, entry.pk


def cut_with_seals(random: Random) -> tuple[int, None]:
    ends = list(AuditSeal.objects.using("owner").order_by("last_position").values_list("last_position", flat=True))
    end = random.choice([0, *ends[:-1]])
    _as_owner("DELETE FROM mdm_auditentry WHERE seal_position > %s", end)
    _as_owner("DELETE FROM mdm_auditseal WHERE first_position > %s", end)
    return end + 1, None


def cut_without_trace(random: Random) -> Place:
    position, _ = cut_with_seals(random)
    Sequencer.objects.using("owner").filter(name="audit").update(last_position=position - 1)
    return position, None


def _any_entry(random: Random) -> AuditEntry:
    entries = AuditEntry.objects.using("owner")
    return entries.get(seal_position=random.randint(1, entries.count()))


@dataclass(frozen=True, slots=True)
class _Bits:
    """Which bits of a number may be flipped, so that the row is still one that the table takes."""

    first: int
    last: int


# Flipped lower, ids and positions would be those of other entries.
_NUMBERS = {"id": _Bits(20, 40), "seal_position": _Bits(20, 40), "subject_version": _Bits(0, 30)}


def _flipped(name: str, value: Any, random: Random) -> Any:
    if isinstance(value, int):
        bits = _NUMBERS.get(name, _Bits(0, 62))
        return value ^ 1 << random.randint(bits.first, bits.last)
    if isinstance(value, str):
        place = random.randrange(len(value))
        return value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
    if isinstance(value, UUID):
        return UUID(int=value.int ^ 1 << random.randrange(128))
    if isinstance(value, bytes | memoryview):
        place = random.randrange(len(value))
        return bytes(byte ^ (1 << random.randrange(8) if at == place else 0) for at, byte in enumerate(bytes(value)))
    return value + timedelta(microseconds=1 << random.randrange(40))


def _as_owner(statement: str, *params: Any) -> None:
    with connections["owner"].cursor() as owner:
        owner.execute(statement, params or None)
