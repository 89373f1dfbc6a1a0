"""Whether a customer is exempt where goods go to, on a day: the calculation of `mdm.tax` over golden documents."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from mdm.entity_types.location import LocationRole
from mdm.models import GoldenRecord, GoldenStatus
from mdm.selectors.golden import survivor_of
from mdm.tax.exemption import ExemptStatus, certificates_in, exempt_status
from mdm.tax.jurisdictions import jurisdiction_of_address


@dataclass(frozen=True, slots=True)
class TaxStatus:
    """The answer for one customer, jurisdiction and day. `ship_to` None: the jurisdiction itself was asked about."""

    customer: GoldenRecord
    ship_to: GoldenRecord | None
    jurisdiction: str
    on: date
    status: ExemptStatus


def tax_status(customer: GoldenRecord, *, jurisdiction: str, on: date) -> TaxStatus:
    """What holds in a jurisdiction; of a merged customer what its survivor's certificates say."""
    customer = survivor_of(customer)
    certificates = certificates_in(customer.document["attributes"])
    return TaxStatus(customer, None, jurisdiction, on, exempt_status(certificates, jurisdiction=jurisdiction, on=on))


def tax_status_at(customer: GoldenRecord, ship_to: GoldenRecord, *, on: date) -> TaxStatus:
    """What holds for goods that go to a location. One without a country lies in no jurisdiction: nothing is exempt."""
    customer, ship_to = survivor_of(customer), survivor_of(ship_to)
    where = jurisdiction_of_location(ship_to)
    status = exempt_status(certificates_in(customer.document["attributes"]), jurisdiction=where, on=on)
    return TaxStatus(customer, ship_to, where, on, status)


def jurisdiction_of_location(location: GoldenRecord) -> str:
    """The code of the narrowest jurisdiction that its address tells; "" where it tells no country."""
    address = location.document["attributes"].get("address") or {}
    return jurisdiction_of_address(address.get("country") or "", address.get("region") or "")


def ship_tos_of(customer: GoldenRecord, *, on: date) -> QuerySet[GoldenRecord]:
    """The active locations that the customer's goods may go to on that day, by id."""
    roles = LocationRole.objects.filter(
        customer=customer, role="ship_to", closed_version=None, valid__contains=on
    ).values("golden_record")
    return GoldenRecord.objects.filter(pk__in=roles, status=GoldenStatus.ACTIVE).order_by("pk")
