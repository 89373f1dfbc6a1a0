"""Each customer with the records that systems keep of it: one of most, several of some."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from benchmarks.customers.noise import SOURCES, written_down
from benchmarks.customers.world import Customer, World

Row = tuple[str, ...]
"""Id, source system, and the values of `noise.FIELDS`."""

_COPIES = (1,) * 62 + (2,) * 20 + (3,) * 10 + (4,) * 5 + (5,) * 3
COPIES_OF_EACH = sum(_COPIES) / len(_COPIES)


def world_of(random: Random, *, records: int) -> World:
    """A world with as many customers as so many records tell of."""
    return World(random, customers=int(records / COPIES_OF_EACH))


def customers_with_copies(world: World, random: Random, *, records: int) -> Iterator[tuple[Customer, list[Row]]]:
    """Customers and the rows of each; `records` rows in all, ids counting from 1."""
    written = 0
    for customer in world.customers(records):
        rows = []
        for _ in range(min(random.choice(_COPIES), records - written)):
            record = written_down(customer, random)
            rows.append((str(written + 1), random.choice(SOURCES), *record.values()))
            written += 1
        yield customer, rows
        if written == records:
            return
