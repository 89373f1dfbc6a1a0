"""What is done to the audit trail shows: a byte flipped, a row deleted, the tail cut."""

from random import Random, SystemRandom

import pytest
from django.conf import settings
from django.db import connections

from mdm.audit_chain import Head, SealKey
from mdm.models import AuditDetail, AuditEntry
from mdm.selectors.audit_details import DetailCheck
from mdm.selectors.audit_verification import ChainCheck
from mdm.services.audit_sealing import seal_key
from tests.builders import Clock
from tests.laws.audit_trail import (
    OWNED,
    Tampering,
    cut_the_tail,
    cut_with_seals,
    cut_without_trace,
    delete_a_row,
    first_finding,
    flip_a_byte,
    present_head,
    seal_all,
    taken_back,
    unguarded,
    write_entries,
)
from tests.laws.universe import FULL

ENTRIES = 300
TRIALS = 1000 if FULL else 100


@pytest.fixture
def head(transactional_db: None) -> Head:
    """A trail of seals of 40 entries, and its head, kept apart. Nothing keeps the owner from rewriting the trail."""
    write_entries(ENTRIES)
    seal_all(Clock())
    kept = present_head()
    unguarded()
    return kept


@OWNED
@pytest.mark.parametrize("tamper", [flip_a_byte, delete_a_row, cut_the_tail])
def test_whatever_is_done_is_found_and_the_first_broken_entry_named(head: Head, tamper: Tampering) -> None:
    seed = SystemRandom().getrandbits(32) if FULL else 7
    missed = []
    for trial in range(TRIALS):
        with taken_back():
            expected = tamper(Random(seed + trial))
            found = first_finding(head)
        if found is None or (found.position, found.entry_id) != expected:
            missed.append((seed + trial, expected, found))

    assert missed == []
    assert first_finding(head) is None


@OWNED
@pytest.mark.parametrize(
    "change",
    [
        "subject_version = 0 WHERE subject_version IS NULL",
        "rule_set_id = 0 WHERE rule_set_id IS NULL",
        "correlation_id = '00000000-0000-0000-0000-000000000000' WHERE correlation_id IS NULL",
        "commitment = '' WHERE commitment IS NULL",
        "action = action || left(subject_type, 1), subject_type = substr(subject_type, 2) WHERE seal_position = 7",
    ],
)
def test_an_absent_value_is_no_zero_and_fields_have_borders(head: Head, change: str) -> None:
    with connections["owner"].cursor() as owner:
        owner.execute(f"UPDATE mdm_auditentry SET {change}")

    found = first_finding(head)
    assert found
    assert "was changed" in found.what


@OWNED
def test_without_the_head_a_tail_cut_without_trace_is_not_found(head: Head) -> None:
    """Negative control, and why heads are exported."""
    with taken_back():
        cut_without_trace(Random(1))
        assert first_finding() is None
        assert first_finding(head)


@OWNED
def test_a_tail_cut_with_its_seals_is_told_by_the_counter(head: Head) -> None:
    with taken_back():
        position, _ = cut_with_seals(Random(1))
        found = first_finding()
        assert found
        assert found.position == position


@OWNED
def test_without_the_digests_a_flipped_byte_is_not_found(head: Head, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the entries alone do not tell."""
    with taken_back():
        flip_a_byte(Random(1))
        assert first_finding(head)
        monkeypatch.setattr(ChainCheck, "_compared", lambda *_: iter(()))
        assert first_finding(head) is None


@OWNED
def test_a_chain_made_anew_with_the_hubs_key_contradicts_the_head(head: Head) -> None:
    """Who has the owner's rights and the key can make another chain, but none that contains a head kept elsewhere."""
    with connections["owner"].cursor() as owner:
        owner.execute("DELETE FROM mdm_auditseal")
        owner.execute("UPDATE mdm_auditentry SET seal_position = NULL, actor = 'nobody'")
        owner.execute("UPDATE mdm_sequencer SET last_position = 0 WHERE name = 'audit'")
    seal_all(Clock())

    assert first_finding() is None
    found = first_finding(head)
    assert found
    assert "is another than" in found.what


@OWNED
@pytest.mark.parametrize(
    "change",
    [
        "entry_ids = set_byte(entry_ids, 7, get_byte(entry_ids, 7) # 1)",
        "digests = set_byte(digests, 31, get_byte(digests, 31) # 128)",
        "previous_hash = set_byte(previous_hash, 0, get_byte(previous_hash, 0) # 1)",
        "hash = set_byte(hash, 0, get_byte(hash, 0) # 1)",
        "signature = set_byte(signature, 0, get_byte(signature, 0) # 1)",
        "key_id = reverse(key_id)",
        "sealed_at = sealed_at + interval '1 microsecond'",
    ],
)
def test_a_changed_seal_is_named(head: Head, change: str) -> None:
    with connections["owner"].cursor() as owner:
        owner.execute(f"UPDATE mdm_auditseal SET {change} WHERE first_position = 81")

    found = list(ChainCheck(key=seal_key(), heads=[head], using="owner").findings())

    assert [(each.position, each.entry_id) for each in found] == [(81, None)]
    assert "seal of 81 to 120" in found[0].what


@OWNED
def test_a_seal_that_is_gone_is_named_with_the_first_of_its_entries(head: Head) -> None:
    with connections["owner"].cursor() as owner:
        owner.execute("DELETE FROM mdm_auditseal WHERE first_position = 81")

    found = first_finding(head)

    assert found
    assert (found.position, found.entry_id) == (81, AuditEntry.objects.get(seal_position=81).pk)


@OWNED
def test_another_key_does_not_verify(head: Head) -> None:
    found = next(ChainCheck(key=SealKey(b"another")).findings())

    assert "another key" in found.what


@OWNED
def test_an_erased_detail_leaves_the_seal_whole_and_a_changed_one_shows(head: Head) -> None:
    erased, changed = AuditDetail.objects.order_by("entry_id")[:2]
    with connections["owner"].cursor() as owner:
        owner.execute("DELETE FROM mdm_auditdetail WHERE id = %s", [erased.pk])
        owner.execute("""UPDATE mdm_auditdetail SET values = '{"name": "Other"}' WHERE id = %s""", [changed.pk])

    details = DetailCheck(key=settings.ASSAY_COMMITMENT_KEY.encode())
    assert [found.entry_id for found in details.findings()] == [changed.entry_id]
    assert (details.details, details.erased()) == (ENTRIES // 2 - 1, 1)
    assert first_finding(head) is None
