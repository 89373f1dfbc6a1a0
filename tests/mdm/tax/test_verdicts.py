"""What verifications come to: a no only after a no, and nothing that a source claims."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.tax.registrations import has_check_digits, names_a_person, standard_registration
from mdm.tax.verdicts import Outcome, Status, Verdicts, standing, without_claims

START = datetime(2026, 3, 2, tzinfo=UTC)
Answers = list[tuple[datetime, int, Outcome]]
Stand = Callable[[Iterable[tuple[datetime, int, Outcome]]], Status | None]
ANSWERS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(Outcome)), max_size=8).map(
    lambda told: [(START + timedelta(days=day), number, outcome) for number, (day, outcome) in enumerate(told)]
)


def _keeps_to_what_was_told(stand: Stand, answers: Answers) -> None:
    """A no or a yes only where the last register that could tell said so; silence changes neither."""
    told = [outcome for _, _, outcome in sorted(answers) if outcome is not Outcome.COULD_NOT_TELL]
    expected = {Outcome.VALID: Status.VERIFIED, Outcome.INVALID: Status.INVALID}
    if told:
        assert stand(answers) is expected[told[-1]]
    else:
        assert stand(answers) is (Status.COULD_NOT_VERIFY if answers else None)


@given(ANSWERS)
def test_that_nobody_could_tell_is_never_a_no(answers: Answers) -> None:
    _keeps_to_what_was_told(standing, answers)


@given(ANSWERS, st.randoms())
def test_the_order_in_which_answers_are_read_does_not_matter(answers: Answers, random: Random) -> None:
    assert standing(random.sample(answers, len(answers))) == standing(answers)


def test_the_law_notices_a_last_answer_that_wipes_out_the_former() -> None:
    """The negative control: the last answer counts, whatever it is."""

    def last(answers: Iterable[tuple[datetime, int, Outcome]]) -> Status | None:
        return standing(sorted(answers)[-1:])

    @given(ANSWERS)
    def compared(answers: Answers) -> None:
        _keeps_to_what_was_told(last, answers)

    with pytest.raises(AssertionError):
        compared()


def test_a_claimed_status_gives_way_to_what_the_hub_found() -> None:
    told = [
        {"kind": "vat", "jurisdiction": "DE", "number": "DE136695976", "status": "verified"},
        {"kind": "vat", "jurisdiction": "FR", "number": "40303265045", "status": "invalid"},
    ]
    key = standard_registration("VAT", "de", "136 695 976").key(b"secret")

    bare = without_claims("tax_registrations", told)
    completed = Verdicts(b"secret", {key: Status.INVALID}).complete("tax_registrations", bare)

    assert [item.get("status") for item in completed] == ["invalid", None]
    assert all("status" not in item for item in bare)
    assert without_claims("identifiers", told) is told


@pytest.mark.parametrize(
    ("kind", "jurisdiction", "number", "answer"),
    [
        ("vat", "DE", "DE136695976", True),
        ("vat", "DE", "136695977", False),
        ("vat", "GR", "EL094259216", True),
        ("vat", "CH", "CHE-107.787.577 IVA", True),
        ("ssn", "US", "536-90-4399", True),
        ("ssn", "US", "000-12-3456", False),
        ("ein", "US", "91-1144442", True),
        ("resale", "US-TX", "whatever", None),
        ("__class__", "US", "1", None),
    ],
)
def test_a_check_digit_is_asked_of_whoever_knows_the_kind(
    kind: str, jurisdiction: str, number: str, answer: bool | None
) -> None:
    assert has_check_digits(standard_registration(kind, jurisdiction, number)) is answer


def test_the_kinds_of_a_persons_number_are_known() -> None:
    assert [kind for kind in ("SSN", "vat", "National ID", "ein", "pesel") if names_a_person(kind)] == [
        "SSN",
        "National ID",
        "pesel",
    ]
