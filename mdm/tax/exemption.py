"""Whether a customer is exempt from tax in a jurisdiction on a day: derived from certificates, never typed. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from mdm.entity_types.base import JsonValue
from mdm.tax.jurisdictions import enclosing, jurisdiction_code

WHOLE = Decimal(100)
# A certificate whose system keeps no status was accepted by having been entered.
LIVE = frozenset({"", "active", "verified"})


class Exemption(StrEnum):
    """What holds for a whole invoice line: no tax, a part of it, or all of it."""

    EXEMPT = "exempt"
    PARTLY = "partly"
    NOT_EXEMPT = "not_exempt"


class Verdict(StrEnum):
    """What one certificate comes to. Of several reasons against it the first in this order is told."""

    COUNTS = "counts"
    NOT_ACCEPTED = "not_accepted"
    ELSEWHERE = "elsewhere"
    NOT_YET = "not_yet"
    LAPSED = "lapsed"
    EXEMPTS_NOTHING = "exempts_nothing"


@dataclass(frozen=True, slots=True)
class Certificate:
    """An exemption certificate. It holds in the `jurisdiction` that issued it, in those it `covers`, and inside them.

    `valid_from` None has no beginning; `valid_to` is exclusive, None has no end. `percent` is of the tax, 0 to 100.
    """

    number: str
    jurisdiction: str
    covers: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    percent: Decimal = WHOLE
    status: str = ""

    @property
    def jurisdictions(self) -> frozenset[str]:
        """All that it holds in, as codes."""
        return frozenset(jurisdiction_code(each) for each in (self.jurisdiction, *self.covers))

    @property
    def is_accepted(self) -> bool:
        """Whether its status lets it count at all."""
        return self.status.casefold() in LIVE


@dataclass(frozen=True, slots=True)
class Considered:
    """A certificate and what it came to."""

    certificate: Certificate
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ExemptStatus:
    """`percent` of the tax that is not charged, by the `certificate` that exempts most; None where none counts.

    `considered` has every certificate of the customer, in one order whatever order they were given in.
    """

    exemption: Exemption
    percent: Decimal
    certificate: Certificate | None
    considered: tuple[Considered, ...]


def exempt_status(certificates: Iterable[Certificate], *, jurisdiction: str, on: date) -> ExemptStatus:
    """What holds in a jurisdiction on a day. Percents of several certificates are not added: the highest counts.

    Of equal ones that which lapses last counts, then the one for the narrower jurisdiction, then the lower number.
    """
    inside = enclosing(jurisdiction)
    ordered = sorted(certificates, key=_order)
    considered = tuple(Considered(each, _verdict(each, inside, on)) for each in ordered)
    counting = [each.certificate for each in considered if each.verdict is Verdict.COUNTS]
    best = min(counting, key=lambda each: _rank(each, inside), default=None)
    if best is None:
        return ExemptStatus(Exemption.NOT_EXEMPT, Decimal(0), None, considered)
    whole = best.percent >= WHOLE
    return ExemptStatus(Exemption.EXEMPT if whole else Exemption.PARTLY, best.percent, best, considered)


def certificates_in(attributes: Mapping[str, JsonValue]) -> list[Certificate]:
    """The certificates of a customer's golden document."""
    return [
        Certificate(
            number=item["number"],
            jurisdiction=item["jurisdiction"],
            covers=tuple(item.get("covers") or ()),
            valid_from=_day(item.get("valid_from")),
            valid_to=_day(item.get("valid_to")),
            percent=WHOLE if item.get("percent") is None else Decimal(item["percent"]),
            status=item.get("status") or "",
        )
        for item in attributes.get("exemption_certificates") or ()
    ]


def _verdict(certificate: Certificate, inside: tuple[str, ...], on: date) -> Verdict:
    if not certificate.is_accepted:
        return Verdict.NOT_ACCEPTED
    if certificate.jurisdictions.isdisjoint(inside):
        return Verdict.ELSEWHERE
    if certificate.valid_from is not None and on < certificate.valid_from:
        return Verdict.NOT_YET
    if certificate.valid_to is not None and on >= certificate.valid_to:
        return Verdict.LAPSED
    return Verdict.COUNTS if certificate.percent > 0 else Verdict.EXEMPTS_NOTHING


def _rank(certificate: Certificate, inside: tuple[str, ...]) -> tuple[Decimal, int, int, tuple[str, ...]]:
    """The lowest counts."""
    end = certificate.valid_to or date.max
    nearest = next(place for place, each in enumerate(inside) if each in certificate.jurisdictions)
    return -min(certificate.percent, WHOLE), -end.toordinal(), nearest, _order(certificate)


def _order(certificate: Certificate) -> tuple[str, ...]:
    days = (str(day or "") for day in (certificate.valid_from, certificate.valid_to))
    parts = (certificate.number, certificate.jurisdiction, *days, str(certificate.percent), certificate.status)
    return (*parts, *certificate.covers)


def _day(value: JsonValue) -> date | None:
    return date.fromisoformat(value) if value else None
