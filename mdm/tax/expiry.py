"""Exemption certificates that lapse soon, and whether another takes their place. Pure."""

from collections.abc import Sequence
from datetime import date

from mdm.tax.exemption import Certificate, exempt_status

BANDS_DAYS = (60, 30, 7)


def band_of(certificate: Certificate, others: Sequence[Certificate], *, on: date) -> int | None:
    """The narrowest band, in days, inside which the certificate lapses; None where nobody needs to be told.

    Nobody needs to be where it does not count anyway, lapses later or never, or lapsed more than the widest band ago:
    whoever has not renewed it by then does not need it. Nor where others exempt as much in everything it holds in, on
    the first day without it. One that has lapsed stays in the narrowest band.
    """
    end = certificate.valid_to
    if end is None or not certificate.is_accepted or certificate.percent <= 0:
        return None
    days = (end - on).days
    if not -max(BANDS_DAYS) <= days <= max(BANDS_DAYS) or is_replaced(certificate, others, on=max(end, on)):
        return None
    return min(band for band in BANDS_DAYS if days <= band)


def is_replaced(certificate: Certificate, others: Sequence[Certificate], *, on: date) -> bool:
    """Whether the other certificates exempt as much on that day, wherever this one holds."""
    return all(
        exempt_status(others, jurisdiction=where, on=on).percent >= certificate.percent
        for where in certificate.jurisdictions
    )
