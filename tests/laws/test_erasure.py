"""Erasure beside arrivals of the same person: whoever comes first, the person is gone at the end."""

from collections.abc import Callable
from functools import partial
from random import Random
from threading import Barrier
from time import sleep

import pytest
from django.db import connections, transaction

from mdm.actors import SYSTEM
from mdm.errors import StateConflict
from mdm.models import GoldenRecord, Reassignment, ReopeningCondition, ReopeningKind, SourceRecord
from mdm.services.change_parts import open_request
from mdm.services.change_requests import propose_change
from mdm.services.decisions import merge_pair
from mdm.services.erasure import erase_golden_record
from mdm.services.reopening import Reopening, declare_reopening
from mdm.services.settlement import settle_pending
from mdm.services.unmerging import LineKind, unmerge, unmerge_plan
from tests.builders import STEWARD, Clock, a_customer, golden_of, load, source_record, the_same_customer
from tests.everywhere import found_in_tables
from tests.laws.threads import all_at_once

ROUNDS = 6
ERASURE_WAITS = 0.7  # it waits first, so PostgreSQL, which looks after a second, ends it


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_nothing_of_the_person_is_left_whoever_is_first(committed_hub: None, seed: int) -> None:
    clock, random = Clock(), Random(seed)
    person = {"kind": "person", "name": "Ada Zwickel", "email": "ada.z@mailbox.example", "vat": "DE129273398"}
    load("crm", the_same_customer("1", **person), at=clock())
    _taken_for_another(clock)
    golden = golden_of("crm:1")

    works: list[Callable[[], object]] = [
        partial(load, "crm", the_same_customer("1", **person, segment=f"s{n}"), at=clock()) for n in range(3)
    ]
    # A neighbor that shares keys with the person, so pairs with them are in the making.
    works.append(partial(load, "erp", the_same_customer("2", vat=None), at=clock()))
    erasure = partial(erase_golden_record, golden.public_id, reason="Case 7", actor=STEWARD, at=clock(), force=True)
    works.insert(random.randrange(len(works) + 1), erasure)
    all_at_once([partial(_patiently, work) for work in works])
    settle_pending("customer", actor=SYSTEM, at=clock())

    assert found_in_tables(["Ada Zwickel", "ada.z@mailbox.example", "129273398"]) == set()
    assert GoldenRecord.objects.get(pk=golden.pk).status == "erased"
    assert SourceRecord.objects.get(source_system__name="crm", erased_at=None).key == "3"
    assert not ReopeningCondition.objects.filter(closed_at=None).exists()
    assert list(Reassignment.objects.values_list("key", "reason")) == [("", "")]
    connections.close_all()


def _taken_for_another(clock: Clock) -> None:
    """The person was merged with another and is apart again; their tax id is said to be the other's, for now."""
    load("crm", a_customer("3", name="Kiesgrube West", city="Trier"), at=clock())
    pair = [source_record(name).pk for name in ("crm:1", "crm:3")]
    unit = merge_pair(*pair, actor=STEWARD, at=clock()).unit
    (line,) = unmerge_plan(unit, at=clock()).of_kind(LineKind.ITEM)
    to = next(side for side in line.choices if side != line.default)
    choices = {line.key: to}
    done = unmerge(unit, choices=choices, keep_apart=True, actor=STEWARD, at=clock(), reason="It is the other's")
    assert done.unit is not None
    declare_reopening(done.unit, Reopening(ReopeningKind.CHANGE, "name"), actor=STEWARD, at=clock())
    assert found_in_tables(["129273398"]) >= {("mdm_reassignment", "129273398")}


def test_an_erasure_that_meets_an_approval_is_done_all_the_same(committed_hub: None) -> None:
    """Approving locks the change request, then the golden record; erasing the other way round: a deadlock."""
    clock = Clock()
    load("crm", the_same_customer("1", kind="person", name="Ada Zwickel"), at=clock())
    golden = golden_of("crm:1")
    request = propose_change(golden, {"name": "Other Name"}, reason="", actor=STEWARD, at=clock())
    first = Barrier(2)

    def approve() -> None:
        with transaction.atomic():
            open_request(request.pk)
            first.wait()
            sleep(ERASURE_WAITS)
            GoldenRecord.objects.select_for_update().get(pk=golden.pk)

    def erase() -> None:
        first.wait()
        erase_golden_record(golden.public_id, reason="Case 7", actor=STEWARD, at=clock(), force=True)

    all_at_once([approve, erase])
    assert GoldenRecord.objects.get(pk=golden.pk).status == "erased"
    assert found_in_tables(["Ada Zwickel", "Other Name"]) == set()
    connections.close_all()


def _patiently(work: Callable[[], object]) -> None:
    """A regrouping under way refuses an erasure, which is then asked for again."""
    for _ in range(20):
        try:
            work()
        except StateConflict:
            continue
        return
    raise AssertionError("It was refused each time.")
