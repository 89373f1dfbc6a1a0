"""VIES, the European Commission's register of VAT numbers, over its REST service."""

import json
import re
import ssl
from collections.abc import Mapping
from functools import cache
from time import monotonic
from typing import Any

import httpx

from mdm.tax.jurisdictions import EU_MEMBERS, jurisdiction_code
from mdm.tax.registrations import VAT, Registration, standard_registration
from mdm.tax.verdicts import Outcome
from mdm.tax.verifiers.base import Answer, Configured, Spread, Verifier, verifiers

# Some member states answer within a quarter of a minute on a good day.
TIMEOUT = httpx.Timeout(30, connect=5)
LARGEST_ANSWER, MOST_SECONDS = 100_000, 60
# What it says beside `valid` when it did look; any other word there means that it could not.
_LOOKED = frozenset({"", "VALID", "INVALID"})
_UNDISCLOSED = "---"
_CODE = re.compile(r"[A-Z][A-Z_]{2,59}")
_SPREAD = {
    "INVALID_INPUT": Spread.NEVER,
    "MS_UNAVAILABLE": Spread.JURISDICTION,
    "MS_MAX_CONCURRENT_REQ": Spread.JURISDICTION,
    "MS_MAX_CONCURRENT_REQ_TIME": Spread.JURISDICTION,
    "TIMEOUT": Spread.JURISDICTION,
    "GLOBAL_MAX_CONCURRENT_REQ": Spread.SERVICE,
    "GLOBAL_MAX_CONCURRENT_REQ_TIME": Spread.SERVICE,
    "SERVICE_UNAVAILABLE": Spread.SERVICE,
    "INVALID_REQUESTER_INFO": Spread.SERVICE,
    "VAT_BLOCKED": Spread.SERVICE,
    "IP_BLOCKED": Spread.SERVICE,
}


@verifiers.register("vies")
def vies(configured: Configured) -> Verifier | None:
    """Asked only where its address is configured."""
    if not configured.vies_url:
        return None
    return Vies(configured.vies_url, own_vat_number=configured.own_vat_number)


class Vies:
    """Asks `check-vat-number`. With the hub's own VAT number each answer has a consultation number, which proves it."""

    def __init__(self, url: str, *, own_vat_number: str = "") -> None:
        self._url = f"{url.rstrip('/')}/check-vat-number"
        self._requester = _requester(own_vat_number)

    def covers(self, registration: Registration) -> bool:
        """VAT numbers of member states and of Northern Ireland."""
        return registration.kind == VAT and _state_of(registration) is not None

    def verify(self, registration: Registration) -> Answer:
        """One call; whatever is not a plain yes or no about this very number could not tell."""
        asked = {"countryCode": _state_of(registration), "vatNumber": registration.number}
        try:
            with (
                httpx.Client(timeout=TIMEOUT, verify=_trust()) as http,
                http.stream("POST", self._url, json={**asked, **self._requester}) as reply,
            ):
                body = _body(reply)
        except httpx.TimeoutException:
            return _unable("TIMEOUT")
        except httpx.HTTPError:
            return _unable("SERVICE_UNAVAILABLE")
        try:
            said = json.loads(body)
        except ValueError:
            return _unable("UNREADABLE_ANSWER" if reply.is_success else "SERVICE_UNAVAILABLE", Spread.SERVICE)
        return _answer(said if isinstance(said, Mapping) else {}, asked, is_success=reply.is_success)


def _body(reply: httpx.Response) -> bytes:
    """The body; as much of it as an answer may have, and as came in time, where there is more."""
    body, ends_at = b"", monotonic() + MOST_SECONDS
    for part in reply.iter_bytes():
        body += part
        if len(body) > LARGEST_ANSWER or monotonic() > ends_at:
            break
    return body[:LARGEST_ANSWER]


def _answer(said: Mapping[str, Any], asked: Mapping[str, Any], *, is_success: bool) -> Answer:
    error = _error_in(said)
    if error or not is_success:
        return _unable(error or "SERVICE_UNAVAILABLE")
    if any(str(said.get(name, "")).upper() != value for name, value in asked.items()):
        return _unable("OTHER_NUMBER_ANSWERED")
    if not isinstance(said.get("valid"), bool):
        return _unable("UNREADABLE_ANSWER")
    return Answer(
        Outcome.VALID if said["valid"] else Outcome.INVALID,
        "VALID" if said["valid"] else "INVALID",
        consultation_number=_text(said, "requestIdentifier", 60),
        name=_text(said, "name", 300),
        address=_text(said, "address", 600),
    )


def _error_in(said: Mapping[str, Any]) -> str:
    """Its word for why it could not look, in either of the two places where it puts one; "" where there is none."""
    wrappers = said.get("errorWrappers")
    if said.get("actionSucceed") is False or wrappers:
        first = wrappers[0] if isinstance(wrappers, list) and wrappers and isinstance(wrappers[0], Mapping) else {}
        return _code(first.get("error"))
    word = str(said.get("userError") or "")
    return "" if word in _LOOKED else _code(word)


def _code(word: object) -> str:
    return word if isinstance(word, str) and _CODE.fullmatch(word) else "UNREADABLE_ANSWER"


def _unable(code: str, spread: Spread | None = None) -> Answer:
    return Answer(Outcome.COULD_NOT_TELL, code, spread=spread or _SPREAD.get(code, Spread.NUMBER))


def _text(said: Mapping[str, Any], name: str, longest: int) -> str:
    text = said.get(name)
    plain = " ".join(text.replace("\0", "").split()) if isinstance(text, str) else ""
    return "" if plain == _UNDISCLOSED else plain[:longest]


def _state_of(registration: Registration) -> str | None:
    """The code that VIES has for the member state; None for one that it does not know."""
    if registration.jurisdiction == "GB-NIR":
        return "XI"
    if registration.jurisdiction not in EU_MEMBERS:
        return None
    return {"GR": "EL"}.get(registration.jurisdiction, registration.jurisdiction)


def _requester(own_vat_number: str) -> dict[str, str]:
    if not own_vat_number:
        return {}
    own = standard_registration(VAT, jurisdiction_code(own_vat_number[:2]), own_vat_number)
    return {"requesterMemberStateCode": _state_of(own) or own_vat_number[:2].upper(), "requesterNumber": own.number}


@cache
def _trust() -> ssl.SSLContext:
    """Read once a process: loading the certificates costs more than a call."""
    return httpx.create_ssl_context()
