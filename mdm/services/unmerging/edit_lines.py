"""Lines for values that stewards have edited since a merge, unit by unit of what survives together."""

from collections.abc import Iterator, Mapping
from typing import Any

from mdm.models import SourcePayload, SourceRecord
from mdm.services.rule_sets import PublishedRules
from mdm.services.unmerging.parting import Parting
from mdm.services.unmerging.plan import BOTH, END, Line, LineKind, Why, short_hash


def edit_lines(parting: Parting, target: Mapping[int, str], rules: PublishedRules) -> Iterator[Line]:
    """What hub records say otherwise than when the merge was made; `former` is what they said then."""
    choices = (*(side.key for side in parting.sides), BOTH, END)
    for pk, record in parting.records.items():
        if not parting.is_hub(pk):
            continue
        before = _said_at_merge(record, parting)
        if before is None:
            continue
        changed = {
            name
            for name in {*before, *record.accepted}
            if (name in before) != (name in record.accepted) or before.get(name) != record.accepted.get(name)
        }
        for unit in rules.document.order:
            names = [name for name in unit.attributes if name in changed]
            if not names:
                continue
            value = {name: record.accepted[name] for name in names if name in record.accepted}
            former = {name: before[name] for name in names if name in before}
            yield Line(
                key=f"edit:{pk}:{names[0]}",
                kind=LineKind.EDIT,
                about=record.key,
                default=target[pk],
                choice=target[pk],
                choices=choices,
                why=Why.EDITED_SINCE,
                attribute=names[0],
                value=value,
                former=former,
                subject_id=pk,
                fingerprint=short_hash([value, former]),
            )


def _said_at_merge(record: SourceRecord, parting: Parting) -> dict[str, Any] | None:
    """What it said then, {} when it was not there; None when it has said nothing since."""
    earliest = (
        SourcePayload.objects.filter(source_record=record, replaced_at__gt=parting.decided_at)
        .order_by("replaced_at", "pk")
        .first()
    )
    if earliest is not None:
        return dict(earliest.payload) if earliest.received_at <= parting.decided_at else {}
    return {} if record.received_at > parting.decided_at else None
