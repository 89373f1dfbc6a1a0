"""`python -m benchmarks.mass_change`: what it takes to renew --lines agreement lines as one change, and to undo it.

Loads agreements of 50 lines from an ERP that owns them into a database of the test server that is dropped at the end,
then rehearses, submits, approves and undoes one change of all lines; each correction is shown at once. Prints seconds
by the wall and of this process's own work. Ends with exit code 0 when approving, which applies it, takes at most two
minutes, otherwise with 1.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from time import monotonic, process_time
from typing import Any

import django

LINES_EACH, PRODUCTS = 50, 500
GOAL_SECONDS = 120.0


def measure(lines: int) -> float:
    """Fill an empty, migrated hub, change it, print the times; returns seconds by the wall of applying."""
    # Django must be set up before its models are imported.
    from django.contrib.auth.models import User

    from mdm.actors import SYSTEM, person
    from mdm.pricing.renewing import Renewal
    from mdm.selectors.mass_changes import Selection
    from mdm.services.mass_changes.deciding import approve_mass_change, submit_mass_change
    from mdm.services.mass_changes.rehearsing import rehearse_mass_change
    from mdm.services.mass_changes.undoing import undo_mass_change
    from mdm.services.rule_set_versions import publish_rule_set
    from mdm.services.rule_sets import published_rules
    from tests.builders import NOON, load
    from tests.price_world import PriceWorld

    world = PriceWorld()
    rules = published_rules("pricing_agreement")
    document = rules.document.to_document()
    owned = {name: {**document["ownership"][name], "override": "show"} for name in ("lines", "valid_to")}
    document = {**document, "ownership": {**document["ownership"], **owned}}
    publish_rule_set("pricing_agreement", document, model=rules.model, actor=SYSTEM, at=NOON)
    timed("products", lambda: load("erp", *map(_product, range(PRODUCTS)), at=world.clock(), entity_type="product"))
    agreements = [_agreement(number) for number in range(lines // LINES_EACH)]
    timed("agreements", lambda: load("erp", *agreements, at=world.clock(), entity_type="pricing_agreement"))
    ana, ben = User.objects.create_user("ana"), User.objects.create_user("ben")
    proposer, approver = person(ana.get_username()), person(ben.get_username())
    renewal = Renewal(begins="2027-01-01", ends="2028-01-01", percent=Decimal(3))
    change, _ = timed(
        "rehearse",
        lambda: rehearse_mass_change(Selection(), renewal, reason="2027", actor=proposer, at=world.clock()),
    )
    print(f"{change.figures['lines']:,} lines, {change.figures['changing']:,} agreements, {change.figures['fates']}")
    timed("submit", lambda: submit_mass_change(change.pk, actor=proposer, at=world.clock()))
    _, applying = timed(
        "approve and apply",
        lambda: approve_mass_change(
            change.pk,
            payload_hash=bytes(change.payload_hash),
            groups=("Approver",),
            actor=approver,
            at=world.clock(),
        ),
    )
    undone, _ = timed("undo", lambda: undo_mass_change(change.pk, reason="Undone", actor=approver, at=world.clock()))
    print(f"kept: {len(undone.kept)}")
    return applying


def timed(name: str, work: Callable[[], Any]) -> tuple[Any, float]:  # Any: whatever the work gives
    """What the work gives, and its seconds by the wall; both times are printed."""
    wall, own = monotonic(), process_time()
    done = work()
    seconds = monotonic() - wall
    print(f"{name:<20}{seconds:>8.1f} s by the wall{process_time() - own:>8.1f} s of its own", flush=True)
    return done, seconds


def _product(number: int) -> dict[str, Any]:
    key = f"P{number}"
    return {"id": key, "name": f"Stromkabel {key}", "unit": "piece", "currency": "EUR", "cost": "5"} | {
        "modified": "2026-01-05T08:00:00Z"
    }


def _agreement(number: int) -> dict[str, Any]:
    lines = [
        {
            "product": f"P{(number * 7 + place) % PRODUCTS}",
            "unit": "piece",
            "method": "net",
            "value": f"{8 + place}.49",
            "from": "2026-01-01",
            "breaks": [{"quantity_from": "100", "value": f"{7 + place}.99"}] if place % 5 == 0 else [],
        }
        for place in range(LINES_EACH)
    ]
    return {"id": f"K{number}", "currency": "EUR", "status": "active", "scope": "group", "group": f"G{number}"} | {
        "from": "2026-01-01",
        "to": "2027-01-01",
        "floor": "20",
        "lines": lines,
        "modified": "2026-01-05T08:00:00Z",
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mass_change", description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000, help="agreement lines (10000)")
    given = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.project.settings")
    os.environ.setdefault("ASSAY_LOG_LEVEL", "WARNING")
    django.setup()
    from mdm.project.supervisor.guard import Kind, hold
    from mdm.project.supervisor.places import Places, default_state
    from tests.databases import TestDatabase

    places = Places(state=default_state(), for_tests=True)
    with hold(Kind.POSTGRES, places=places):
        database = TestDatabase(places=places, worker="benchmark")
        database.create()
        try:
            seconds = measure(given.lines)
        finally:
            database.drop()
    passed = seconds <= GOAL_SECONDS
    print(f"{'passed' if passed else 'FAILED'}: applied in {seconds:.1f} s (at most {GOAL_SECONDS:.0f})")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
