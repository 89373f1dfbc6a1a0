from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from mdm.models import PricingAccuracy, RadarGroup
from mdm.radar import Kind, kinds
from mdm.selectors.price_radar import Wanted, accuracy_days, findings_of, latest_accuracy, open_counts, open_groups
from stewardship.pages.doors import Steward, steward_page
from stewardship.pages.price_radar.chart import bars, height
from stewardship.pages.quality.sparkline import sparkline
from stewardship.selectors.price_radar import words_of

DAYS_SHOWN = 90
GROUPS_SHOWN = 50
LINES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class BandRow:
    """A band of a kind with its counts; `shade` is how the chart draws it."""

    name: str
    label: str
    shade: int
    findings: int
    agreements: int


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind with its bands, the most urgent first."""

    name: str
    kind: Kind
    bands: list[BandRow]

    @property
    def shown(self) -> list[BandRow]:
        """The bands that have findings; the first where none has."""
        return [band for band in self.bands if band.findings] or self.bands[:1]


@steward_page()
def price_radar(request: Steward) -> HttpResponse:
    """What is wrong with prices, counted by kind and listed by agreement, and how accurate they have been."""
    wanted = wanted_findings(request)
    after = request.GET.get("after", "")
    rows = _kinds()
    groups = open_groups(wanted, after=int(after) if after.isdecimal() else 0, limit=GROUPS_SHOWN + 1)
    drawn = bars({row.name: {band.name: band.findings for band in row.bands} for row in rows})
    accuracy = latest_accuracy()
    days = accuracy_days(until=timezone.now().date(), days=DAYS_SHOWN)
    return render(
        request,
        "pages/price_radar/price_radar.html",
        {
            "wanted": wanted,
            "wanted_kind": next((row for row in rows if row.name == wanted.kind), None),
            "kinds": rows,
            "drawn": list(zip(rows, drawn, strict=True)),
            "height": height(drawn),
            "groups": [(group, *_labels(group)) for group in groups[:GROUPS_SHOWN]],
            "following": groups[GROUPS_SHOWN - 1].pk if len(groups) > GROUPS_SHOWN else None,
            "is_first_page": not after,
            "accuracy": accuracy,
            "line": sparkline([(day.day, day.share) for day in days]),
            "days": days[::-1],
            "systems": _systems(accuracy) if accuracy else [],
        },
    )


@steward_page()
def price_findings(request: Steward, group_id: int) -> HttpResponse:
    """One kind of finding in one agreement, line by line; it ends when the radar no longer sees any."""
    groups = RadarGroup.objects.select_related("agreement").defer("agreement__document", "agreement__lineage")
    group = get_object_or_404(groups, pk=group_id)
    kind, band = _labels(group)
    found = [] if group.closed_at else findings_of(group, limit=LINES_SHOWN)
    return render(
        request,
        "pages/price_radar/price_findings.html",
        {
            "group": group,
            "kind": kind,
            "band": band,
            "rows": [(each, words_of(each)) for each in found],
            "more": 0 if group.closed_at else max(group.count - LINES_SHOWN, 0),
        },
    )


def wanted_findings(request: Steward) -> Wanted:
    """The filter of an address; what it names that does not exist is ignored."""
    kind, band = request.GET.get("kind", ""), request.GET.get("band", "")
    if kind not in kinds:
        return Wanted()
    return Wanted(kind, band if band in kinds.get(kind).bands else "")


def _kinds() -> list[KindRow]:
    counts = open_counts()
    return [
        KindRow(
            name,
            kinds.get(name),
            [
                BandRow(band, label, shade, counts[name][band]["findings"], counts[name][band]["agreements"])
                for shade, (band, label) in enumerate(kinds.get(name).bands.items())
            ],
        )
        for name in kinds
    ]


def _labels(group: RadarGroup) -> tuple[Kind, str]:
    kind = kinds.get(group.kind)
    return kind, kind.bands.get(group.band, group.band)


def _systems(accuracy: PricingAccuracy) -> list[tuple[str, dict[str, int]]]:
    systems: dict[str, dict[str, int]] = accuracy.systems
    return sorted(systems.items())
