"""Prices asked in process, each beside the least that PostgreSQL takes: a row by its key, and a query by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import partial
from random import Random
from time import perf_counter_ns, thread_time_ns

from django.db import connection

from benchmarks.pricing.filling import Sizes
from mdm.pricing import Outcome
from mdm.public_ids import public_id
from mdm.selectors.price_facts import Asked
from mdm.services.prices import resolve_prices

DAY = date(2026, 6, 1)
# The simplest case there is: a customer's own net line for the product, no break, no unit, nobody else asked.
_BY_HAND = """
    SELECT line.value FROM mdm_agreementterms terms JOIN mdm_priceline line USING (golden_record_id)
    WHERE terms.scope_kind = 'customer' AND terms.scope = %s AND terms.closed_version IS NULL
      AND terms.valid @> %s::date AND terms.status = 'active' AND line.product_scope = %s
      AND line.closed_version IS NULL AND line.valid @> %s::date AND line.currency = 'EUR'
    ORDER BY terms.precedence DESC LIMIT 1
"""


@dataclass(slots=True)
class Times:
    """Nanoseconds of each call, by the wall and of this process's own work."""

    wall: list[int] = field(default_factory=list)
    own: list[int] = field(default_factory=list)

    def of(self, work: Callable[[], object]) -> None:
        """Call it once and note what it took."""
        started, worked = perf_counter_ns(), thread_time_ns()
        work()
        self.own.append(thread_time_ns() - worked)
        self.wall.append(perf_counter_ns() - started)


@dataclass(slots=True)
class Measured:
    """What was asked for, by name; `outcomes` counts the answers of single questions."""

    times: dict[str, Times]
    outcomes: dict[str, int]
    candidates: float


KEY, HAND, SINGLE, PAST, QUOTE = "row by key", "query by hand", "single", "single, as known at a position", "quote"


def ask(sizes: Sizes, *, singles: int, quotes: int, quote_lines: int, seed: int = 7) -> Measured:
    """Every kind in turns, so that all meet the same load. The first tenth of each is not counted."""
    random = Random(seed)
    times = {name: Times() for name in (KEY, HAND, SINGLE, PAST, QUOTE)}
    outcomes: dict[str, int] = {}
    candidates = []
    position = sizes.first_agreement + sizes.agreements - 1
    for number in range(singles):
        asked = _question(sizes, random, buyer=random.randrange(sizes.own_agreements) + 1)
        scope, thing = public_id("CUS", asked.customer), f"product:{public_id('PRO', asked.product)}"
        times[KEY].of(partial(_rows, "SELECT * FROM mdm_priceline WHERE id = %s", [number + 1]))
        times[HAND].of(partial(_rows, _BY_HAND, [scope, DAY, thing, DAY]))
        times[SINGLE].of(partial(resolve_prices, [asked]))
        times[PAST].of(partial(resolve_prices, [asked], position=position))
        answer = resolve_prices([asked])[0][0].resolution
        outcomes[answer.outcome] = outcomes.get(answer.outcome, 0) + 1
        candidates.append(len(answer.removed) + (answer.outcome is Outcome.PRICE))
    for _ in range(quotes):
        buyer = random.randrange(sizes.own_agreements) + 1
        lines = [_question(sizes, random, buyer=buyer) for _ in range(quote_lines)]
        times[QUOTE].of(partial(resolve_prices, lines))
    for each in times.values():
        each.wall, each.own = each.wall[len(each.wall) // 10 :], each.own[len(each.own) // 10 :]
    return Measured(times, outcomes, sum(candidates) / len(candidates))


def _question(sizes: Sizes, random: Random, *, buyer: int) -> Asked:
    """Half of the questions are about products that the customer has a price of its own for."""
    product = random.randrange(sizes.products)
    if random.random() < 0.5:
        agreement = sizes.first_agreement + len(sizes.shared_lines) + buyer - 1
        step = max(sizes.products // sizes.own_lines, 1)
        product = (agreement * 7919 + random.randrange(sizes.own_lines) * step) % sizes.products
    return Asked(
        product=sizes.first_product + product,
        customer=buyer,
        quantity=Fraction(random.choice((1, 5, 12, 250))),
        unit=random.choice(("piece", "piece", "box")),
        currency="EUR",
        on=DAY,
    )


def _rows(query: str, parameters: Sequence[int | str | date]) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
