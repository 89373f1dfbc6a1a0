"""What a kind of finding is."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from matching.registry import Registry
from mdm.radar.statements import Tally


class Interrupted(Exception):
    """Somebody wants the work to end; nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at all prices, for a day. `stopping` tells whether the work is to end early.

    `tally` is how many lines all say alike, counted by the kind that compares them.
    """

    on: date
    stopping: Callable[[], bool] = lambda: False
    tally: Tally = field(default_factory=lambda: Tally(Counter(), {}))

    def go_on(self) -> None:
        """Raises Interrupted when the work is to end."""
        if self.stopping():
            raise Interrupted


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding.

    `find` adds what it sees to the temporary table `radar_found`. `label` and `bands`, by their names, are what people
    read, the most urgent band first; `advice` says what to do about one. `asks` names the bands that open tasks, and
    `urgent` those of them that go before what has been wrong for long.
    """

    label: str
    advice: str
    bands: Mapping[str, str]
    asks: frozenset[str]
    find: Callable[[Look], None]
    urgent: frozenset[str] = frozenset()


kinds: Registry[Kind] = Registry("kind of price finding")


def found_by(kind: str, query: str, **parameters: list[str]) -> Callable[[Look], None]:
    """A finder that is one query, which may name %(on)s, the day.

    It returns band, agreement, item key, product, first day, day after the last, and details as jsonb.
    """

    def find(look: Look) -> None:
        look.go_on()
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO radar_found (band, agreement_id, item_key, product_id, starts_on, ends_on, details, kind)"  # noqa: S608 - written here
                f" SELECT found.*, %(kind)s FROM ({query}) AS found",
                {**parameters, "kind": kind, "on": look.on},
            )

    return find
