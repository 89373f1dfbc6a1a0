"""Reading a list to its end without skipping what changes meanwhile.

A token holds `since`, the time asked for, and while a reading goes on `position`, where its next page begins,
`reached`, the latest time seen, and `last_page`, a hash of what was read last. Where records come in order of time,
every page asks anew from the time reached: pages by number or offset move when a record changes, times do not.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import orjson

from mdm.entity_types import JsonValue
from mdm.mapping.paths import MISSING
from sync.connectors.base import DeliveryError, Page, Token
from sync.connectors.generic.answers import Answer, unclear
from sync.connectors.generic.documents import Listing, Style
from sync.connectors.generic.times import RemoteTime
from sync.outcomes import Outcome

_WALKED = frozenset({Style.PAGE, Style.OFFSET})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a reading got."""

    since: JsonValue
    position: JsonValue
    reached: JsonValue
    last_page: JsonValue = None

    @classmethod
    def of(cls, token: Token | None) -> "Progress":
        told = token or {}
        return cls(told.get("since"), told.get("position"), told.get("reached"), told.get("last_page"))

    def token(self) -> dict[str, JsonValue]:
        """Without what is not known."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def asked(listing: Listing, progress: Progress, *, limit: int, time: RemoteTime) -> dict[str, JsonValue]:
    """What the call's places are filled with."""
    values: dict[str, JsonValue] = {"limit": limit}
    if progress.since is not None:
        values["since"] = progress.since if listing.inclusive else time.step_before(progress.since)
    position = listing.first if progress.position is None and listing.style in _WALKED else progress.position
    if position is not None:
        values[listing.style.value] = position
    return values


def records_in(answer: Answer, listing: Listing) -> list[dict[str, JsonValue]]:
    """Raises DeliveryError when the answer holds no list of records."""
    found = answer.at(listing.records)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise unclear("The answer holds no list of records.", status=answer.status)
    return found


def page_of(
    listing: Listing, progress: Progress, answer: Answer, *, stamps: Sequence[JsonValue], time: RemoteTime
) -> Page:
    """The page, and the token behind it. A reading that is over starts next time from the latest time it saw.

    Raises DeliveryError for the page that was just read: the system passes over the position, and would never end.
    """
    records = records_in(answer, listing)
    digest = hashlib.sha256(orjson.dumps(records, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
    if records and progress.position not in (None, listing.first) and progress.last_page == digest:
        raise DeliveryError(Outcome.REJECTED, "The system gives the same page again, whichever is asked for.")
    known = [stamp for stamp in (*stamps, progress.reached) if stamp is not None]
    reached = max(known, key=time.moment, default=None)
    following = _following(listing, progress, answer, count=len(records))
    if following is None:
        begun = progress.position is not None or bool(records)
        end = Progress(reached if reached is not None else progress.since, None, None)
        return Page(records, end.token() if begun else None, more=False)
    if listing.ordered and listing.style in _WALKED and reached is not None:
        behind = Progress(*_walked(listing, progress, reached, following, time=time), None, digest)
    else:
        behind = Progress(progress.since, following, reached, digest)
    return Page(records, behind.token(), more=True)


def _following(listing: Listing, progress: Progress, answer: Answer, *, count: int) -> JsonValue:
    """The position of the next page; None behind the last.

    Where the answer does not say, only an empty page is the last: a short one may be the system's own limit.
    """
    if listing.style is Style.WHOLE:
        return None
    if listing.style in {Style.CURSOR, Style.LINK}:
        told = answer.at(listing.next) if listing.next else _link(answer)
        last = listing.more is not None and answer.at(listing.more) in (MISSING, None, False)
        return told if isinstance(told, str | int) and told != "" and not last else None
    position = progress.position if isinstance(progress.position, int) else listing.first
    step = count if listing.style is Style.OFFSET else 1
    if not count or (listing.more is not None and answer.at(listing.more) in (MISSING, None, False)):
        return None
    total = answer.at(listing.total) if listing.total else None
    if listing.style is Style.OFFSET and isinstance(total, int) and position + count >= total:
        return None
    return position + step


def _walked(
    listing: Listing, progress: Progress, reached: JsonValue, following: JsonValue, *, time: RemoteTime
) -> tuple[JsonValue, JsonValue]:
    """From which time, and where from there, the next page begins.

    Those at the very time reached come again, which does no harm. Only where a whole page is of one time does the
    position move; a record of that time that changes just then can hide another one until the systems are reconciled.
    """
    if progress.since is None or time.moment(reached) > time.moment(progress.since):
        return reached, listing.first
    return reached, following


def _link(answer: Answer) -> str | None:
    """The address of the header `Link` whose relation is `next`."""
    for part in answer.headers.get("Link", "").split(","):
        address, *facts = part.split(";")
        if any(fact.strip().replace('"', "") == "rel=next" for fact in facts):
            return str(address).strip().removeprefix("<").removesuffix(">")
    return None
