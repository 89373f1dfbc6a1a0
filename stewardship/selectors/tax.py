"""What the page of a customer tells about taxes: registrations with their evidence, and where it is exempt today."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from mdm.entity_types import Document
from mdm.entity_types.customer import TaxRegistration
from mdm.entity_types.flattening import joined, texts
from mdm.masking import hidden
from mdm.models import GoldenRecord, TaxVerification
from mdm.selectors.tax_status import TaxStatus, ship_tos_of, tax_status, tax_status_at
from mdm.selectors.tax_verdicts import verifications_of
from mdm.services.tax_verification import Verifiers, configured_verifiers, verifier_for
from mdm.tax.exemption import certificates_in
from mdm.tax.exemption_words import reason_of
from mdm.tax.register_names import Agreement, agreement
from mdm.tax.registrations import has_check_digits, standard_registration

CONSULTATIONS_SHOWN = 5
PLACES_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Consultation:
    """One answer of a register. `agreement` says how its name stands to the golden record's; "" without one."""

    checked_at: datetime
    verifier: str
    outcome: str
    code: str
    consultation_number: str
    asked_by: str
    name: str
    address: str
    agreement: str


@dataclass(frozen=True, slots=True)
class RegistrationEvidence:
    """A registration, the hub's status of it ("" where never verified), and its last consultations, newest first.

    `has_check_digits` None: nobody knows check digits of its kind.
    """

    pk: int
    line: str
    status: str
    has_check_digits: bool | None
    can_be_asked: bool
    consultations: Sequence[Consultation]


@dataclass(frozen=True, slots=True)
class ExemptPlace:
    """A ship-to location, or a jurisdiction of a certificate, with what holds there today."""

    ship_to: GoldenRecord | None
    jurisdiction: str
    exemption: str
    percent: str
    reason: str


@dataclass(frozen=True, slots=True)
class TaxPanel:
    """Everything the panel shows."""

    on: date
    registrations: Sequence[RegistrationEvidence]
    places: Sequence[ExemptPlace]


def tax_of(customer: GoldenRecord, *, on: date) -> TaxPanel:
    """The panel of a customer on that day."""
    known = configured_verifiers()
    rows = TaxRegistration.objects.filter(golden_record=customer).order_by("kind", "jurisdiction", "pk")
    names = _names(customer.document["attributes"])
    return TaxPanel(
        on, [_evidence(row, names, known) for row in rows], [_place(each) for each in _places(customer, on=on)]
    )


def _evidence(row: TaxRegistration, names: Sequence[str], known: Verifiers) -> RegistrationEvidence:
    registration = standard_registration(row.kind, row.jurisdiction, row.number)
    rows = verifications_of(bytes(row.number_key))[:CONSULTATIONS_SHOWN]
    return RegistrationEvidence(
        pk=row.pk,
        line=f"{row.kind} · {row.jurisdiction} · {hidden({'kind': row.kind, 'number': row.number})['number']}",
        status=row.status,
        has_check_digits=has_check_digits(registration),
        can_be_asked=verifier_for(registration, known) is not None,
        consultations=[_consultation(each, names) for each in rows],
    )


def _consultation(row: TaxVerification, names: Sequence[str]) -> Consultation:
    detail = getattr(row, "detail", None)
    name, address = (detail.name, detail.address) if detail else ("", "")
    words = {
        Agreement.SAME: _("the same name as here"),
        Agreement.PARTLY: _("partly the name that stands here"),
        Agreement.DIFFERS: _("another name than here"),
    }
    found = agreement(name, *names)
    return Consultation(
        checked_at=row.checked_at,
        verifier=row.verifier,
        outcome=row.outcome,
        code=row.code,
        consultation_number=row.consultation_number,
        asked_by=row.asked_by,
        name=name,
        address=address,
        agreement=words[found] if found else "",
    )


def _names(values: Document) -> list[str]:
    return [
        *texts(values, "name"),
        *texts(values, "trading_name"),
        *joined(values, "given_name", "middle_name", "family_name"),
    ]


def _places(customer: GoldenRecord, *, on: date) -> Iterator[TaxStatus]:
    """Every ship-to where there are certificates, else none; then the jurisdictions of certificates themselves."""
    certificates = certificates_in(customer.document["attributes"])
    if not certificates:
        return
    shown = [tax_status_at(customer, location, on=on) for location in ship_tos_of(customer, on=on)[:PLACES_SHOWN]]
    yield from shown
    where = {code for certificate in certificates for code in certificate.jurisdictions}
    for code in sorted(where - {each.jurisdiction for each in shown}):
        yield tax_status(customer, jurisdiction=code, on=on)


def _place(found: TaxStatus) -> ExemptPlace:
    status = found.status
    reason = reason_of(status, found.jurisdiction)
    return ExemptPlace(found.ship_to, found.jurisdiction, status.exemption, str(status.percent), reason)
