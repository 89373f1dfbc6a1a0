"""What registers said of those who are erased: the consultations stay as evidence, whom they named does not."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from mdm.entity_types import Document
from mdm.entity_types.customer import TaxRegistration
from mdm.models import CertificateNotice, GoldenRecord, GoldenVersion, SourceRecord, TaxVerificationDetail
from mdm.selectors.erasure import ErasureScope
from mdm.tax.registrations import registration_of
from mdm.tax.verdicts import REGISTRATIONS


def forget_tax_evidence(scope: ErasureScope) -> None:
    """Delete the names and addresses behind every number that these records tell or told, and their notices.

    What a golden record that stays carries as well is its evidence, too, and stays. Call it while the records still
    have their values.
    """
    secret = settings.ASSAY_COMMITMENT_KEY.encode()
    told = (item for document in _documents(scope) for item in document.get(REGISTRATIONS) or ())
    keys = {registration_of(item).key(secret) for item in told}
    others = TaxRegistration.objects.filter(number_key__in=keys).exclude(golden_record__in=scope.golden_record_ids)
    keys -= {bytes(key) for key in others.values_list("number_key", flat=True)}
    TaxVerificationDetail.objects.filter(verification__number_key__in=keys).delete()
    CertificateNotice.objects.filter(golden_record__in=scope.golden_record_ids).delete()


def _documents(scope: ErasureScope) -> Iterator[Document]:
    yield from SourceRecord.objects.filter(pk__in=scope.source_record_ids).values_list("accepted", flat=True)
    golden = GoldenRecord.objects.filter(pk__in=scope.golden_record_ids)
    versions: QuerySet[Any] = GoldenVersion.objects.filter(id__in=scope.golden_record_ids)
    for kept in (golden, versions):
        yield from (document.get("attributes", {}) for document in kept.values_list("document", flat=True))
