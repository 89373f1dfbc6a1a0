"""Notices of exemption certificates that lapse soon: told once a certificate and band, taken back when renewed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mdm.actors import Actor
from mdm.entity_types.customer import ExemptionCertificate
from mdm.errors import NotFound, StateConflict
from mdm.events import CertificatesExpiring, CertificatesSettled, emit
from mdm.models import CertificateNotice, GoldenRecord, GoldenStatus
from mdm.services.audit import Act, record_audit_entries
from mdm.services.retries import atomically
from mdm.tax.exemption import WHOLE, Certificate
from mdm.tax.expiry import BANDS_DAYS, band_of

AT_ONCE = 500

Told = tuple[int, str, date, int]  # golden record, certificate, its end, band in days


@dataclass(frozen=True, slots=True)
class _Held:
    item_key: str
    certificate: Certificate


def note_expiring_certificates(*, at: datetime) -> int:
    """Open and close notices as the day demands; returns how many were opened. Repeating it changes nothing."""
    concerned = _concerned(on=at.date())
    return sum(_note(concerned[start : start + AT_ONCE], at=at) for start in range(0, len(concerned), AT_ONCE))


@atomically
def close_notice(notice_id: int, *, actor: Actor, at: datetime) -> None:
    """A person has seen to it. The band is not told again; a narrower one, where nothing was renewed by then, is.

    Raises NotFound, or StateConflict when it is closed already.
    """
    notice = CertificateNotice.objects.select_for_update().filter(pk=notice_id).first()
    if notice is None:
        raise NotFound("There is no such notice.")
    if notice.closed_at is not None:
        raise StateConflict("This was settled meanwhile.")
    notice.closed_at, notice.closed_by = at, actor.name
    notice.save(update_fields=["closed_at", "closed_by"])
    record_audit_entries([Act("certificate.seen_to", "golden_record", notice.golden_record_id)], actor=actor, at=at)
    emit(CertificatesSettled((notice.pk,), actor.name))


def _concerned(*, on: date) -> list[int]:
    """Golden records with a certificate that may be told of, or with an open notice."""
    reach = timedelta(days=max(BANDS_DAYS))
    lapsing = ExemptionCertificate.objects.filter(valid_to__gte=on - reach, valid_to__lte=on + reach)
    told = CertificateNotice.objects.filter(closed_at=None)
    ids = lapsing.values_list("golden_record_id", flat=True).union(told.values_list("golden_record_id", flat=True))
    return sorted(ids)


@atomically
def _note(golden_ids: Sequence[int], *, at: datetime) -> int:
    """Under the lock of the golden records, so that two runs, or a run and a new version, do not pass each other."""
    locked = GoldenRecord.objects.select_for_update(no_key=True).filter(pk__in=golden_ids).order_by("pk")
    alive = [record.pk for record in locked.only("pk", "status") if record.status == GoldenStatus.ACTIVE]
    wanted = set(_wanted(alive, on=at.date()))
    known = {_told(row): row for row in CertificateNotice.objects.filter(golden_record__in=golden_ids)}
    over = [row.pk for told, row in known.items() if row.closed_at is None and told not in wanted]
    CertificateNotice.objects.filter(pk__in=over).update(closed_at=at)
    # A notice whose reason came back, as after an unmerge, is told again, unless a person has seen to it.
    back = [row.pk for told, row in known.items() if told in wanted and row.closed_at is not None and not row.closed_by]
    CertificateNotice.objects.filter(pk__in=back).update(closed_at=None)
    fresh = CertificateNotice.objects.bulk_create(
        CertificateNotice(golden_record_id=golden, item_key=key, valid_to=end, band_days=band, opened_at=at)
        for golden, key, end, band in sorted(wanted - known.keys())
    )
    if over:
        emit(CertificatesSettled(tuple(sorted(over))))
    opened = sorted([*back, *(row.pk for row in fresh)])
    if opened:
        emit(CertificatesExpiring(tuple(opened)))
    return len(opened)


def _wanted(golden_ids: Sequence[int], *, on: date) -> Iterator[Told]:
    rows = ExemptionCertificate.objects.filter(golden_record__in=golden_ids).order_by("golden_record", "item_key")
    by_record: dict[int, list[_Held]] = {}
    for row in rows:
        by_record.setdefault(row.golden_record_id, []).append(_Held(row.item_key, certificate_of(row)))
    for golden, held in by_record.items():
        for each in held:
            others = [other.certificate for other in held if other is not each]
            band = band_of(each.certificate, others, on=on)
            if band is not None and each.certificate.valid_to is not None:
                yield golden, each.item_key, each.certificate.valid_to, band


def certificate_of(row: ExemptionCertificate) -> Certificate:
    """A typed row as the calculations read it."""
    return Certificate(
        number=row.number,
        jurisdiction=row.jurisdiction,
        covers=tuple(row.covers),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        percent=WHOLE if row.percent is None else row.percent,
        status=row.status,
    )


def _told(row: CertificateNotice) -> Told:
    return row.golden_record_id, row.item_key, row.valid_to, row.band_days
