"""One way to ask every table of facts what was known, and for windows that may be empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, LiteralString

from django.db import connection

from mdm.pricing import Window

Row = tuple[Any, ...]  # Any: columns of any type

# The columns of `window_of`. An empty range has no ends, and must not be taken for one that is open on both sides.
_WINDOW: LiteralString = "lower(fact.valid), upper(fact.valid), isempty(fact.valid)"
_NOW: LiteralString = "fact.closed_version IS NULL"
# A version that has no position yet is known at none: at a position the answer rests on versions up to it alone, whose
# positions never change. Times would not do: what was caused earlier may be committed later.
_AT: LiteralString = """(
    EXISTS (
        SELECT FROM mdm_historicalgoldenrecord AS opened
        WHERE opened.id = fact.golden_record_id AND opened.version = fact.opened_version
          AND opened.feed_position <= %(position)s
    ) AND NOT EXISTS (
        SELECT FROM mdm_historicalgoldenrecord AS closed
        WHERE closed.id = fact.golden_record_id AND closed.version = fact.closed_version
          AND closed.feed_position <= %(position)s
    )
)"""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Facts as known at a feed position; None means everything that this connection can see now."""

    position: int | None

    def rows(self, query: LiteralString, parameters: Mapping[str, Any]) -> Sequence[Row]:
        """Rows of a query on a table called `fact`.

        `{known}` stands for the condition on what was known, `{window}` for the columns of `window_of`.
        """
        known = _NOW if self.position is None else _AT
        with connection.cursor() as cursor:
            cursor.execute(
                query.replace("{known}", known).replace("{window}", _WINDOW), {**parameters, "position": self.position}
            )
            found: list[Row] = cursor.fetchall()
            return found


def window_of(columns: tuple[date | None, date | None, bool]) -> Window:
    """The window that the columns `{window}` tell."""
    start, end, is_empty = columns
    return Window(date.min, date.min) if is_empty else Window(start, end)
