"""Lines for values that stewards have edited since a merge, unit by unit of what survives together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mdm.models import ChangePart, ChangeRequestState, SourcePayload, SourceRecord
from mdm.services.rule_sets import PublishedRules
from mdm.services.unmerging.parting import Parting
from mdm.services.unmerging.plan import BOTH, END, Line, LineKind, Why, short_hash


def edit_lines(parting: Parting, target: Mapping[int, str], rules: PublishedRules) -> Iterator[Line]:
    """What hub records say otherwise than when the merge was made; `former` is what they said then."""
    choices = (*parting.choices, BOTH, END)
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
                said_by=_editor(names, parting),
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


def _editor(attributes: Sequence[str], parting: Parting) -> str:
    """Who proposed what was edited last; empty where it came by another way than a change request."""
    parts = ChangePart.objects.filter(
        change_request__golden_record__in=[side.golden_record_id for side in parting.sides if side.golden_record_id],
        attribute__in=attributes,
        state=ChangeRequestState.APPLIED,
        decided_at__gt=parting.decided_at,
    )
    last = parts.order_by("-decided_at", "-pk").values_list("change_request__proposed_by", flat=True).first()
    return last or ""
