"""Law 1 with several workers: arrivals at the same moment come to what they come to one after another."""

from collections.abc import Sequence
from functools import partial
from random import Random
from threading import Thread
from typing import Any

import pytest
from django.db import transaction

from mdm.actors import SYSTEM
from mdm.models import RuleSet
from mdm.partition import Placement
from mdm.rivals import UniqueSources
from mdm.services.components import Component
from mdm.services.dependents import rebuild_dependents
from mdm.services.reviews import mark_pairs
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.services.settlement import settle_pending, settle_source_records
from tests.builders import (
    Clock,
    Payload,
    a_customer,
    golden_values,
    load,
    passing,
    receive,
    roll_out,
    the_same_customer,
)
from tests.laws.observed import dangling, homeless_or_doubled, load_batch
from tests.laws.threads import all_at_once
from tests.laws.universe import Told

WORKERS = 4


def crowd(random: Random) -> list[Told]:
    """Three companies, four records each in both systems, with parents among them."""
    companies: list[Payload] = [
        {},
        {"name": "Zementwerk Ost", "vat": "DE811569869", "phone": "+49731555666", "street": "Am Kai", "city": "Ulm"},
        {"name": "Suedwind AG", "vat": "DE129274202", "phone": "+49895551234", "street": "Ring", "email": None},
    ]
    told = [
        Told(system, the_same_customer(f"{number}{index}", parent=f"{random.randrange(3)}0", **fields))
        for number, fields in enumerate(companies)
        for system in ("crm", "erp")
        for index in range(2)
    ]
    return random.sample(told, len(told))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2])
def test_four_workers_come_to_what_one_comes_to(committed_hub: None, seed: int) -> None:
    universe = crowd(Random(seed))
    with passing() as clock:
        load_batch(sorted(universe, key=lambda told: told.name), clock)
        alone = golden_values()

    def work(share: list[Told]) -> None:
        clock = Clock()
        for told in share:
            load(told.system, told.payload, at=clock())

    all_at_once([partial(work, universe[worker::WORKERS]) for worker in range(WORKERS)])

    assert golden_values() == alone
    assert homeless_or_doubled() == []
    assert dangling() == []


@pytest.mark.django_db(transaction=True)
def test_a_record_and_what_it_speaks_of_may_arrive_at_the_same_moment(
    committed_hub: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    parent = Thread(
        target=partial(all_at_once, [partial(load, "crm", a_customer("parent", name="Zementwerk"), at=clock())])
    )

    def meanwhile(dependents: Sequence[tuple[int, str]], **rest: Any) -> int:
        monkeypatch.undo()
        parent.start()
        parent.join(timeout=1)  # it may have to wait for the child, which is not committed yet
        return rebuild_dependents(dependents, **rest)

    monkeypatch.setattr("mdm.services.placing.rebuild_dependents", meanwhile)
    load("crm", a_customer("child", name="Kiesgrube", parent="parent"), at=clock())
    parent.join()

    _, values = golden_values()[frozenset({"crm:child"})]
    assert values["legal_parent"]["id"] == ["crm:parent"]


@pytest.mark.django_db(transaction=True)
def test_what_is_told_during_a_settling_is_not_forgotten(committed_hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    first = receive("crm", [a_customer("1", name="Before")], at=clock())
    teller = Thread(target=partial(all_at_once, [partial(receive, "crm", [a_customer("1", name="After")], at=clock())]))

    def meanwhile(component: Component, placement: Placement, unique: UniqueSources) -> None:
        monkeypatch.undo()
        teller.start()
        teller.join(timeout=1)  # it may have to wait for the settling
        mark_pairs(component, placement, unique)

    monkeypatch.setattr("mdm.services.placing.mark_pairs", meanwhile)
    settle_source_records("customer", first.pending_ids, actor=SYSTEM, at=clock())
    teller.join()
    settle_pending("customer", actor=SYSTEM, at=clock())

    ((_, values),) = golden_values().values()
    assert values["name"] == "After"


def trusting(system: str, clock: Clock) -> None:
    document = published_rules("customer").document.to_document()
    document["survivorship"] = {**document["survivorship"], "trust": {system: 95, "*": 5}}
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())


@pytest.mark.django_db(transaction=True)
def test_rules_published_during_a_settling_reach_what_it_places(
    committed_hub: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    trusting("crm", clock)
    ours = receive("crm", [the_same_customer("1")], at=clock())
    theirs = receive("erp", [the_same_customer("1", name="Nordlicht Handel")], at=clock())
    publisher = Thread(target=partial(all_at_once, [partial(trusting, "erp", clock)]))

    def meanwhile(component: Component, placement: Placement, unique: UniqueSources) -> None:
        monkeypatch.undo()
        publisher.start()
        publisher.join(timeout=1)  # it has to wait for the settling
        mark_pairs(component, placement, unique)

    monkeypatch.setattr("mdm.services.placing.mark_pairs", meanwhile)
    settle_source_records("customer", [*ours.pending_ids, *theirs.pending_ids], actor=SYSTEM, at=clock())
    publisher.join()
    roll_out(clock)
    settle_pending("customer", actor=SYSTEM, at=clock())

    ((_, values),) = golden_values().values()
    assert values["name"] == "Nordlicht Handel"


@pytest.mark.django_db(transaction=True)
def test_two_may_publish_rules_at_the_same_moment(committed_hub: None) -> None:
    clock = Clock()
    other = Thread(target=partial(all_at_once, [partial(trusting, "erp", clock)]))
    with transaction.atomic():
        trusting("crm", clock)
        other.start()
        other.join(timeout=1)  # it has to wait
    other.join()

    assert published_rules("customer").document.to_document()["survivorship"]["trust"]["erp"] == 95
    assert list(RuleSet.objects.filter(entity_type="customer").order_by("-number").values_list("state", flat=True))[
        :2
    ] == ["published", "superseded"]


@pytest.mark.django_db(transaction=True)
def test_two_may_bring_a_new_record_at_the_same_moment(committed_hub: None) -> None:
    clock = Clock()
    late = partial(receive, "crm", [a_customer("1", name="Late")], at=clock())
    other = Thread(target=partial(all_at_once, [late]))
    with transaction.atomic():
        receive("crm", [a_customer("1", name="Early")], at=clock())
        other.start()
        other.join(timeout=1)  # it has to wait
    other.join()
    settle_pending("customer", actor=SYSTEM, at=clock())

    ((_, values),) = golden_values().values()
    assert values["name"] == "Late"
