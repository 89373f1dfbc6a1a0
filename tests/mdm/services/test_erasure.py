"""What erasure leaves, refuses, and keeps from coming back."""

import json
from datetime import datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction

from mdm.actors import SYSTEM
from mdm.errors import StateConflict
from mdm.models import (
    AttributePin,
    AuditDetail,
    AuditEntry,
    ChangeRequest,
    CrosswalkEntry,
    GoldenRecord,
    MatchDecision,
    Reassignment,
    ReopeningKind,
    SourceRecord,
)
from mdm.services.change_parts import propose_parts
from mdm.services.change_requests import propose_change
from mdm.services.decisions import keep_apart, merge_pair, undo
from mdm.services.erasure import NotAPerson, ReasonTellsValues, erase_golden_record, replay_suppressions
from mdm.services.reopening import Reopening, declare_reopening
from mdm.services.settlement import settle_pending
from mdm.services.suppression import Suppression, identity_commitment
from mdm.services.unmerging import LineKind, unmerge, unmerge_plan
from stewardship.models import Task, TaskKind
from tests.builders import (
    STEWARD,
    Clock,
    a_customer,
    check_as_commit_does,
    golden_of,
    load,
    receive,
    source_record,
    the_same_customer,
)
from tests.everywhere import found_in_tables
from tests.mdm.api.hub import ApiClient, told

ADA = {"kind": "person", "name": "Ada Zwickel", "email": "ada.z@mailbox.example", "city": "Bonn"}


@pytest.fixture
def clock(hub: None) -> Clock:
    clock = Clock()
    load("crm", a_customer("1", **ADA), a_customer("2", name="Nordlicht"), at=clock())
    return clock


def erased(clock: Clock, name: str = "crm:1", *, reason: str = "Case 7", force: bool = False) -> GoldenRecord:
    golden = golden_of(name)
    erase_golden_record(golden.public_id, reason=reason, actor=STEWARD, at=clock(), force=force)
    check_as_commit_does()
    golden.refresh_from_db()
    return golden


def test_it_is_refused_for_organizations_and_for_reasons_that_tell(clock: Clock) -> None:
    with pytest.raises(NotAPerson):
        erased(clock, "crm:2")
    with pytest.raises(ReasonTellsValues):
        erased(clock, reason="ada zwickel asked for it")

    assert erased(clock, "crm:2", force=True).status == "erased"


def test_the_same_payload_does_not_bring_the_person_back(clock: Clock) -> None:
    erased(clock)
    known = SourceRecord.objects.count()

    again = load("crm", a_customer("1", **ADA), a_customer("3", name="Third"), at=clock())
    broken = receive("crm", [a_customer("1", **{**ADA, "kind": "neither"})], at=clock())

    assert (again.suppressed, again.new, broken.quarantined) == (1, 1, 0)
    assert SourceRecord.objects.count() == known + 1
    assert AuditEntry.objects.get(action="payload.suppressed").reason == "1 payloads of erased records were refused"
    assert found_in_tables(["Ada Zwickel", "ada.z@mailbox.example"]) == set()


def test_matching_everything_again_leaves_it_erased(clock: Clock) -> None:
    golden = erased(clock)

    call_command("match", "customer", "--all", stdout=StringIO())
    settle_pending("customer", actor=SYSTEM, at=clock())

    golden.refresh_from_db()
    assert golden.status == "erased"
    assert not CrosswalkEntry.objects.filter(golden_record=golden, unlinked_at=None).exists()


def test_what_was_merged_into_it_is_erased_and_answers_that_it_is_gone(clock: Clock) -> None:
    load("erp", the_same_customer("5", kind="person", name="Ada Zwickel"), at=clock())
    load("crm", the_same_customer("6", kind="person", name="A. Zwickl", vat="DE129273398", phone=None), at=clock())
    if golden_of("erp:5") != golden_of("crm:6"):
        left, right = source_record("erp:5"), source_record("crm:6")
        merge_pair(left.pk, right.pk, actor=STEWARD, at=clock())
    merged = GoldenRecord.objects.filter(status="merged").first()
    golden = erased(clock, "erp:5")

    client = ApiClient()
    for public_id in {golden.public_id, merged.public_id if merged else golden.public_id}:
        for address in ("", "/versions", "/versions/1", "/lineage", "/sources", "/diff?from=1&to=1"):
            answer = client.ask(f"customers/{public_id}{address}")
            assert (answer.status_code, told(answer)["code"]) == (410, "erased"), address
    assert client.ask("crosswalk/erp/customer/5").status_code == 404
    feed = told(client.ask("changes"))["items"]
    assert all(e["document"]["attributes"] == {} for e in feed if e["document"]["id"] == golden.public_id)


def test_a_record_that_was_once_taken_for_the_person_loses_only_that_part_of_its_past(clock: Clock) -> None:
    load("erp", the_same_customer("8", name="Nordlicht Handel GmbH", segment="retail"), at=clock())
    load("crm", the_same_customer("9", kind="person", name="Ada Zwickel", vat=None), at=clock())
    left, right = sorted([source_record("erp:8").pk, source_record("crm:9").pk])
    if golden_of("erp:8") != golden_of("crm:9"):
        decided = merge_pair(left, right, actor=STEWARD, at=clock())
        undo(decided.unit, actor=STEWARD, at=clock())
    else:
        keep_apart(left, right, actor=STEWARD, at=clock())
    stays = golden_of("erp:8")
    before = (stays.version, stays.document)

    erased(clock, "crm:9", force=True)

    stays.refresh_from_db()
    assert (stays.version, stays.document) == before
    assert found_in_tables(["Zwickel"]) <= {(table, "Zwickel") for table in _OF_CRM_1}


def test_what_is_sent_from_the_person_to_another_goes_and_what_is_sent_to_the_person_stays_away(clock: Clock) -> None:
    """By stewards, when they took a merge back: neither is the other's any more."""
    load("erp", a_customer("7", kind="person", name="Berta Quist", vat="DE129273398"), at=clock())
    kies = {"name": "Kiesgrube West", "vat": "DE811569869"}
    load("crm", a_customer("4", **kies, city="Trier"), at=clock())
    pair = [source_record(name).pk for name in ("erp:7", "crm:4")]
    unit = merge_pair(*pair, actor=STEWARD, at=clock()).unit
    lines = unmerge_plan(unit, at=clock()).of_kind(LineKind.ITEM)
    crossed = {line.key: next(side for side in line.choices if side != line.default) for line in lines}
    unmerge(unit, choices=crossed, keep_apart=True, actor=STEWARD, at=clock(), reason="Mistaken for each other")
    load("crm", a_customer("4", **kies, city="Bonn"), at=clock())
    assert _tax_ids("crm:4") == ["129273398"]

    erased(clock, "erp:7")

    assert _tax_ids("crm:4") == []
    load("crm", a_customer("4", **kies, city="Ulm"), at=clock())
    assert _tax_ids("crm:4") == []
    assert found_in_tables(["Berta Quist", "129273398"]) == set()
    assert not Reassignment.objects.filter(source_record=pair[0]).exclude(key="", reason="").exists()
    assert not AuditDetail.objects.filter(entry__action="golden_record.unmerged").exists()


def _tax_ids(name: str) -> list[str]:
    said = golden_of(name).document["attributes"].get("tax_registrations") or ()
    return ["".join(filter(str.isdigit, each["number"])) for each in said]


def test_nobody_is_asked_again_about_a_decision_on_the_person(clock: Clock) -> None:
    """Of an action that kept three apart, what is left of it is watched on."""
    load("erp", a_customer("4", name="Kiesgrube West"), at=clock())
    ada, nord, kies = (source_record(name).pk for name in ("crm:1", "crm:2", "erp:4"))
    over = keep_apart(ada, kies, actor=STEWARD, at=clock()).unit
    partly = keep_apart(nord, kies, actor=STEWARD, at=clock()).unit
    MatchDecision.objects.create(
        left_id=min(ada, nord), right_id=max(ada, nord), kind="cannot_link", unit=partly, decided_at=clock()
    )
    rows = [
        declare_reopening(unit, Reopening(ReopeningKind.CHANGE, "name"), actor=STEWARD, at=clock())
        for unit in (over, partly)
    ]
    load("erp", a_customer("4", name="Kiesgrube Ost"), at=clock())
    assert Task.objects.filter(kind=TaskKind.DECISION, state="open").count() == 2
    hashes = {bytes(row.seen_hash) for row in rows}

    erased(clock)

    for row in rows:
        row.refresh_from_db()
    assert [row.closed_at is None for row in rows] == [False, True]
    assert not hashes & {bytes(row.seen_hash) for row in rows}
    tasks = Task.objects.filter(kind=TaskKind.DECISION)
    assert set(tasks.values_list("state", "title")) == {("withdrawn", "Erased")}
    load("erp", a_customer("4", name="Kiesgrube Nord"), at=clock())
    (task,) = tasks.filter(state="open")
    assert (task.subject_id, "Zwickel" in task.title) == (rows[1].pk, False)


# The person of crm:1 has the same name and stays.
_OF_CRM_1 = ("mdm_customer", "mdm_goldenrecord", "mdm_historicalgoldenrecord", "mdm_outboxmessage", "mdm_sourcerecord")


def test_what_lost_at_a_neighbor_leaves_no_trace_in_the_version_the_neighbor_still_has(clock: Clock) -> None:
    """Parting again made no new version: everything had lost there."""
    bea = {"kind": "person", "name": "Bea Wunsch", "website": "b.example"}
    load("crm", a_customer("8", **bea), at=clock())
    load("erp", a_customer("9", kind="person", name="Cleo Quast", website="cleo-quast.example"), at=clock())
    merged = merge_pair(source_record("crm:8").pk, source_record("erp:9").pk, actor=STEWARD, at=clock())
    load("crm", a_customer("8", **bea, segment="B", modified="2026-01-09T08:00:00Z"), at=clock())
    undo(merged.unit, actor=STEWARD, at=clock())
    stays = golden_of("crm:8")

    erased(clock, "erp:9", force=True)

    assert found_in_tables(["Cleo Quast", "cleo-quast.example"]) == set()
    assert GoldenRecord.objects.get(pk=stays.pk).lineage == stays.lineage != {}


def test_lineage_is_taken_from_the_past_of_erased_records_only(clock: Clock) -> None:
    with (
        pytest.raises(IntegrityError, match="is not erased"),
        transaction.atomic(),
        connection.cursor() as c,
    ):
        c.execute("SELECT mdm_erase_from_lineage('{}', %s)", [[source_record("crm:2").pk]])


def test_a_proposal_of_somebody_who_read_the_record_before_is_refused(clock: Clock) -> None:
    read_before = golden_of("crm:1")
    erased(clock)

    with pytest.raises(StateConflict):
        propose_change(read_before, {"name": "Ada Zwickel-Roth"}, reason="", actor=STEWARD, at=clock())
    with pytest.raises(IntegrityError, match="is erased"), transaction.atomic():
        _request_for(read_before, at=clock())
    assert found_in_tables(["Ada Zwickel"]) == set()


def test_the_database_neither_pins_nor_places_an_erased_source_record(clock: Clock) -> None:
    person, other = source_record("crm:1"), golden_of("crm:2")
    request = _request_for(other, at=clock())
    erased(clock)

    with pytest.raises(IntegrityError, match="is erased"), transaction.atomic():
        AttributePin.objects.create(
            source_record=person,
            attribute="name",
            value="Ada",
            change_request=request,
            beneath_hash=b"0" * 32,
            pinned_by="me",
            pinned_at=clock(),
        )
    with pytest.raises(IntegrityError, match="placed nowhere"), transaction.atomic():
        CrosswalkEntry.objects.create(source_record=person, golden_record=other, linked_at=clock())


def _request_for(golden: GoldenRecord, *, at: datetime) -> ChangeRequest:
    request = ChangeRequest(golden_record=golden, base_version=1, reason="")
    propose_parts(request, [], actor=STEWARD, at=at)
    return request


def test_nothing_changes_what_is_erased(clock: Clock) -> None:
    golden = erased(clock)

    with pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
        GoldenRecord.objects.filter(pk=golden.pk).update(title="Ada")
    with pytest.raises(IntegrityError, match="only added to"), transaction.atomic():
        SourceRecord.objects.exclude(erased_at=None).update(accepted={"name": "Ada"})
    with pytest.raises(StateConflict):
        erase_golden_record(golden.public_id, reason="Again", actor=STEWARD, at=clock())


@pytest.mark.parametrize("golden", [True, False])
def test_the_function_erases_only_what_has_its_erased_version(clock: Clock, golden: bool) -> None:
    """The running role may call it, with nothing that it may not have."""
    target = golden_of("crm:2").pk if golden else erased(clock).pk
    source = source_record("crm:2").pk

    with (
        pytest.raises((IntegrityError, InternalError), match="erasure: "),
        transaction.atomic(),
        connection.cursor() as c,
    ):
        c.execute("SELECT mdm_erase(%s, %s, %s, '{}', 'me', now())", [[target], [source], b"0" * 32])


def test_the_running_role_reaches_the_past_in_no_other_way(clock: Clock) -> None:
    erased(clock)

    for statement in (
        "SELECT set_config('assay.erasing', 'on', true); UPDATE mdm_historicalgoldenrecord SET title = ''",
        "UPDATE mdm_sourcepayload SET payload = '{}'",
        "DELETE FROM mdm_suppressionentry",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as c:
            c.execute(statement)


def test_an_export_erases_again_what_a_backup_brought_back(clock: Clock, tmp_path: Path) -> None:
    """The export of another life of this hub: there the person was erased, here the person still is."""
    file = tmp_path / "suppressed.json"
    with transaction.atomic():
        erased(clock)
        call_command("erase", "--export", str(file), stdout=StringIO())
        transaction.set_rollback(True)
    assert golden_of("crm:1").status == "active"
    assert "crm" not in file.read_text()

    said = StringIO()
    call_command("erase", "--replay", str(file), "--json", stdout=said)

    assert len(json.loads(said.getvalue())["erased"]) == 1
    assert found_in_tables(["Ada Zwickel"]) == set()
    with pytest.raises(CommandError, match="not one that"):
        call_command("erase", "--replay", __file__)


def test_a_replay_erases_what_the_backup_held_unplaced(clock: Clock) -> None:
    receive("crm", [a_customer("7", kind="person", name="Cleo Quast")], at=clock())
    entry = Suppression(identity_commitment("crm", "customer", "7"), "customer", clock())

    (done,) = replay_suppressions([entry], actor=SYSTEM, at=clock())
    settle_pending("customer", actor=SYSTEM, at=clock())

    assert done.counts["source_records"] == 1
    assert found_in_tables(["Cleo Quast"]) == set()
    assert replay_suppressions([entry], actor=SYSTEM, at=clock()) == []
