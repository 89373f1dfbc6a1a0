"""Verification end to end: asked when due, kept as evidence, seen in the golden record, never undone by a load."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from mdm.actors import SYSTEM
from mdm.entity_types.customer import TaxRegistration
from mdm.errors import NotFound, StateConflict
from mdm.models import AuditEntry, CandidatePair, GoldenVersion, SourceSystem, TaxVerification
from mdm.selectors.golden import versions_of
from mdm.services.decisions import merge_pair
from mdm.services.erasure import erase_golden_record
from mdm.services.systems import put_mapping
from mdm.services.tax_verification import verify_registration, verify_what_is_due, wait_after
from mdm.tax.registrations import Registration
from mdm.tax.verdicts import Outcome
from mdm.tax.verifiers import Answer, Spread
from tests.builders import (
    STEWARD,
    Clock,
    a_customer,
    a_hub,
    customer_mapping,
    golden_of,
    load,
    source_record,
    the_same_customer,
    together,
)
from tests.everywhere import found_in_tables

pytestmark = pytest.mark.django_db

YES = Answer(Outcome.VALID, "VALID", "WAPI-1", name="Nordlicht Handel GmbH", address="Hafenstr. 12, Hamburg")
NO = Answer(Outcome.INVALID, "INVALID")
DOWN = Answer(Outcome.COULD_NOT_TELL, "MS_UNAVAILABLE", spread=Spread.JURISDICTION)
BUSY = Answer(Outcome.COULD_NOT_TELL, "GLOBAL_MAX_CONCURRENT_REQ", spread=Spread.SERVICE)
REFUSED = Answer(Outcome.COULD_NOT_TELL, "INVALID_INPUT", spread=Spread.NEVER)
VAT = "DE136695976"
OTHER_VAT = "DE129274202"


@dataclass
class Book:
    """A register of our own: it answers what it is told to, a no to everything else."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def covers(self, registration: Registration) -> bool:
        return registration.kind == "vat"

    def verify(self, registration: Registration) -> Answer:
        said = f"{registration.jurisdiction}{registration.number}"
        self.asked.append(said)
        return self.answers.get(said, NO)


def _with_status(name: str) -> dict[str, Any]:
    """The mapping of a system that claims to have verified numbers itself."""
    components = {
        "kind": {"constant": "vat"},
        "jurisdiction": {"constant": "DE"},
        "number": "vat",
        "status": "vat_status",
    }
    return customer_mapping(name, tax_registrations={"each": [{"needs": ["number"], "components": components}]})


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    a_hub()
    for name in ("crm", "erp"):
        put_mapping(SourceSystem.objects.get(name=name), _with_status(name), actor=SYSTEM, at=clock())
    return clock


def _due(clock: Clock, book: Book) -> int:
    return verify_what_is_due(clock=clock, known={"book": book})


def _status(name: str = "erp:1") -> str | None:
    (registration,) = golden_of(name).document["attributes"]["tax_registrations"]
    status: str | None = registration.get("status")
    return status


def test_a_source_that_says_verified_is_no_evidence(clock: Clock) -> None:
    load("erp", the_same_customer("1", vat_status="verified"), at=clock())

    assert _status() is None
    assert source_record("erp:1").accepted["tax_registrations"][0]["status"] == "verified"


@pytest.mark.parametrize(
    ("answer", "status"),
    [(YES, "verified"), (NO, "invalid"), (DOWN, "could_not_verify"), (REFUSED, "could_not_verify")],
)
def test_an_answer_becomes_the_status_of_a_new_version(clock: Clock, answer: Answer, status: str) -> None:
    load("erp", the_same_customer("1"), at=clock())

    assert _due(clock, Book({VAT: answer})) == 1

    assert _status() == status
    assert TaxRegistration.objects.get().status == status
    newest = versions_of(golden_of("erp:1"))[0]
    assert (newest.version, newest.history_change_reason) == (2, "A tax registration was verified")


def test_the_verdict_outlives_loads_merges_and_what_sources_claim(clock: Clock) -> None:
    load("erp", the_same_customer("1"), at=clock())
    _due(clock, Book({VAT: YES}))

    load("erp", the_same_customer("1", name="Nordlicht Handel AG", vat_status="invalid"), at=clock())
    assert _status() == "verified"
    load("crm", a_customer("2", name="Somebody else", city="Trier"), at=clock())
    left, right = source_record("erp:1").pk, source_record("crm:2").pk
    merge_pair(left, right, actor=STEWARD, at=clock())
    assert _status("crm:2") == "verified"
    load("erp", the_same_customer("1", gone=True), at=clock())
    load("erp", the_same_customer("1", vat="de 136 695 976"), at=clock())
    assert _status() == "verified"


def test_a_register_that_cannot_tell_leaves_what_it_told_before(clock: Clock) -> None:
    load("erp", the_same_customer("1"), at=clock())
    _due(clock, Book({VAT: YES}))
    clock.now += timedelta(days=91)
    versions = GoldenVersion.objects.count()

    assert _due(clock, Book({VAT: DOWN})) == 1

    assert _status() == "verified"
    assert GoldenVersion.objects.count() == versions
    assert [each.outcome for each in TaxVerification.objects.order_by("pk")] == ["valid", "could_not_tell"]


def test_a_number_is_asked_about_again_when_it_changed_or_after_ninety_days(clock: Clock) -> None:
    load("erp", the_same_customer("1"), at=clock())
    book = Book({VAT: YES, OTHER_VAT: YES})
    assert [_due(clock, book), _due(clock, book)] == [1, 0]

    load("erp", the_same_customer("1", vat=OTHER_VAT), at=clock())
    assert _status() is None
    assert _due(clock, book) == 1
    clock.now += timedelta(days=89)
    assert _due(clock, book) == 0
    clock.now += timedelta(days=1)
    assert _due(clock, book) == 1
    assert book.asked == [VAT, OTHER_VAT, OTHER_VAT]


def test_what_could_not_tell_is_tried_again_after_waits_that_grow(clock: Clock) -> None:
    load("erp", the_same_customer("1"), at=clock())
    book = Book({VAT: DOWN})
    tries = [minute for minute in range(40) if _due(clock, book)]

    gaps = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert len(tries) > 3
    assert gaps == sorted(gaps)
    assert gaps[-1] >= 4


@pytest.mark.parametrize("failures", [1, 2, 5, 30])
def test_a_wait_is_spread_over_the_upper_half_of_its_bound(failures: int) -> None:
    bound = min(timedelta(minutes=1) * 2 ** (failures - 1), timedelta(hours=12))
    waits = [wait_after(failures, key=bytes([each] * 32)) for each in range(200)]

    assert all(bound / 2 <= wait <= bound for wait in waits)
    assert len(set(waits)) > 190


def test_a_number_that_the_register_will_not_take_is_not_tried_again_and_again(clock: Clock) -> None:
    load("erp", the_same_customer("1"), at=clock())
    book = Book({VAT: REFUSED})
    _due(clock, book)
    clock.now += timedelta(days=30)

    assert _due(clock, book) == 0


def test_who_is_down_is_left_alone_for_the_rest_of_the_run(clock: Clock) -> None:
    load("erp", *(a_customer(str(each), vat=f"{each}00000000") for each in range(1, 5)), at=clock())

    assert _due(clock, Book({f"DE{each}00000000": DOWN for each in range(1, 5)})) == 1
    clock.now += timedelta(hours=1)
    assert _due(clock, Book({"DE300000000": BUSY})) == 2


def test_what_carries_the_same_number_has_the_same_verdict(clock: Clock) -> None:
    load("erp", the_same_customer("1"), at=clock())
    _due(clock, Book({VAT: YES}))
    load("crm", a_customer("9", vat="136695976", city="Trier", postcode="54290"), at=clock())

    assert _status("crm:9") == "verified"
    assert TaxVerification.objects.count() == 1


def test_who_got_the_number_in_the_moment_of_the_answer_follows_with_the_next_run(clock: Clock) -> None:
    load("erp", the_same_customer("1"), at=clock())
    row = TaxRegistration.objects.get()
    # The answer as another worker keeps it while this golden record, not committed yet, is unseen.
    TaxVerification.objects.create(
        number_key=row.number_key,
        kind="vat",
        jurisdiction="DE",
        verifier="book",
        outcome="valid",
        code="VALID",
        checked_at=clock(),
        asked_by="system",
    )
    assert _status() is None

    assert _due(clock, Book()) == 0

    assert _status() == "verified"


def test_a_steward_asks_at_any_time_and_the_audit_tells_who_did(clock: Clock) -> None:
    load("erp", the_same_customer("1"), at=clock())
    _due(clock, Book({VAT: YES}))

    row = verify_registration(
        TaxRegistration.objects.get().pk, actor=STEWARD, clock=clock, known={"book": Book({VAT: NO})}
    )

    assert (row.outcome, row.asked_by, _status()) == ("invalid", "steward", "invalid")
    entry = AuditEntry.objects.filter(action="tax_registration.verified").latest("pk")
    assert (entry.actor, entry.why) == ("steward", "book said INVALID of a vat registration in DE")


def test_what_cannot_be_asked_about_is_told(clock: Clock) -> None:
    load("erp", the_same_customer("1"), at=clock())
    registration = TaxRegistration.objects.get().pk

    with pytest.raises(StateConflict):
        verify_registration(registration, actor=STEWARD, clock=clock, known={})
    with pytest.raises(NotFound):
        verify_registration(registration + 1, actor=STEWARD, clock=clock, known={})
    assert verify_what_is_due(clock=clock, known={}) == 0


def test_evidence_is_only_added_to(clock: Clock) -> None:
    load("erp", the_same_customer("1"), at=clock())
    _due(clock, Book({VAT: YES}))

    for statement in ("UPDATE mdm_taxverification SET outcome = 'invalid'", "DELETE FROM mdm_taxverification"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


# Numbers that fail their check digits: nothing but the verification tells that these are two taxpayers.
TWO = ("100000001", "200000003")
BOTH = Book({f"DE{number}": Answer(Outcome.VALID, "VALID") for number in TWO})


def _two_alike(clock: Clock) -> None:
    load("erp", the_same_customer("1", vat=TWO[0]), at=clock())
    load("crm", the_same_customer("2", vat=TWO[1]), at=clock())


def test_two_ids_that_nobody_verified_may_belong_to_one_customer(clock: Clock) -> None:
    _two_alike(clock)

    assert together(["erp:1", "crm:2"])


def test_two_verified_ids_of_one_jurisdiction_forbid_a_link(clock: Clock) -> None:
    load("erp", a_customer("8", vat=TWO[0]), a_customer("9", vat=TWO[1]), at=clock())
    assert _due(clock, BOTH) == 2

    _two_alike(clock)

    assert not together(["erp:1", "crm:2"])
    pair = CandidatePair.objects.get(left=source_record("erp:1"), right=source_record("crm:2"))
    assert (pair.vetoed, pair.explanation["vetoes"]) == (True, ["verified_tax_ids_differ"])


def test_ids_that_are_verified_later_part_what_was_linked(clock: Clock, settings: Any) -> None:
    settings.ASSAY_AUTO_REPARTITION = "auto"
    load("erp", a_customer("9", vat=TWO[1]), at=clock())
    _two_alike(clock)
    assert together(["erp:1", "crm:2"])

    assert _due(clock, BOTH) == 2

    assert not together(["erp:1", "crm:2"])


def test_a_steward_may_join_what_verified_ids_keep_apart(clock: Clock) -> None:
    load("erp", a_customer("8", vat=TWO[0]), a_customer("9", vat=TWO[1]), at=clock())
    _due(clock, BOTH)
    _two_alike(clock)

    merge_pair(source_record("erp:1").pk, source_record("crm:2").pk, actor=STEWARD, at=clock())
    load("erp", the_same_customer("1", vat=TWO[0], website="https://neu.example"), at=clock())

    assert together(["erp:1", "crm:2"])


def test_an_erased_person_leaves_neither_number_nor_name_in_the_evidence(clock: Clock) -> None:
    person = a_customer("1", kind="person", name="Jonte Quappenheim", vat=VAT)
    load("erp", person, at=clock())
    answer = Answer(Outcome.VALID, "VALID", "WAPI-1", name="Jonte Quappenheim", address="Eulenpfad 77")
    _due(clock, Book({VAT: answer}))
    assert found_in_tables(["Eulenpfad 77"])

    erase_golden_record(golden_of("erp:1").public_id, reason="Case 4", actor=STEWARD, at=clock())

    assert found_in_tables(["Eulenpfad 77", "Jonte Quappenheim", "136695976"]) == set()
    assert TaxVerification.objects.get().consultation_number == "WAPI-1"
