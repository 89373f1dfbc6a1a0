"""Numbers that carry a check digit, which a slip of the hand does not survive."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from stdnum import ean, iban, lei
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from mdm.entity_types.base import JsonValue
from mdm.rules.checks.base import Beside, checks
from mdm.rules.quality_rules import QualityRule
from mdm.tax.registrations import has_check_digits, registration_of


class _Scheme(Protocol):
    def validate(self, number: str) -> str: ...


class _Gln:
    """A location number is an EAN of 13 digits; the shorter ones are of products."""

    @staticmethod
    def validate(number: str) -> str:
        compact: str = ean.validate(number)
        if len(compact) != len("4012345000009"):
            raise ValidationError
        return compact


# A D-U-N-S number has none any more: Dun & Bradstreet gave its check digit up in 2006.
_SCHEMES: Mapping[str, _Scheme] = {"ean": ean, "gln": _Gln(), "gtin": ean, "iban": iban, "lei": lei, "vat": eu_vat}
TAX = "tax"  # each registration by its own kind and jurisdiction
SCHEMES = (*_SCHEMES, TAX)


@checks.register("check_digit")
def check_digit(rule: QualityRule, value: JsonValue, _beside: Beside) -> bool:
    """The number is one of its scheme; a registration whose kind nobody knows check digits of passes."""
    if rule.scheme == TAX:
        return not isinstance(value, Mapping) or has_check_digits(registration_of(value)) is not False
    return _is_valid(rule.scheme or "vat", str(value))


@lru_cache(maxsize=4096)  # one golden record asks of one number several times: of each candidate, item and document
def _is_valid(scheme: str, number: str) -> bool:
    try:
        _SCHEMES[scheme].validate(number)
    except ValidationError:
        return False
    return True


def vat_text(registration: Mapping[str, JsonValue]) -> str | None:
    """A registration as a VAT number with its country; None for one that this check can say nothing about."""
    country, number = str(registration.get("jurisdiction") or ""), str(registration.get("number") or "")
    # Greece files under EL; only member states have a check digit that stdnum knows by country.
    prefix = "EL" if country == "GR" else country
    states = eu_vat.MEMBER_STATES | {"el"}
    if str(registration.get("kind") or "").casefold() != "vat" or prefix.casefold() not in states:
        return None
    return number if number.upper().startswith(prefix) else prefix + number
