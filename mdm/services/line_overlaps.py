"""Lines of one agreement that would meet are refused, with both lines and the ways out."""

from collections.abc import Mapping, Sequence
from typing import Any

from mdm.entity_types.agreement_lines import line_days, line_item_key, overlapping_lines
from mdm.entity_types.base import Document, JsonValue
from mdm.errors import MdmError
from mdm.pricing.plans import Side, plans, told_days, told_plan

SHOWN = 20


class LinesOverlap(MdmError):
    """Lines of one agreement would price one thing on the same days.

    `overlaps` tells each two lines with their days, and plans whose values are the whole proposal mended.
    """

    code = "lines_overlap"

    def __init__(self, overlaps: Sequence[Mapping[str, Any]], count: int) -> None:
        self.overlaps = overlaps
        told = "; ".join(
            f"{each['other']} ({_words(each['other_days'])}) meets {each['line']} ({_words(each['days'])})"
            for each in overlaps[:3]
        )
        super().__init__(
            f"Lines that price what another line of the agreement prices on the same days: {count}. {told}. End one"
            " where the other begins, split it around the other, or take one away."
        )


def refuse_overlaps(public_id: str, before: Document, after: Document) -> None:
    """Raise LinesOverlap where lines of the agreement with that id meet in `after` that did not in `before`."""
    known = set(overlapping_lines(before))
    fresh = [pair for pair in overlapping_lines(after) if pair not in known]
    if fresh:
        raise LinesOverlap([_overlap(public_id, after, *pair) for pair in fresh[:SHOWN]], len(fresh))


def _overlap(public_id: str, document: Document, line: str, other: str) -> dict[str, JsonValue]:
    days = {line_item_key(each): line_days(document, each) for each in document["lines"]}
    ways = plans(Side(public_id, document, line), Side(public_id, document, other))
    return {
        "line": line,
        "days": told_days(days[line]),
        "other": other,
        "other_days": told_days(days[other]),
        "plans": [told_plan(plan) for plan in ways],
    }


def _words(days: Mapping[str, str | None]) -> str:
    return f"{days['from'] or 'ever'} to {days['until'] or 'open'}"
