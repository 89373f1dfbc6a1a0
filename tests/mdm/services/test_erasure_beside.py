"""What erasure takes from neighbors and from the audit trail, and what it leaves them."""

import json
from typing import Any

import pytest
from django.conf import settings

from mdm.actors import SYSTEM, person
from mdm.models import AuditDetail, ChangeRequest, GoldenRecord, GoldenVersion
from mdm.selectors.audit_details import DetailCheck
from mdm.selectors.audit_verification import ChainCheck
from mdm.services.audit_sealing import seal_audit_entries, seal_key
from mdm.services.change_requests import propose_change
from mdm.services.decisions import keep_apart, merge_pair, undo
from mdm.services.erasure import erase_golden_record
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from tests.builders import (
    STEWARD,
    Clock,
    a_customer,
    check_as_commit_does,
    golden_of,
    load,
    source_record,
    the_same_customer,
)
from tests.everywhere import found_in_tables

KEY = settings.ASSAY_COMMITMENT_KEY.encode()
BEA = {"kind": "person", "name": "Bea Wunsch", "website": "b.example"}


@pytest.fixture
def clock(hub: None) -> Clock:
    clock = Clock()
    load("crm", a_customer("8", **BEA), at=clock())
    load("erp", a_customer("9", kind="person", name="Cleo Quast", website="cleo-quast.example"), at=clock())
    return clock


def erase(clock: Clock, name: str) -> None:
    erase_golden_record(golden_of(name).public_id, reason="Case 1", actor=STEWARD, at=clock())
    check_as_commit_does()


def lineages(golden: GoldenRecord) -> list[dict[str, Any]]:
    versions = GoldenVersion.objects.filter(id=golden.pk).order_by("version")
    return list(versions.values_list("lineage", flat=True))


def test_a_neighbor_keeps_its_own_part_of_the_lineage(clock: Clock) -> None:
    merged = merge_pair(source_record("crm:8").pk, source_record("erp:9").pk, actor=STEWARD, at=clock())
    load("crm", a_customer("8", **BEA, segment="B", modified="2026-01-09T08:00:00Z"), at=clock())
    undo(merged.unit, actor=STEWARD, at=clock())
    stays = golden_of("crm:8")
    assert "cleo-quast.example" in json.dumps(lineages(stays)[-1])

    erase(clock, "erp:9")

    last = lineages(stays)[-1]
    assert {last[name]["winner"]["key"] for name in ("name", "website", "segment")} == {"8"}
    assert last["website"]["losers"] == []
    assert found_in_tables(["Cleo Quast", "cleo-quast.example"]) == set()


def test_reasons_that_people_wrote_go_and_the_seal_still_verifies(clock: Clock) -> None:
    left, right = source_record("crm:8").pk, source_record("erp:9").pk
    keep_apart(left, right, actor=STEWARD, at=clock(), reason="A niece of the other")
    propose_change(golden_of("erp:9"), {"name": "C"}, reason="Cleo said so", actor=person("ana"), at=clock())
    seal_audit_entries(at=clock())
    assert ("mdm_auditdetail", "Cleo said so") in found_in_tables(["Cleo said so"])

    erase(clock, "erp:9")

    assert found_in_tables(["A niece of the other", "Cleo said so"]) == set()
    assert list(ChainCheck(key=seal_key()).findings()) == []
    assert list(DetailCheck(key=KEY).findings()) == []


def test_what_the_hub_gives_as_a_reason_stays_in_the_entry(clock: Clock) -> None:
    assert not AuditDetail.objects.exclude(reason="").exists()


def test_a_value_of_theirs_that_stands_at_a_neighbor_goes(hub: None) -> None:
    """Their record has left; what it said stood there until others would consent to the neighbor's own."""
    clock = Clock()
    rule = {"required": True, "over_percent": None, "group": "approver", "origins": ["*"]}
    document = {**published_rules("customer").document.to_document(), "approval": {"name": rule}}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    load("crm", the_same_customer("8", kind="person", name="Cleo Quast"), at=clock())
    for key in ("9", "10"):
        load("erp", the_same_customer(key, kind="person", name="Cleo Quast-Wunsch"), at=clock())
    stays = golden_of("crm:8")
    load("crm", a_customer("8", kind="person", name="Cleo Quast", city="Ulm"), at=clock())
    assert golden_of("erp:9") == golden_of("erp:10") == stays != golden_of("crm:8")
    assert golden_of("erp:9").document["attributes"]["name"] == "Cleo Quast"

    erase(clock, "crm:8")

    stays.refresh_from_db()
    assert stays.document["attributes"]["name"] == "Cleo Quast-Wunsch"
    assert not ChangeRequest.objects.filter(state="open").exists()
