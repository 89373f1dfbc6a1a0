from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from mdm import ports
from mdm.errors import HubError
from mdm.models import GoldenRecord, GoldenStatus
from mdm.selectors.golden import golden_record_by_public_id, survivor_of
from stewardship.pages.addresses import task_address
from stewardship.pages.doors import Steward, steward_page
from stewardship.selectors.decisions import decisions_about
from stewardship.selectors.golden_page import (
    audit_entries,
    difference,
    open_reviews,
    source_record_ids_ever,
    source_table,
    value_groups,
    version_rows,
)
from stewardship.selectors.hierarchy import hierarchy_of
from stewardship.selectors.naming import golden_records_of
from stewardship.selectors.quality import quality_of_record
from stewardship.selectors.reopening import watched_decisions
from stewardship.selectors.rivals import lost_pairs
from stewardship.selectors.sites import site_of
from stewardship.selectors.tax import tax_of


@steward_page()
def golden_record(request: Steward, public_id: str) -> HttpResponse:
    """One golden record: values and where they come from, sources, history, decisions, audit."""
    record = found_record(public_id)
    records_ever = source_record_ids_ever(record)
    sources = source_table(record)
    units = decisions_about(records_ever)
    homes = golden_records_of({pk for unit in units for pair in unit.pairs for pk in pair})
    watched = watched_decisions([unit.unit for unit in units if not unit.undone_at], record.entity_type)
    older, newer = request.GET.get("from", ""), request.GET.get("to", "")
    asked = older.isdecimal() and newer.isdecimal()
    return render(
        request,
        "pages/golden/golden.html",
        {
            "record": record,
            "survivor": survivor_of(record) if record.status == GoldenStatus.MERGED else None,
            "merged_here": GoldenRecord.objects.filter(merged_into=record).order_by("pk"),
            "groups": value_groups(record),
            "sources": sources,
            "lost": lost_pairs(record.entity_type, [source.pk for source in sources.records]),
            "versions": version_rows(record),
            "older": int(older) if asked else None,
            "newer": int(newer) if asked else None,
            "difference": difference(record, int(older), int(newer)) if asked else None,
            "decisions": [
                (
                    unit,
                    list(dict.fromkeys(homes[pk] for pair in unit.pairs for pk in pair if pk in homes)),
                    watched.get(unit.unit, ()),
                )
                for unit in units
            ],
            "reviews": [(task, task_address(task)) for task in open_reviews(records_ever)],
            "audit": audit_entries(record),
            "quality": quality_of_record(record),
            "hierarchy": hierarchy_of(record, on=timezone.now().date()),
            "site": site_of(record, on=timezone.now().date()),
            "deliveries": ports.deliveries().of(record),
            "tax": tax_of(record, on=timezone.now().date()) if record.entity_type == "customer" else None,
        },
    )


def found_record(public_id: str) -> GoldenRecord:
    """The golden record of that id; a mistyped or unknown one is not found."""
    try:
        return golden_record_by_public_id(public_id)
    except HubError as error:
        raise Http404(str(error)) from error
