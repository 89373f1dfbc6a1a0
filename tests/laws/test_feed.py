"""Law 7: the delta feed has no holes and no reordering within a record."""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from random import Random
from threading import Event
from time import sleep

import pytest
from django.db import transaction

from mdm.models import GoldenVersion
from mdm.selectors.golden import versions_after
from mdm.services.sequencer import assign_feed_positions
from tests.builders import Clock, a_customer, load
from tests.laws.threads import all_at_once

Seen = list[tuple[int, int]]  # golden record, version
NAMES = ("Zementwerk", "Kiesgrube", "Sandhandel", "Baustoffe")


def by_feed_position(seen: Seen, place: int) -> int:
    assign_feed_positions()
    for version in versions_after(place, limit=3):
        seen.append((version.id, version.version))
        place = version.feed_position
    return place


def by_insertion(seen: Seen, place: int) -> int:
    """What a naive reader does: rows are inserted in this order, but not committed in it."""
    for version in GoldenVersion.objects.filter(history_id__gt=place).order_by("history_id"):
        seen.append((version.id, version.version))
        place = version.history_id
    return place


def read_during_writing(follow: Callable[[Seen, int], int], *, seed: int) -> tuple[Seen, Seen]:
    """What the reader saw while four writers dawdled before their commits, and what there was to see."""
    written, seen = Event(), Seen()

    def write(writer: int) -> None:
        random, clock = Random(seed * 10 + writer), Clock()
        for number in range(4):
            with transaction.atomic():
                # Names share no word, so that writers do not wait for each other.
                load(
                    "crm",
                    a_customer(NAMES[writer], name=NAMES[writer], website=f"https://{number}.example"),
                    at=clock(),
                )
                sleep(random.uniform(0, 0.12))

    def read() -> None:
        place = 0
        while not written.is_set():
            place = follow(seen, place)
            sleep(0.01)
        while (further := follow(seen, place)) != place:
            place = further

    def write_all() -> None:
        try:
            all_at_once([partial(write, writer) for writer in range(len(NAMES))])
        finally:
            written.set()

    all_at_once([read, write_all])
    return seen, list(GoldenVersion.objects.order_by("id", "version").values_list("id", "version"))


@pytest.mark.django_db(transaction=True)
def test_a_reader_sees_every_version_once_and_in_order(committed_hub: None) -> None:
    seen, there = read_during_writing(by_feed_position, seed=1)

    assert sorted(seen) == there
    versions = defaultdict(list)
    for golden, version in seen:
        versions[golden].append(version)
    assert all(each == sorted(each) for each in versions.values())
    positions = GoldenVersion.objects.order_by("feed_position").values_list("feed_position", flat=True)
    assert list(positions) == list(range(1, len(there) + 1))


def read_around_an_overtaking_commit(follow: Callable[[Seen, int], int]) -> tuple[Seen, Seen]:
    """One writer is slow to commit; another, later one is read in between."""
    seen, inserted, overtaken = Seen(), Event(), Event()
    places = [0]

    def slow() -> None:
        with transaction.atomic():
            load("crm", a_customer("1", name=NAMES[0]), at=Clock()())
            inserted.set()
            assert overtaken.wait(timeout=30)

    def quick() -> None:
        assert inserted.wait(timeout=30)
        load("crm", a_customer("2", name=NAMES[1]), at=Clock()())
        places.append(follow(seen, places[-1]))
        overtaken.set()

    all_at_once([slow, quick])
    follow(seen, places[-1])
    return sorted(seen), list(GoldenVersion.objects.order_by("id", "version").values_list("id", "version"))


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_was_overtaken_is_seen_too(committed_hub: None) -> None:
    seen, there = read_around_an_overtaking_commit(by_feed_position)

    assert seen == there


@pytest.mark.django_db(transaction=True)
def test_a_reader_in_order_of_insertion_misses_it(committed_hub: None) -> None:
    """Negative control."""
    seen, there = read_around_an_overtaking_commit(by_insertion)

    assert len(seen) < len(there)
