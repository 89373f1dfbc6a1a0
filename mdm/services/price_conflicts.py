"""Price conflicts kept and told, in the transaction that brings them about or settles them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mdm.entity_types.agreement_lines import line_item_key, overlapping_lines
from mdm.errors import MdmError, StateConflict
from mdm.events import PriceConflictsFound, PriceConflictsSettled, emit
from mdm.models import GoldenRecord, GoldenStatus, PriceConflict
from mdm.pricing.plans import told_plan
from mdm.public_ids import parse_public_id
from mdm.selectors.price_conflicts import (
    LineConflict,
    agreements_about,
    heirs_of,
    open_price_conflicts,
    price_conflicts_of,
    scopes_of,
)
from mdm.selectors.price_plans import plans_of
from mdm.services.locks import lock_price_scopes
from mdm.survivorship.lineage import SAYS_THE_SAME

AGREEMENT = "pricing_agreement"
TOLD = 20

Pair = tuple[int, int]


class PriceConflictsArise(MdmError):
    """A merge or a change would leave prices that stand against each other. `conflicts` are those, as they would be.

    `plans` has ways out for each, as clients see them: of a change, as if it had been made.
    """

    code = "price_conflicts"

    def __init__(
        self, conflicts: Sequence[LineConflict], count: int, *, plans: Sequence[Any] = (), what: str = "merge"
    ) -> None:
        self.conflicts, self.count, self.plans = conflicts, count, plans
        shown = "; ".join(f"{c.left} {c.left_line} ⇄ {c.right} {c.right_line}" for c in conflicts[:5])
        super().__init__(
            f"The {what} would leave {count} prices of equal rank that differ: {shown}. Change the precedence or the"
            f" dates of one of each first, or {what} all the same and say why."
        )


def note_price_conflicts(records: Sequence[GoldenRecord], *, at: datetime) -> None:
    """Keep which prices stand against those of the agreements among these, and tell people. Repeating changes nothing.

    Their facts are written. Whoever writes agreements for the same buyers waits until this transaction ends: neither
    would see what the other is about to commit.
    """
    agreements = [record for record in records if record.entity_type == AGREEMENT]
    if not agreements:
        return
    changed = [record.pk for record in agreements]
    concerned = heirs_of(changed)
    lock_price_scopes(scopes_of(concerned))
    found: dict[Pair, list[LineConflict]] = defaultdict(list)
    for conflict in (*price_conflicts_of(concerned), *_inside(agreements)):
        found[_pair(conflict)].append(conflict)
    known = {(row.left_id, row.right_id): row for row in open_price_conflicts(concerned)}
    # Lines of one agreement are judged where that agreement changed, not where its heirs are looked at.
    over = [row for pair, row in known.items() if pair not in found and (pair[0] != pair[1] or pair[0] in changed)]
    PriceConflict.objects.filter(pk__in=[row.pk for row in over]).update(closed_at=at)
    if over:
        emit(PriceConflictsSettled(tuple(row.pk for row in over)))
    told = _keep(found, known, at=at)
    if told:
        emit(PriceConflictsFound(tuple(told)))


@dataclass(frozen=True, slots=True)
class Watch:
    """How many conflicts each two of these agreements had, before what is done about them."""

    agreements: Set[int]
    before: Mapping[Pair, int]

    def arisen(self) -> tuple[list[LineConflict], int]:
        """Lines of those that stand against each other more than before, as many as are kept, and how many more."""
        more = [
            (row, row.count - self.before.get((row.left_id, row.right_id), 0))
            for row in open_price_conflicts(self.agreements)
        ]
        lines = [LineConflict(**line) for row, count in more if count > 0 for line in row.lines]
        return lines, sum(count for _, count in more if count > 0)


def watch_price_conflicts(golden_ids: Collection[int]) -> Watch:
    """Look at the agreements about these golden records before they are joined: see `Watch.arisen` after."""
    return watch_conflicts_of(agreements_about(golden_ids))


def watch_conflicts_of(agreement_ids: Collection[int]) -> Watch:
    """The same for agreements, and those that take over lines from them."""
    agreements = heirs_of(agreement_ids)
    return Watch(agreements, {(row.left_id, row.right_id): row.count for row in open_price_conflicts(agreements)})


@contextmanager
def refusing_price_conflicts(
    golden_ids: Collection[int], *, accepted: bool = False, reason: str = ""
) -> Iterator[None]:
    """Join these golden records inside; what would leave prices that stand against each other is refused.

    The code that joins does so, then its conflicts are looked at: raises PriceConflictsArise, which has to undo the
    caller's transaction. Where they are `accepted`, for which there must be a `reason` (else StateConflict), they stay
    as tasks.
    """
    if accepted:
        if not reason.strip():
            raise StateConflict("To merge in spite of price conflicts, say why.")
        yield
        return
    watch = watch_price_conflicts(golden_ids)
    yield
    lines, count = watch.arisen()
    if count:
        raise PriceConflictsArise(lines, count)


@contextmanager
def refusing_conflicts_of(agreement_id: int, *, accepted: bool = False, reason: str = "") -> Iterator[None]:
    """Change this agreement inside; what would then stand against others, as it did not before, is refused.

    As `refusing_price_conflicts`, with the ways out.
    """
    if accepted:
        if not reason.strip():
            raise StateConflict("To change it in spite of price conflicts, say why.")
        yield
        return
    watch = watch_conflicts_of([agreement_id])
    yield
    lines, count = watch.arisen()
    if count:
        plans = [[told_plan(plan) for plan in plans_of(line)] for line in lines]
        raise PriceConflictsArise(lines, count, plans=plans, what="change")


def _keep(
    found: Mapping[Pair, Sequence[LineConflict]], known: Mapping[Pair, PriceConflict], *, at: datetime
) -> list[int]:
    """Write what is new or says something else; returns the rows that people are to be told of."""
    told = []
    for (left, right), conflicts in sorted(found.items()):
        lines = [each.as_json() for each in conflicts[:TOLD]]
        row = known.get((left, right)) or PriceConflict(left_id=left, right_id=right, found_at=at)
        if (left, right) in known and (row.lines, row.count) == (lines, len(conflicts)):
            continue
        row.lines, row.count = lines, len(conflicts)
        row.save()
        told.append(row.pk)
    return told


def _inside(records: Sequence[GoldenRecord]) -> list[LineConflict]:
    """Lines of one agreement that price one thing on one day: the database lets the first stand alone.

    Where they begin on one day as well, as when two products become one, they are the same item of the document, and
    only its lineage still tells of the second.
    """
    found = []
    for record in records:
        if record.status != GoldenStatus.ACTIVE:
            continue
        keys = [*overlapping_lines(record.document["attributes"]), *_told_twice(record.lineage.get("lines"))]
        for line, rival in keys:
            name = record.public_id
            found.append(LineConflict(name, name, line, rival, rival.split("|")[0], "", ""))
    return found


def _told_twice(lineage: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Lines that one source record tells twice, not saying the same."""
    return [
        (line_item_key(loser["value"]), line_item_key(loser["value"]))
        for item in (lineage or {}).get("items", ())
        for loser in item["losers"]
        if loser["source_record_id"] == item["winner"].get("source_record_id") and loser["reason"] != SAYS_THE_SAME
    ]


def _pair(conflict: LineConflict) -> Pair:
    return parse_public_id(conflict.left)[1], parse_public_id(conflict.right)[1]
