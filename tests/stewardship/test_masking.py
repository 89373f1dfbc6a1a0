"""National ids of persons: nobody reads one anywhere who may not."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.masking import SIGN, hidden, masked_number, may_hold_national_ids, national_ids
from mdm.models import ChangeRequest, QuarantineEntry, SourceSystem
from mdm.services.change_requests import propose_change
from mdm.services.rule_set_versions import draft_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.systems import put_mapping
from stewardship.models import Task, TaskKind
from stewardship.services.roles import Role
from tests.builders import STEWARD
from tests.mdm.api.hub import ApiClient, told
from tests.stewardship.builders import NOON, a_hub, a_person, golden, mapping, receive, signed_in

pytestmark = pytest.mark.django_db

FORMER, NUMBER, OTHER = "536-90-4398", "536-90-4399", "219-09-9999"
REGISTRATIONS = {
    "each": [
        {
            "needs": ["number"],
            "components": {"kind": {"constant": "SSN"}, "jurisdiction": {"constant": "US"}, "number": "ssn"},
        }
    ]
}


@pytest.fixture
def hub(db: None) -> None:
    """A father and a son, each with a number; the father's was another before, and a third is proposed."""
    a_hub()
    for name in ("crm", "erp"):
        document = mapping(name)
        document["attributes"]["tax_registrations"] = REGISTRATIONS
        put_mapping(SourceSystem.objects.get(name=name), document, actor=SYSTEM, at=NOON)
    receive("erp", a_person("E0", "Heinz Lachmann", "1950-04-01", ssn=FORMER))
    receive("erp", a_person("E0", "Heinz Lachmann", "1950-04-01", ssn=NUMBER))
    receive("crm", a_person("C0", "Heinz Lachmann", "1982-11-23", ssn=OTHER.replace("-", "")))
    receive("crm", {**a_person("C1", "Karol Gierat", "1982-11-23", ssn=OTHER), "date_of_birth": "yesterday"})
    proposed = [{"kind": "ssn", "jurisdiction": "US", "number": "078-05-1120"}]
    propose_change(golden("erp", "E0"), {"tax_registrations": proposed}, reason="", actor=STEWARD, at=NOON)


def _read(text: str) -> list[str]:
    """Which of the numbers stand in a text, in whatever form, also where tags mark parts of one."""
    text = re.sub(r"<[^>]*>", "", text)
    plain = "".join(sign for sign in text if sign.isalnum())
    return [n for n in (FORMER, NUMBER, OTHER, "078-05-1120") if n in text or n.replace("-", "") in plain]


PAGES: dict[str, Callable[[], str]] = {
    "golden": lambda: f"/golden/{golden('erp', 'E0').public_id}/",
    "golden of the other": lambda: f"/golden/{golden('crm', 'C0').public_id}/",
    "difference": lambda: f"/golden/{golden('erp', 'E0').public_id}/?from=1&to=2",
    "edit": lambda: f"/golden/{golden('erp', 'E0').public_id}/edit/",
    "compare": lambda: f"/reviews/{Task.objects.get(kind=TaskKind.MATCH_REVIEW).pk}/",
    "approval": lambda: f"/approvals/{ChangeRequest.objects.get().pk}/",
    "approvals": lambda: "/approvals/",
    "queue": lambda: "/queue/",
    "quarantine": lambda: f"/quarantine/{QuarantineEntry.objects.get().pk}/",
}
SILENT = {"edit", "approvals", "queue"}


def _text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_steward_reads_no_number_on_any_page_and_an_admin_does(hub: None, page: str) -> None:
    address = PAGES[page]()

    masked = _text(signed_in(Role.STEWARD), address)
    assert _read(masked) == []
    assert (SIGN in masked) is (page not in SILENT)
    assert (_read(_text(signed_in(Role.ADMIN), address)) == []) is (page in SILENT)


def test_numbers_that_are_masked_can_still_be_compared(hub: None) -> None:
    page = _text(signed_in(Role.STEWARD), PAGES["compare"]())

    assert masked_number(NUMBER) in page
    assert masked_number(OTHER) in page
    assert masked_number(NUMBER) == masked_number("US 536904399".removeprefix("US "))
    assert masked_number(NUMBER) != masked_number(OTHER)


def _addresses() -> Iterable[str]:
    record = golden("erp", "E0").public_id
    yield from (f"customers/{record}{part}" for part in ("", "/versions/1", "/lineage", "/diff?from=1&to=2"))
    yield from ("customers", "changes", "crosswalk/erp/customer/E0", "source-records/crm/customer/C0")
    yield from ("change-requests", f"change-requests/{ChangeRequest.objects.get().pk}")


def test_a_key_reads_no_number_without_the_scope(hub: None) -> None:
    scopes = ("customer:read", "source_record:read", "change_request:read")
    without, with_it = ApiClient(*scopes), ApiClient(*scopes, "national_id:read")
    for address in _addresses():
        if address == "changes":  # needs a sequencer, which runs elsewhere
            continue
        masked, plain = without.ask(address), with_it.ask(address)
        assert (masked.status_code, plain.status_code) == (200, 200), address
        assert _read(masked.content.decode()) == [], address
        assert SIGN in masked.content.decode(), address
        assert _read(plain.content.decode()) != [], address


@pytest.mark.parametrize("part", ["", "/lineage"])
def test_each_form_has_an_entity_tag_of_its_own_and_both_are_known_again(hub: None, part: str) -> None:
    address = f"customers/{golden('erp', 'E0').public_id}{part}"
    without, with_it = ApiClient("customer:read"), ApiClient("customer:read", "national_id:read")
    masked, plain = without.ask(address).headers["ETag"], with_it.ask(address).headers["ETag"]
    assert masked != plain
    assert not part or plain.strip('"') not in masked  # a hash of the whole would tell the number to who tries them all

    unchanged = without.ask(address, If_None_Match=masked)
    assert (unchanged.status_code, unchanged.headers["ETag"]) == (304, masked)
    assert with_it.ask(address, If_None_Match=plain).status_code == 304
    assert with_it.ask(address, If_None_Match=masked).status_code == 200


def test_a_masked_number_cannot_be_written_back(hub: None) -> None:
    record = golden("erp", "E0")
    client = ApiClient("customer:read", "change_request:write", "change_request:read")
    seen = client.ask(f"customers/{record.public_id}")
    values = {"tax_registrations": told(seen)["attributes"]["tax_registrations"]}

    answer = client.send(
        "change-requests",
        {"golden_id": record.public_id, "values": values, "reason": "As I saw it"},
        Idempotency_Key="1",
        If_Match=seen.headers["ETag"],
    )

    assert answer.status_code == 422
    assert [each["code"] for each in told(answer)["errors"]] == ["masked"]


@pytest.mark.parametrize("name", ["all.jsonl", "all.csv"])
def test_a_rehearsal_writes_no_number_into_its_file_unless_asked_to(hub: None, tmp_path: Path, name: str) -> None:
    number, out = str(_draft_another_owner()), tmp_path / name
    call_command("rehearse", "customer", number, "--out", str(out), "--json")
    assert _read(out.read_text()) == []
    assert SIGN in out.read_text() or "\\u2022" in out.read_text()

    call_command("rehearse", "customer", number, "--out", str(out), "--json", "--national-ids")
    assert _read(out.read_text()) != []


def _draft_another_owner() -> int:
    """Rules under which the numbers of the ERP do not count."""
    document = published_rules("customer").document.to_document()
    told = {**document["ownership"]["tax_registrations"], "owner": "crm", "contributors": [], "proposers": []}
    document["ownership"] = {**document["ownership"], "tax_registrations": told}
    return draft_rule_set("customer", document, model=None, actor=SYSTEM, at=NOON).number


DIGITS = st.text("0123456789", min_size=9, max_size=9)


@given(
    DIGITS,
    st.sampled_from(["{}", "US {}", "number {}.", '["ssn","us","{}"]', "ssn|US|{}"]),
    st.sampled_from(["", "-", " "]),
)
def test_a_number_is_found_wherever_and_however_it_is_written(digits: str, text: str, between: str) -> None:
    written = between.join((digits[:3], digits[3:5], digits[5:]))
    value: Any = {"items": [{"kind": "ssn", "number": digits}], "also": {text.format(written): text.format(written)}}

    masked = hidden(value)

    assert digits not in "".join(sign for sign in str(masked) if sign.isdigit() or sign == SIGN)
    with national_ids(shown=True):
        assert hidden(value) is value


@pytest.mark.parametrize("number", ["123", "٥٣٦٩٠٤٣٩٩", "PL 8001011234", 536904399])
def test_a_registration_shows_no_number_however_short_or_foreign(number: str | int) -> None:
    (masked,) = hidden([{"kind": "pesel", "jurisdiction": "PL", "number": number}])

    assert masked["number"].startswith(SIGN)
    assert hidden(masked) == masked


def test_a_number_is_found_without_the_prefix_that_its_registration_has() -> None:
    value = {"kind": "pesel", "jurisdiction": "PL", "number": "PL 80010112345", "payload": {"id": "800 101 12345"}}

    assert hidden(value)["payload"]["id"].startswith(SIGN)


def test_what_names_no_person_is_left_alone() -> None:
    value = {"tax_registrations": [{"kind": "vat", "number": "DE136695976"}], "phones": ["136695976"]}

    assert hidden(value) == value
    assert not may_hold_national_ids(b'{"kind":"vat"}')
    assert may_hold_national_ids(b'{"kind":"National ID"}')
