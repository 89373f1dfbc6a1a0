"""The nightly look at all prices: what is found is kept while it is so, told once, and counted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from logging import getLogger
from time import monotonic

from django.db import connection, transaction

from mdm.events import PriceFindingsOver, PriceFindingsTold, emit
from mdm.models import GoldenRecord, PricingAccuracy, RadarFinding
from mdm.radar import kinds
from mdm.radar.base import Interrupted, Look
from mdm.radar.lines import lay_out_lines
from mdm.radar.statements import Standing, Tally
from mdm.services.locks import lock_price_radar

logger = getLogger(__name__)

AT_ONCE = 2_000  # ids an event
KEPT = timedelta(days=400)  # findings that are over, for a look back a year
# What a page may not take, a look over a million lines on a busy machine may.
_PATIENCE = "SET LOCAL statement_timeout = '20min'"

_CLOSE = """
UPDATE mdm_radarfinding finding SET closed_at = %(at)s
WHERE closed_at IS NULL AND NOT EXISTS (
    SELECT FROM radar_found found WHERE found.kind = finding.kind AND found.agreement_id = finding.agreement_id
                                    AND found.item_key = finding.item_key)
"""
_CHANGE = """
UPDATE mdm_radarfinding finding
SET band = found.band, product_id = found.product_id, starts_on = found.starts_on, ends_on = found.ends_on,
    details = found.details
FROM radar_found found
WHERE finding.closed_at IS NULL AND found.kind = finding.kind AND found.agreement_id = finding.agreement_id
  AND found.item_key = finding.item_key
  AND (finding.band, finding.product_id, finding.starts_on, finding.ends_on, finding.details)
      IS DISTINCT FROM (found.band, found.product_id, found.starts_on, found.ends_on, found.details)
"""
_ADD = """
INSERT INTO mdm_radarfinding
    (kind, band, agreement_id, item_key, product_id, starts_on, ends_on, details, first_seen_at)
SELECT kind, band, agreement_id, item_key, product_id, starts_on, ends_on, details, %(at)s FROM radar_found
ON CONFLICT DO NOTHING
"""
_GROUPS = """
CREATE TEMPORARY TABLE radar_grouped ON COMMIT DROP AS
SELECT kind, band, agreement_id, count(*)::integer AS count FROM radar_found GROUP BY kind, band, agreement_id
"""
_CLOSE_GROUPS = """
UPDATE mdm_radargroup known SET closed_at = %(at)s
WHERE closed_at IS NULL AND NOT EXISTS (
    SELECT FROM radar_grouped found
    WHERE (found.kind, found.band, found.agreement_id) = (known.kind, known.band, known.agreement_id))
RETURNING id
"""
_CHANGE_GROUPS = """
UPDATE mdm_radargroup known SET count = found.count
FROM radar_grouped found
WHERE known.closed_at IS NULL AND known.count <> found.count
  AND (found.kind, found.band, found.agreement_id) = (known.kind, known.band, known.agreement_id)
RETURNING known.id
"""
_ADD_GROUPS = """
INSERT INTO mdm_radargroup (kind, band, agreement_id, count, found_at)
SELECT kind, band, agreement_id, count, %(at)s FROM radar_grouped
ORDER BY kind, band, agreement_id
ON CONFLICT DO NOTHING
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look came to: lines that hold on some day, findings new and over, and the day's accuracy.

    `seconds` is what each kind took, and laying out the lines and keeping the findings.
    """

    lines: int
    added: int
    closed: int
    accuracy: PricingAccuracy
    seconds: Mapping[str, float]


class _Laps:
    """Seconds by what was done, each lap since the one before."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = monotonic()

    def done(self, name: str) -> None:
        now = monotonic()
        self.seconds[name], self._last = now - self._last, now


@transaction.atomic
def look_at_prices(*, at: datetime, stopping: Callable[[], bool] = lambda: False) -> Looked:
    """Find what is wrong with prices on the day of `at`, keep it, tell people, and measure the day's accuracy.

    Findings that are no longer seen are closed, and so are the tasks of their groups. Repeating it on one day changes
    nothing where nothing changed. One look at a time: another waits. What is read is in the database's temporary
    tables, so memory here does not grow with the number of lines. Raises Interrupted once `stopping` says so, and then
    keeps nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
    lock_price_radar()
    look = Look(on=at.date(), stopping=stopping)
    laps = _Laps()
    lines = lay_out_lines()
    laps.done("lines laid out")
    for name in kinds:
        kinds.get(name).find(look)
        laps.done(name)
    look.go_on()
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX ON radar_found (kind, agreement_id, item_key)")
        cursor.execute("ANALYZE radar_found")
        cursor.execute(_CLOSE, {"at": at})
        closed = cursor.rowcount
        cursor.execute(_CHANGE)
        cursor.execute(_ADD, {"at": at})
        added = cursor.rowcount
        cursor.execute(_GROUPS)
    _tell(at=at)
    with connection.cursor() as cursor:
        # Inside of a larger transaction another look may follow.
        cursor.execute("DROP TABLE radar_line, radar_found, radar_grouped")
    RadarFinding.objects.filter(closed_at__lt=at - KEPT).delete()
    accuracy = _keep_accuracy(look.tally, at=at)
    laps.done("findings kept")
    logger.info("Looked at %d price lines: %d findings new, %d over", lines, added, closed)
    return Looked(lines, added, closed, accuracy, laps.seconds)


def look_if_due(*, at: datetime, stopping: Callable[[], bool] = lambda: False) -> Looked | None:
    """Look once a day, where there are agreements; None when it was done or was interrupted."""
    if PricingAccuracy.objects.filter(day=at.date()).exists():
        return None
    if not GoldenRecord.objects.filter(entity_type="pricing_agreement").exists():
        return None
    try:
        return look_at_prices(at=at, stopping=stopping)
    except Interrupted:
        return None


def _tell(*, at: datetime) -> None:
    """Close groups that nothing is left of, then tell of those that are new or have another size."""
    for ids in _returned(_CLOSE_GROUPS, at):
        emit(PriceFindingsOver(tuple(ids)))
    for query in (_CHANGE_GROUPS, _ADD_GROUPS):
        for ids in _returned(query, at):
            emit(PriceFindingsTold(tuple(ids)))


def _returned(query: str, at: datetime) -> Iterator[list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"at": at})
        while rows := cursor.fetchmany(AT_ONCE):
            yield [pk for (pk,) in rows]


def _keep_accuracy(tally: Tally, *, at: datetime) -> PricingAccuracy:
    counts = {name: tally.worst[name] for name in Standing}
    accuracy, _ = PricingAccuracy.objects.update_or_create(
        day=at.date(),
        defaults={
            "lines": sum(counts.values()),
            "equal": counts[Standing.EQUAL],
            "differing": counts[Standing.DIFFERS],
            "missing": counts[Standing.MISSING],
            "untold": counts[Standing.UNTOLD],
            "systems": {
                name: {standing.value: count[standing] for standing in Standing}
                for name, count in tally.systems.items()
            },
            "measured_at": at,
        },
    )
    return accuracy
