"""What the price radar has found and not closed yet, and how accurate prices were from day to day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from django.db.models import Count, F, QuerySet, Sum

from mdm.entity_types.base import JsonValue
from mdm.models import PricingAccuracy, RadarFinding, RadarGroup
from mdm.radar import kinds

Row = TypeVar("Row", RadarFinding, RadarGroup)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which open findings; empty for any. `agreement` is the primary key of a golden record, 0 for any."""

    kind: str = ""
    band: str = ""
    agreement: int = 0


Counted = dict[str, dict[str, dict[str, int]]]


def open_counts() -> Counted:
    """By kind and band, every one of them: how many findings are open, in how many agreements."""
    rows = RadarGroup.objects.filter(closed_at=None).values_list("kind", "band")
    told = {
        (kind, band): (count, agreements)
        for kind, band, count, agreements in rows.annotate(Sum("count"), Count("agreement")).order_by()
    }
    return {
        name: {
            band: dict(zip(("findings", "agreements"), told.get((name, band), (0, 0)), strict=True))
            for band in kinds.get(name).bands
        }
        for name in kinds
    }


def open_groups(wanted: Wanted, *, after: int, limit: int) -> list[RadarGroup]:
    """Groups beyond a primary key, in its order, with their agreements' ids and titles."""
    groups = _only(RadarGroup.objects.filter(closed_at=None, pk__gt=after), wanted)
    groups = groups.select_related("agreement").defer("agreement__document", "agreement__lineage")
    return list(groups.order_by("pk")[:limit])


def open_findings(wanted: Wanted, *, after: int, limit: int) -> list[RadarFinding]:
    """Findings beyond a primary key, in its order, with the ids and titles of agreement and product."""
    return list(_findings(wanted).filter(pk__gt=after).order_by("pk")[:limit])


def every_open_finding(wanted: Wanted, *, at_once: int = 2_000) -> Iterator[RadarFinding]:
    """The same, all of them, some at a time: memory does not grow with their number."""
    after = 0
    while found := open_findings(wanted, after=after, limit=at_once):
        yield from found
        after = found[-1].pk


def findings_of(group: RadarGroup, *, limit: int) -> list[RadarFinding]:
    """The first open findings of a group, those that end first before."""
    wanted = Wanted(group.kind, group.band, group.agreement_id)
    return list(_findings(wanted).order_by(F("ends_on").asc(nulls_last=True), "item_key")[:limit])


def accuracy_days(*, until: date, days: int) -> Sequence[PricingAccuracy]:
    """Pricing accuracy by day, oldest first."""
    return list(PricingAccuracy.objects.filter(day__gt=until - timedelta(days=days), day__lte=until).order_by("day"))


def latest_accuracy() -> PricingAccuracy | None:
    """The last that was measured; None before the first look."""
    return PricingAccuracy.objects.order_by("-day").first()


def accuracy_text(accuracy: PricingAccuracy) -> dict[str, JsonValue]:
    """Pricing accuracy as JSON."""
    return {
        "day": accuracy.day.isoformat(),
        "share": round(accuracy.share, 6),
        "shared_share": round(accuracy.shared_share, 6),
        "lines": accuracy.lines,
        "equal": accuracy.equal,
        "differing": accuracy.differing,
        "missing": accuracy.missing,
        "untold": accuracy.untold,
        "systems": accuracy.systems,
        "measured_at": accuracy.measured_at.isoformat(),
    }


def _findings(wanted: Wanted) -> QuerySet[RadarFinding]:
    heavy = [f"{of}__{name}" for of in ("agreement", "product") for name in ("document", "lineage")]
    found = _only(RadarFinding.objects.filter(closed_at=None), wanted)
    return found.select_related("agreement", "product").defer(*heavy)


def _only(rows: QuerySet[Row], wanted: Wanted) -> QuerySet[Row]:
    given = {"kind": wanted.kind, "band": wanted.band, "agreement_id": wanted.agreement}
    return rows.filter(**{name: value for name, value in given.items() if value})
