"""Law 4 for registers: what the hub verified outlives every load, claim, merge and part, whatever the order."""

from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.errors import AlreadyDecided, ContradictsDecision
from mdm.models import CrosswalkEntry, GoldenRecord, GoldenStatus, SourceSystem
from mdm.services import rebuild, surviving
from mdm.services.decisions import keep_apart, merge_pair
from mdm.services.systems import put_mapping
from mdm.services.tax_verification import verify_what_is_due
from mdm.tax.registrations import Registration, registration_of
from mdm.tax.verdicts import Outcome, Verdicts
from mdm.tax.verifiers import Answer
from tests.builders import STEWARD, Clock, customer_mapping, load, passing, source_record, the_same_customer
from tests.laws.universe import LAWS

KEYS = ("1", "2")
# The first two have right check digits, the third has not.
NUMBERS = ("DE136695976", "DE129274202", "DE100000001")
CLAIMS = ("", "verified", "invalid", "could_not_verify")
NAMED = {Outcome.VALID: "verified", Outcome.INVALID: "invalid"}

LOADS = st.tuples(
    st.just("load"),
    st.sampled_from(["crm", "erp"]),
    st.sampled_from(KEYS),
    st.sampled_from(NUMBERS),
    st.sampled_from(CLAIMS),
    st.booleans(),
)
ANSWERS = st.tuples(st.just("answer"), st.lists(st.sampled_from(Outcome), min_size=3, max_size=3))
STEPS = st.lists(LOADS | ANSWERS | st.tuples(st.just("merge")) | st.tuples(st.just("part")), min_size=2, max_size=9)
Step = tuple[Any, ...]


class Book:
    """A register that answers as the step says."""

    def __init__(self, answers: dict[str, Outcome]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Outcome]] = []

    def covers(self, registration: Registration) -> bool:
        return registration.kind == "vat"

    def verify(self, registration: Registration) -> Answer:
        outcome = self.answers[registration.number]
        self.asked.append((registration.number, outcome))
        return Answer(outcome, outcome.value.upper())


def _mapping(name: str) -> dict[str, Any]:
    components = {
        "kind": {"constant": "vat"},
        "jurisdiction": {"constant": "DE"},
        "number": "vat",
        "status": "claim",
    }
    return customer_mapping(name, tax_registrations={"each": [{"needs": ["number"], "components": components}]})


def _live_through(steps: list[Step]) -> None:
    """After every step each registration has the status of the last answer that could tell about its number."""
    with passing() as clock:
        for name in ("crm", "erp"):
            put_mapping(SourceSystem.objects.get(name=name), _mapping(name), actor=SYSTEM, at=clock())
        told: dict[str, str] = {}
        for step in steps:
            _take(step, told, clock)
            for record in GoldenRecord.objects.filter(status=GoldenStatus.ACTIVE):
                for item in record.document["attributes"].get("tax_registrations") or ():
                    assert item.get("status") == told.get(registration_of(item).number), step


def _take(step: Step, told: dict[str, str], clock: Clock) -> None:
    if step[0] == "load":
        _, system, key, number, claim, gone = step
        load(system, the_same_customer(key, vat=number, claim=claim or None, gone=gone or None), at=clock())
    elif step[0] == "answer":
        book = Book({number.removeprefix("DE"): outcome for number, outcome in zip(NUMBERS, step[1], strict=True)})
        verify_what_is_due(clock=clock, known={"book": book})
        for number, outcome in book.asked:
            if outcome in NAMED or number not in told:
                told[number] = NAMED.get(outcome, "could_not_verify")
    else:
        _decide(step[0], clock)


def _decide(what: str, clock: Clock) -> None:
    placed = [name for name in ("crm:1", "erp:1") if _is_placed(name)]
    if len(placed) < 2:
        return
    decide = merge_pair if what == "merge" else keep_apart
    with suppress(AlreadyDecided, ContradictsDecision):  # what was decided before outlives this step
        decide(*(source_record(name).pk for name in placed), actor=STEWARD, at=clock())


def _is_placed(name: str) -> bool:
    system, key = name.split(":")
    return CrosswalkEntry.objects.filter(
        unlinked_at=None, source_record__source_system__name=system, source_record__key=key
    ).exists()


def test_the_status_is_the_hubs_own_word_whatever_happens(hub: None) -> None:
    @LAWS
    @given(STEPS)
    def lived(steps: list[Step]) -> None:
        _live_through(steps)

    lived()


@pytest.mark.parametrize(
    ("module", "guard", "off"),
    [
        (surviving, "without_claims", lambda _name, value: value),
        (rebuild, "verdicts_of", lambda *_: Verdicts()),
    ],
)
def test_negative_control_without_the_guard_a_claim_is_believed_or_an_answer_forgotten(
    hub: None, monkeypatch: pytest.MonkeyPatch, module: ModuleType, guard: str, off: Callable[..., Any]
) -> None:
    monkeypatch.setattr(module, guard, off)
    steps: list[Step] = [
        ("load", "erp", "1", NUMBERS[0], "verified", False),
        ("answer", [Outcome.INVALID, Outcome.VALID, Outcome.VALID]),
    ]

    with pytest.raises(AssertionError):
        _live_through(steps)
