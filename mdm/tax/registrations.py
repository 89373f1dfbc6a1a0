"""Tax registrations: the one form in which numbers are compared, their check digits, and which name a person."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import stdnum
from stdnum.exceptions import ValidationError

from matching.standardize.text import standardize_code
from mdm.entity_types.base import JsonValue
from mdm.tax.jurisdictions import jurisdiction_code

VAT = "vat"
# Kinds whose number a natural person has for life, by the names of python-stdnum where it knows them. Numbers that a
# sole trader has for the business (VAT, EIN) are told to others by law and are no secret.
_NATIONAL = (
    "aadhaar atin bsn cnp codicefiscale cpf cpr curp dni egn emso fodselsnummer hetu idnr insz isikukood itin jmbg"
    " national_id nie nif nino nir passport personnummer pesel rc sin ssin ssn steuer_id"
)
NATIONAL_IDS = frozenset(_NATIONAL.split())


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration in its one form: kind in lower case, jurisdiction as a code, number without its prefix."""

    kind: str
    jurisdiction: str
    number: str

    @property
    def country(self) -> str:
        """The country that the jurisdiction is or lies in; `EU` for the union's own schemes."""
        return self.jurisdiction.partition("-")[0]

    def key(self, secret: bytes) -> bytes:
        """HMAC-SHA256 that stands for the registration where its number may not, saying nothing without the secret."""
        said = f"{self.kind}\n{self.jurisdiction}\n{self.number}"
        return hmac.digest(secret, said.encode(), hashlib.sha256)


def registration_of(item: Mapping[str, JsonValue]) -> Registration:
    """An item of `tax_registrations` in its one form."""
    return standard_registration(str(item["kind"]), str(item["jurisdiction"]), str(item["number"]))


@lru_cache(maxsize=20_000)
def standard_registration(kind: str, jurisdiction: str, number: str) -> Registration:
    """The one form of a registration, however it is written. A number of nothing but signs stays as it is written."""
    where = jurisdiction_code(jurisdiction)
    code = standardize_code(number)
    for prefix in _prefixes(where):
        if code.startswith(prefix) and len(code) > len(prefix):
            code = code.removeprefix(prefix)
            break
    return Registration(kind.strip().casefold(), where, code or number.strip())


def _prefixes(jurisdiction: str) -> tuple[str, ...]:
    """What authorities write before a number of that jurisdiction."""
    country = jurisdiction.partition("-")[0]
    return {"GR": ("EL", "GR"), "GB": ("XI", "GB")}.get(country, (country,))


def names_a_person(kind: str) -> bool:
    """Whether a number of that kind is a person's national id."""
    return kind.strip().casefold().replace("-", "_").replace(" ", "_") in NATIONAL_IDS


@lru_cache(maxsize=20_000)
def has_check_digits(registration: Registration) -> bool | None:
    """Whether python-stdnum accepts the number for its country and kind; None where it knows no such number."""
    known = _module(registration.country, registration.kind)
    if known is None:
        return None
    for candidate in (registration.number, *(p + registration.number for p in _prefixes(registration.jurisdiction))):
        try:
            known.validate(candidate)
        except ValidationError:
            continue
        return True
    return False


@lru_cache(maxsize=500)
def _module(country: str, kind: str) -> Any:  # python-stdnum hands out untyped modules
    if not (country.isalpha() and kind.isidentifier()):
        return None
    try:
        found = stdnum.get_cc_module(country.lower(), kind)
    except ImportError:
        return None
    return found if hasattr(found, "validate") else None
