"""What the hub's verifications say about the registrations that source records tell."""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import connection

from mdm.entity_types import Document
from mdm.models import TaxVerification
from mdm.selectors.told_records import ToldRecord
from mdm.survivorship.candidates import Pin
from mdm.tax.registrations import registration_of
from mdm.tax.verdicts import REGISTRATIONS, Outcome, Status, Verdicts, standing

# The last that could tell, else the last at all: `standing` says the same of all rows.
_STANDING = """
SELECT DISTINCT ON (number_key) number_key, checked_at, id, outcome FROM mdm_taxverification
WHERE number_key = ANY(%s)
ORDER BY number_key, outcome = 'could_not_tell', checked_at DESC, id DESC
"""


def verdicts_of(sources: Iterable[ToldRecord], pins: Iterable[Pin] = ()) -> Verdicts:
    """The standing of every number that these source records or pins tell of. Without one no query is made."""
    documents: list[Document] = [source.accepted for source in sources]
    documents += [{pin.attribute: pin.value} for pin in pins]
    return verdicts_in(documents)


def verdicts_in(documents: Iterable[Document]) -> Verdicts:
    """The standing of every number in these documents. Where nothing was ever verified it costs one look."""
    told = [item for document in documents for item in document.get(REGISTRATIONS) or ()]
    if not told or not TaxVerification.objects.exists():
        return Verdicts()
    secret = settings.ASSAY_COMMITMENT_KEY.encode()
    return Verdicts(secret, _standings(sorted({registration_of(item).key(secret) for item in told})))


def _standings(keys: Sequence[bytes]) -> dict[bytes, Status]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [list(keys)])
        rows = cursor.fetchall()
    found = ((bytes(key), standing([(at, pk, Outcome(outcome))])) for key, at, pk, outcome in rows)
    return {key: status for key, status in found if status is not None}


def verifications_of(key: bytes) -> list[TaxVerification]:
    """Every consultation about one number, newest first, with whom the register has for it."""
    rows = TaxVerification.objects.filter(number_key=key).select_related("detail")
    return list(rows.order_by("-checked_at", "-pk"))
