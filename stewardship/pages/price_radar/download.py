"""Every open finding as CSV, streamed: there may be a hundred thousand."""

import csv
from collections.abc import Iterator, Sequence

from django.http import StreamingHttpResponse

from mdm.models import RadarFinding
from mdm.radar import kinds
from mdm.selectors.price_radar import Wanted, every_open_finding
from stewardship.pages.doors import Steward, steward_page
from stewardship.pages.price_radar.view import wanted_findings
from stewardship.selectors.price_radar import words_of

COLUMNS = (
    "kind", "band", "agreement", "title", "line", "product", "product_title", "from", "until", "first_seen", "about",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """What a CSV writer writes to: it gives back the line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


@steward_page()
def price_radar_csv(request: Steward) -> StreamingHttpResponse:
    """The findings of the filter."""
    wanted = wanted_findings(request)
    name = "-".join(filter(None, ("price-radar", wanted.kind, wanted.band)))
    return StreamingHttpResponse(
        _lines(wanted),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"},
    )


def _lines(wanted: Wanted) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for finding in every_open_finding(wanted):
        yield writer.writerow([_as_text(cell) for cell in _cells(finding)])


def _cells(finding: RadarFinding) -> Sequence[str]:
    product = finding.product
    return (
        finding.kind,
        kinds.get(finding.kind).bands.get(finding.band, finding.band),
        finding.agreement.public_id,
        finding.agreement.title,
        finding.item_key,
        product.public_id if product else "",
        product.title if product else "",
        finding.starts_on.isoformat() if finding.starts_on else "",
        finding.ends_on.isoformat() if finding.ends_on else "",
        finding.first_seen_at.date().isoformat(),
        words_of(finding),
    )


def _as_text(cell: str) -> str:
    """A cell that a spreadsheet never takes for a formula: titles come from other systems."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
