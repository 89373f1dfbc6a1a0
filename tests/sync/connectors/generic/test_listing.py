"""A list is read to its end whatever changes meanwhile, in every style of paging."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.entity_types import JsonValue
from mdm.mapping.paths import Path, parse_path
from sync.connectors.generic.answers import Answer
from sync.connectors.generic.documents import Call, Listing, Style
from sync.connectors.generic.listing import Progress, asked, page_of
from sync.connectors.generic.templates import Template
from sync.connectors.generic.times import RemoteTime

BEGUN = datetime(2026, 3, 1, tzinfo=UTC)
TIME = RemoteTime("%Y-%m-%d %H:%M:%S", "UTC")


def a_listing(style: Style, *, ordered: bool = True, inclusive: bool = True) -> Listing:
    call = Call("GET", Template("/"), Template(), Template(), Template())
    first = 1 if style is Style.PAGE else 0
    return Listing(call, Path(()), style, first, parse_path("next"), None, None, ordered, inclusive)


class Remote:
    """Records by key, each with the second of its last change, listed in order of time."""

    def __init__(self, seconds: Sequence[int], *, inclusive: bool, cap: int) -> None:
        self.changed = {f"r{number}": second for number, second in enumerate(seconds)}
        self._inclusive, self._cap = inclusive, cap
        self._now = max(seconds, default=0)

    def touch(self, place: int) -> None:
        """A record changes now, and so moves behind all others."""
        self._now += 1
        self.changed[sorted(self.changed)[place % len(self.changed)]] = self._now

    def answer(self, listing: Listing, values: dict[str, JsonValue]) -> Answer:
        since = TIME.moment(values["since"]) if "since" in values else None
        rows = sorted(self.changed.items(), key=lambda row: (row[1], row[0]))
        stamped = [(BEGUN + timedelta(seconds=second), key) for key, second in rows]
        kept = [
            {"key": key, "at": at.strftime(TIME.form)}
            for at, key in stamped
            if since is None or at > since or (self._inclusive and at == since)
        ]
        size = min(int(values["limit"]), self._cap)
        begin = (int(values["page"]) - 1) * size if listing.style is Style.PAGE else int(values["offset"])
        return Answer(200, httpx.Headers(), kept[begin : begin + size])


def read_all(
    remote: Remote, listing: Listing, token: Any, *, limit: int, touched: Sequence[int]
) -> tuple[dict[str, str], Any]:
    """What was read last of each record, and the token behind it. Between pages somebody writes.

    Any: tokens and records are JSON.
    """
    seen: dict[str, str] = {}
    touches = list(touched)
    for _ in range(500):
        progress = Progress.of(token)
        answer = remote.answer(listing, asked(listing, progress, limit=limit, time=TIME))
        stamps = [row["at"] for row in answer.document]
        page = page_of(listing, progress, answer, stamps=stamps, time=TIME)
        seen |= {str(row["key"]): str(row["at"]) for row in page.records}
        token = page.next_token if page.next_token is not None else token
        if not page.more:
            return seen, token
        if touches:
            remote.touch(touches.pop())
    raise AssertionError("it never ended")


# Never a page full of records of one time: see `_walked`.
histories = st.lists(st.integers(0, 20), min_size=1, max_size=30).filter(lambda s: max(map(s.count, s)) <= 3)


@pytest.mark.parametrize("style", [Style.PAGE, Style.OFFSET])
@pytest.mark.parametrize("inclusive", [True, False])
@given(
    seconds=histories, limit=st.integers(4, 9), cap=st.integers(4, 9), touched=st.lists(st.integers(0, 29), max_size=8)
)
def test_nothing_is_skipped_while_records_change(
    *, style: Style, inclusive: bool, seconds: list[int], limit: int, cap: int, touched: list[int]
) -> None:
    """Read once while somebody writes, then once more: the latest state of every record was seen."""
    listing, remote = a_listing(style, inclusive=inclusive), Remote(seconds, inclusive=inclusive, cap=cap)

    first, token = read_all(remote, listing, None, limit=limit, touched=touched)
    since = {"since": token["since"]}  # what a rewind by nothing gives
    second, _ = read_all(remote, listing, since, limit=limit, touched=())

    last = {key: (BEGUN + timedelta(seconds=second)).strftime(TIME.form) for key, second in remote.changed.items()}
    assert first | second == last


@pytest.mark.parametrize("style", [Style.PAGE, Style.OFFSET])
def test_pages_by_number_alone_would_skip(style: Style) -> None:
    """The same law without the walk in time: a record that moves to the end pulls another one out of the next page."""
    listing, remote = a_listing(style, ordered=False), Remote([0, 1, 2, 3, 4, 5], inclusive=True, cap=2)

    first, token = read_all(remote, listing, None, limit=2, touched=[0])
    second, _ = read_all(remote, listing, {"since": token["since"]}, limit=2, touched=())

    assert set(remote.changed) - set(first | second) == {"r2"}


def test_a_reading_that_was_broken_off_starts_again_from_where_it_began() -> None:
    listing, remote = a_listing(Style.PAGE, ordered=False), Remote([0, 1, 2, 3], inclusive=True, cap=2)
    answer = remote.answer(listing, asked(listing, Progress.of(None), limit=2, time=TIME))

    page = page_of(listing, Progress.of(None), answer, stamps=[row["at"] for row in answer.document], time=TIME)

    assert page.next_token is not None
    assert "since" not in page.next_token, "what was reached counts only once the reading is over"
