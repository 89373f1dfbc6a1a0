"""`python -m benchmarks.rehearsing.filling RECORDS.csv`: customers into an empty hub, as any hub takes them in.

Intake, training of the match model and settlement are the hub's own. The CRM and the ERP are also targets, in shadow
mode, so that messages are rendered; nothing is sent. Two drafts are left: version DRAFT_VALUES trusts the ERP more than
the CRM, version DRAFT_MATCHING links from two bits less on.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import django

from benchmarks.customers.noise import SOURCES

TARGETS = ("CRM", "ERP")
AT_ONCE = 5_000
SHORTER_BY_BITS = 2.0


def main() -> int:
    """Fill the database that DATABASE_URL names; prints seconds by step."""
    django.setup()
    from django.utils import timezone  # after setup, as what follows

    from mdm.actors import SYSTEM
    from mdm.models import SourceSystem, SystemMode
    from mdm.services.intake import receive_payloads
    from mdm.services.rule_set_versions import draft_rule_set, ensure_rule_sets
    from mdm.services.rule_sets import published_rules
    from mdm.services.settlement import settle_pending
    from mdm.services.systems import connect_system, put_mapping
    from mdm.services.training import train_match_model

    at = timezone.now()
    ensure_rule_sets(actor=SYSTEM, at=at)
    for name in SOURCES:
        system = connect_system(
            name.lower(),
            label=name,
            connector=f"rest_{name.lower()}" if name in TARGETS else "",
            base_url="",
            credentials_reference="",
            settings={},
            mode=SystemMode.SHADOW,
            actor=SYSTEM,
            at=at,
        )
        put_mapping(system, mapping(name.lower()), actor=SYSTEM, at=at)
    systems = {system.name: system for system in SourceSystem.objects.all()}

    def receive() -> None:
        waiting: dict[str, list[dict[str, str]]] = defaultdict(list)
        with Path(sys.argv[1]).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                name = row["source"].lower()
                waiting[name].append(row)
                if len(waiting[name]) == AT_ONCE:
                    receive_payloads(systems[name], "customer", waiting.pop(name), actor=SYSTEM, at=timezone.now())
        for name, rows in waiting.items():
            receive_payloads(systems[name], "customer", rows, actor=SYSTEM, at=timezone.now())

    def draft() -> None:
        rules = published_rules("customer")
        document = rules.document.to_document()
        survivorship = {**document["survivorship"], "trust": {"crm": 40, "erp": 90, "*": 50}, "half_life_days": {}}
        other = {**document, "survivorship": survivorship}
        draft_rule_set("customer", other, model=None, actor=SYSTEM, at=timezone.now(), note="values")
        bits = {name: each - SHORTER_BY_BITS for name, each in rules.model.link_bits.items()}
        model = replace(rules.model, link_bits=bits, review_bits=rules.model.review_bits - SHORTER_BY_BITS)
        draft_rule_set("customer", document, model=model, actor=SYSTEM, at=timezone.now(), note="matching")

    timed("received", receive)
    timed("trained", lambda: train_match_model("customer", actor=SYSTEM, at=timezone.now()))
    timed("settled", lambda: settle_pending("customer", actor=SYSTEM, at=timezone.now()))
    draft()
    return 0


def timed(step: str, work: Callable[[], object]) -> None:
    """Do it, and say how long it took."""
    started = time.monotonic()
    work()
    print(f"{step} in {time.monotonic() - started:.1f} s", flush=True)


def mapping(system: str) -> dict[str, Any]:
    """How each of the invented systems writes a customer. Any: a mapping document."""
    return {
        "system": system,
        "entity_type": "customer",
        "key": "id",
        "attributes": {
            "kind": {
                "path": "entity_type",
                "transform": {"table": {"values": [["person", "person"], ["organisation", "organization"]]}},
            },
            "name": {
                "paths": ["organisation_name", "given_name", "family_name"],
                "transform": "join",
                "direction": "read",
            },
            "given_name": {"path": "given_name", "transform": "trim"},
            "middle_name": {"path": "middle_name", "transform": "trim"},
            "family_name": {"path": "family_name", "transform": "trim"},
            "emails": {"each": [{"path": "email", "transform": "trim"}]},
            "phones": {"each": [{"path": "phone", "transform": "trim"}]},
            "address": {
                "components": {"street": "street", "city": "city", "postcode": "postcode", "country": "country"}
            },
            "tax_registrations": {
                "each": [
                    {
                        "needs": ["number"],
                        "components": {
                            "kind": {"constant": "vat"},
                            "jurisdiction": {"constant": "DE"},
                            "number": "tax_id",
                        },
                    }
                ]
            },
        },
    }


if __name__ == "__main__":
    sys.exit(main())
