"""Laws 1, 2, 3, 4, 6, 9 and 10 after every step of whatever may happen to a hub."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from matching.clustering import cluster
from mdm.canonical import canonical_bytes
from mdm.partition import place
from mdm.services.components import Component, locked_component
from tests.laws.happenings import CHANGES
from tests.laws.hub_over_time import HubOverTime
from tests.laws.universe import FULL, LAWS, Told, a_stranger

OVER_TIME = settings(LAWS, max_examples=500 if FULL else 4, stateful_step_count=30 if FULL else 12)


@pytest.mark.django_db
def test_whatever_happens_the_laws_hold(hub: None) -> None:
    run_state_machine_as_test(HubOverTime, settings=OVER_TIME)


# One history in which every guard is needed.
UNIVERSE = [
    Told("erp", a_stranger("10")),
    Told("crm", a_stranger("00")),
    *(Told("crm", a_stranger(f"2{branch}")) for branch in range(3)),
    Told("crm", a_stranger("30", parent="00", website="https://a.example")),
]
ERP_1, CRM_1, CRM_2, CRM_2_TOO, _, CRM_3 = range(6)
HISTORY: list[Callable[[HubOverTime], None]] = [
    lambda hub: hub.begin(UNIVERSE),
    lambda hub: hub.a_record_arrives(Told("erp", a_stranger("20"))),
    lambda hub: hub.merges_unwind([ERP_1, CRM_1, CRM_2], [0, 1, 2]),
    lambda hub: hub.a_steward_decides(ERP_1, CRM_1, same=True),
    lambda hub: hub.a_steward_decides(CRM_1, CRM_3, same=True),
    lambda hub: hub.a_steward_changes_their_mind(0),
    lambda hub: hub.a_steward_decides(CRM_2, CRM_2_TOO, same=False),
    lambda hub: hub.everything_is_matched_again(),
    lambda hub: hub.values_are_edited_and_approved(0, {"segment": "export"}, 3, pin=True),
    lambda hub: hub.time_passes(9),
    lambda hub: hub.rules_are_published(CHANGES[0]),
    lambda hub: hub.rules_are_rolled_back(),
]


def live_through(history: Sequence[Callable[[HubOverTime], None]]) -> None:
    """Whatever holds after every step at random holds after each of these."""
    hub = HubOverTime()
    try:
        for step in history:
            step(hub)
            for law in hub.invariants:
                law.function(hub)
    finally:
        hub.leave()


@pytest.mark.django_db
def test_with_all_guards_the_laws_hold(hub: None) -> None:
    live_through(HISTORY)


def _blind(ids: Iterable[int]) -> Component:
    whole, chosen = locked_component(ids), set(ids)
    return replace(
        whole,
        records={pk: record for pk, record in whole.records.items() if pk in chosen},
        pairs=[pair for pair in whole.pairs if {pair.left, pair.right} <= chosen],
        must_links=[],
        cannot_links=[],
        placed={pk: golden for pk, golden in whole.placed.items() if pk in chosen},
    )


def _heedless(nodes: Any, pairs: Any, **rest: Any) -> Any:
    return cluster(nodes, pairs, **{**rest, "must_links": [], "cannot_links": []})


def _forgetful(clusters: Any, current: Any, past: Any, **rest: Any) -> Any:
    return place(clusters, current, {})


def _unsaid(document: Mapping[str, Any]) -> bytes:
    attributes = {name: value for name, value in document["attributes"].items() if name != "website"}
    return canonical_bytes({**document, "attributes": attributes})


# By law: the guard that is switched off, and what stands in its place.
GUARDS: dict[str, tuple[str, Callable[..., Any]]] = {
    "1 an arrival looks at its whole component": ("mdm.services.settlement.locked_component", _blind),
    "1 what speaks of a thing follows it": ("mdm.services.placing.rebuild_dependents", lambda *_, **__: 0),
    "1 pins are known to a rebuilding": ("mdm.services.rebuild.open_pins", lambda _ids: {}),
    "1 time is looked after": ("mdm.services.upkeep._rebuild", lambda *_, **__: []),
    "3 ids return to where they were": ("mdm.services.clusters.place", _forgetful),
    "3 an undoing looks back": ("mdm.services.unmerging.parting.former_homes", lambda *_, **__: {}),
    "4 matching knows the decisions": ("mdm.services.clusters.cluster", _heedless),
    "6 what is announced is what survived": ("mdm.services.versions.canonical_bytes", _unsaid),
    "9 merged ids follow their records": ("mdm.services.crosswalk._gone_on", lambda *_: {}),
    "10 versions are written whole": ("mdm.services.versions._write_history", lambda *_, **__: None),
}


@pytest.mark.django_db
@pytest.mark.parametrize("guard", GUARDS)
def test_without_its_guard_a_law_is_broken(hub: None, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """Negative controls."""
    monkeypatch.setattr(*GUARDS[guard])

    with pytest.raises((AssertionError, DatabaseError)):
        live_through(HISTORY)
