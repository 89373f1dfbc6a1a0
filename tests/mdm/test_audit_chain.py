"""The chain as bytes: digests that need no PostgreSQL to be told again, heads that survive their file."""

import hashlib
import json
from datetime import UTC, datetime
from struct import pack
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.audit_chain import Head, NotAHead, SealKey, chain_hash
from mdm.models import AuditEntry
from mdm.selectors.audit_entries import digests_between
from mdm.services.audit import Act, record_audit_entries
from mdm.services.audit_sealing import seal_audit_entries
from tests.builders import NOON

KEY = SealKey(b"secret")
INT4, INT8, TEXT, TIMESTAMPTZ, UUID_TYPE, BYTEA = 23, 20, 25, 1184, 2950, 17


def _row(entry: AuditEntry) -> bytes:
    """PostgreSQL's binary form of the row, made by hand: type and length before every value, -1 for an absent one."""
    microseconds = int((entry.at - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000
    values = [
        (INT8, pack(">q", entry.pk)),
        (TEXT, entry.action.encode()),
        (TEXT, entry.subject_type.encode()),
        (INT8, pack(">q", entry.subject_id)),
        (INT4, None if entry.subject_version is None else pack(">i", entry.subject_version)),
        (TEXT, entry.actor.encode()),
        (TIMESTAMPTZ, pack(">q", microseconds)),
        (TEXT, entry.reason.encode()),
        (INT8, None if entry.rule_set_id is None else pack(">q", entry.rule_set_id)),
        (UUID_TYPE, None if entry.correlation_id is None else entry.correlation_id.bytes),
        (BYTEA, None if entry.commitment is None else bytes(entry.commitment)),
    ]
    told = (pack(">Ii", kind, -1) if value is None else pack(">Ii", kind, len(value)) + value for kind, value in values)
    return pack(">i", len(values)) + b"".join(told)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        Act("source_record.linked", "source_record", 7),
        Act("ä.ß", "golden_record", 2**62, 3, "Weil – 你好", 5, UUID(int=9), {"name": "Nordlicht"}),
    ],
)
def test_the_digest_of_an_entry_can_be_told_from_its_values_alone(act: Act) -> None:
    (entry,) = record_audit_entries([act], actor=SYSTEM, at=NOON)
    seal_audit_entries(at=NOON)

    assert digests_between(1, 1, using="default") == hashlib.sha256(_row(entry)).digest()


@given(
    position=st.integers(1, 2**62),
    chained=st.binary(min_size=32, max_size=32),
    at=st.datetimes(min_value=datetime(1971, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # the bound is naive
)
def test_a_head_is_the_same_after_its_file_and_signed_by_its_key_alone(
    position: int, chained: bytes, at: datetime
) -> None:
    head = KEY.head(position=position, chain_hash=chained, sealed_at=at)

    read = Head.from_document(json.loads(json.dumps(head.to_document())))

    assert read == head
    assert KEY.signed(read)
    assert not SealKey(b"another").signed(read)


@pytest.mark.parametrize(
    "change",
    [{"form": "other"}, {"position": "x"}, {"hash": "zz"}, {"sealed_at": "2026-03-02T12:00:00"}, {"signature": None}],
)
def test_what_is_no_head_is_refused(change: dict[str, object]) -> None:
    head = KEY.head(position=1, chain_hash=bytes(32), sealed_at=NOON)

    with pytest.raises(NotAHead):
        Head.from_document({**head.to_document(), **change})


def test_whatever_a_seal_says_changes_its_hash() -> None:
    parts = {
        "previous": bytes(32),
        "first_position": 1,
        "last_position": 2,
        "sealed_at": NOON,
        "entry_ids": bytes(16),
        "digests": bytes(64),
    }
    others = {
        "previous": b"1" * 32,
        "first_position": 2,
        "last_position": 3,
        "sealed_at": datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=UTC),
        "entry_ids": bytes(15) + b"1",
        "digests": bytes(63) + b"1",
    }

    hashes = {chain_hash(**{**parts, name: other}) for name, other in others.items()}  # type: ignore[arg-type]

    assert len(hashes | {chain_hash(**parts)}) == len(others) + 1  # type: ignore[arg-type]
