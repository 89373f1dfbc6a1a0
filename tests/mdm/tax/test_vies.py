"""The client of VIES against the double: every answer that the real service is known to give comes to one outcome."""

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.tax.registrations import Registration, standard_registration
from mdm.tax.verdicts import Outcome
from mdm.tax.verifiers import Answer, Configured, Spread, verifiers
from mdm.tax.verifiers.vies import Vies, _answer
from tests.vies import ERRORS, PATH, Register, vies_double

OWN = "DE136695976"


@pytest.fixture
def register() -> Iterator[Register]:
    with vies_double() as register:
        register.requesters.add(("DE", "136695976"))
        yield register


def _ask(register: Register, number: str, country: str = "FR", *, own: str = OWN) -> Answer:
    return Vies(register.url, own_vat_number=own).verify(standard_registration("vat", country, number))


def test_a_valid_number_has_a_consultation_number_and_whom_the_register_has(register: Register) -> None:
    register.traders["FR", "40303265045"] = ("SA SODIMAS", "RUE MESSIDOR\n01100 OYONNAX")

    answer = _ask(register, "FR 40 303 265 045")

    assert answer == Answer(
        Outcome.VALID, "VALID", "WAPIAAAA00000001", name="SA SODIMAS", address="RUE MESSIDOR 01100 OYONNAX"
    )
    assert register.asked == [
        {
            "countryCode": "FR",
            "vatNumber": "40303265045",
            "requesterMemberStateCode": "DE",
            "requesterNumber": "136695976",
        }
    ]


def test_a_no_is_an_answer(register: Register) -> None:
    assert _ask(register, "200") == Answer(Outcome.INVALID, "INVALID")


def test_without_a_number_of_its_own_the_hub_gets_no_consultation_number(register: Register) -> None:
    answer = _ask(register, "100", own="")

    assert (answer.outcome, answer.consultation_number) == (Outcome.VALID, "")
    assert register.asked == [{"countryCode": "FR", "vatNumber": "100"}]


@pytest.mark.parametrize(("number", "code"), sorted(ERRORS.items()))
def test_no_error_of_the_service_is_an_answer_about_the_number(register: Register, number: str, code: str) -> None:
    answer = _ask(register, number)

    assert (answer.outcome, answer.code) == (Outcome.COULD_NOT_TELL, code)


def test_how_far_an_error_reaches_follows_from_its_word(register: Register) -> None:
    reach = {code: _ask(register, number).spread for number, code in ERRORS.items()}

    assert reach["INVALID_INPUT"] is Spread.NEVER
    assert {code for code, spread in reach.items() if spread is Spread.JURISDICTION} == {
        "MS_UNAVAILABLE",
        "TIMEOUT",
        "MS_MAX_CONCURRENT_REQ",
        "MS_MAX_CONCURRENT_REQ_TIME",
    }
    assert reach["GLOBAL_MAX_CONCURRENT_REQ"] is Spread.SERVICE


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ({"countryCode": "FR", "vatNumber": "12", "valid": False, "userError": "MS_UNAVAILABLE"}, "MS_UNAVAILABLE"),
        ({"countryCode": "FR", "vatNumber": "13", "valid": True}, "OTHER_NUMBER_ANSWERED"),
        ({"countryCode": "FR", "vatNumber": "12"}, "UNREADABLE_ANSWER"),
        ({"countryCode": "FR", "vatNumber": "12", "valid": "false"}, "UNREADABLE_ANSWER"),
        ({"actionSucceed": False}, "UNREADABLE_ANSWER"),
        ({"actionSucceed": False, "errorWrappers": [{"error": "<script>"}]}, "UNREADABLE_ANSWER"),
        ([], "OTHER_NUMBER_ANSWERED"),
        (b"<html>maintenance</html>", "UNREADABLE_ANSWER"),
        (b"[" + b" " * 200_000 + b"]", "UNREADABLE_ANSWER"),
    ],
)
def test_what_is_not_plainly_about_the_number_could_not_tell(register: Register, says: Any, code: str) -> None:
    register.says = says

    answer = _ask(register, "12")

    assert (answer.outcome, answer.code) == (Outcome.COULD_NOT_TELL, code)


def test_a_service_that_is_not_there_could_not_tell() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        answer = Vies(f"http://127.0.0.1:{free.getsockname()[1]}").verify(Registration("vat", "FR", "12"))

    assert (answer.outcome, answer.spread) == (Outcome.COULD_NOT_TELL, Spread.SERVICE)


def test_greece_and_northern_ireland_have_codes_of_their_own(register: Register) -> None:
    client = Vies(register.url)
    for country, number in (("GR", "EL094259216"), ("XI", "XI110305878"), ("GB-NIR", "110305878")):
        client.verify(standard_registration("vat", country, number))

    assert [(each["countryCode"], each["vatNumber"]) for each in register.asked] == [
        ("EL", "094259216"),
        ("XI", "110305878"),
        ("XI", "110305878"),
    ]


@pytest.mark.parametrize(
    ("kind", "jurisdiction", "covered"),
    [("VAT", "de", True), ("vat", "GB", False), ("vat", "CH", False), ("vat", "DE-BY", False), ("ssn", "US", False)],
)
def test_only_vat_numbers_of_member_states_are_its_business(kind: str, jurisdiction: str, covered: bool) -> None:
    assert Vies("http://127.0.0.1:1").covers(standard_registration(kind, jurisdiction, "1234")) is covered


def test_nothing_is_asked_unless_an_address_is_configured() -> None:
    assert verifiers.get("vies")(Configured()) is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", PATH, None, 405),
        ("POST", "/rest-api/other", {}, 404),
        ("POST", PATH, {"countryCode": "FR", "vatNumber": "12", "extra": 1}, 400),
        ("POST", PATH, {"countryCode": "GR", "vatNumber": "12"}, 400),
        ("POST", PATH, {"countryCode": "FR", "vatNumber": "FR12"}, 400),
        ("POST", PATH, {"countryCode": "FR", "vatNumber": "12 34"}, 400),
        ("POST", PATH, {"countryCode": "FR", "vatNumber": "12", "requesterNumber": "136695976"}, 400),
    ],
)
def test_the_double_refuses_what_the_service_refuses(
    register: Register, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    address = register.url.removesuffix("/rest-api") + path
    assert httpx.request(method, address, json=body).status_code == status


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "countryCode": st.sampled_from(["FR", "DE", None]),
        "vatNumber": st.sampled_from(["12", "13", 12]),
        "valid": st.sampled_from([True, False, "false", None, 0]),
        "userError": st.sampled_from(["", "VALID", "INVALID", "MS_UNAVAILABLE", "invalid", None, 0]),
        "actionSucceed": st.booleans(),
        "errorWrappers": st.sampled_from([[], [{}], [{"error": "TIMEOUT"}], [{"error": None}], "TIMEOUT"]),
    },
)


@given(ANSWERS, st.booleans())
def test_only_an_outright_no_about_the_number_is_a_no(said: dict[str, Any], is_success: bool) -> None:
    answer = _answer(said, {"countryCode": "FR", "vatNumber": "12"}, is_success=is_success)

    outright = (
        is_success
        and said.get("valid") is False
        and (said.get("countryCode"), str(said.get("vatNumber"))) == ("FR", "12")
        and said.get("userError") in (None, "", "VALID", "INVALID", 0)
        and said.get("actionSucceed") is not False
        and not said.get("errorWrappers")
    )
    assert (answer.outcome is Outcome.INVALID) == outright
