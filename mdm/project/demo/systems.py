"""Connecting the demo's CRM and ERP: addresses, paths, mappings, schedules."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import yaml
from django.conf import settings

from mdm.actors import SYSTEM
from mdm.entity_types import entity_types
from mdm.models import SystemMode
from mdm.project.demo.places import TARGETS, token_variable
from mdm.services.rule_set_versions import ensure_rule_sets
from mdm.services.systems import connect_system, put_mapping
from sync.services.schedules import ensure_schedules

LABELS = {"crm": "CRM", "erp": "ERP"}
SETTINGS: Mapping[str, dict[str, Any]] = {
    "crm": {
        "paths": {
            "customer": "/services/data/v62.0/sobjects/Account",
            "product": "/services/data/v62.0/sobjects/Product2",
            "location": "/services/data/v62.0/sobjects/Ship_To__c",
            "pricing_agreement": "/services/data/v62.0/sobjects/Contract",
        },
        "creates": ["customer"],
        "page_size": 1000,
    },
    "erp": {
        "paths": {
            "customer": "/api/business_partners",
            "product": "/api/materials",
            "location": "/api/ship_to_parties",
            "pricing_agreement": "/api/price_conditions",
        },
        "creates": [],
        "page_size": 1000,
    },
}


def connect_targets(ports: Mapping[str, int], *, at: datetime) -> None:
    """Bring rules, systems, mappings and schedules up to date. Repeating it changes nothing but the addresses."""
    ensure_rule_sets(actor=SYSTEM, at=at)
    for name in TARGETS:
        system = connect_system(
            name,
            label=LABELS[name],
            connector=f"rest_{name}",
            base_url=f"http://127.0.0.1:{ports[name]}",
            credentials_reference=token_variable(name),
            settings=SETTINGS[name],
            mode=SystemMode.LIVE,
            actor=SYSTEM,
            at=at,
        )
        for entity_type in entity_types:
            path = settings.BASE_DIR / "fixtures" / "mappings" / f"{name}_{entity_type}.yaml"
            put_mapping(system, yaml.safe_load(path.read_text(encoding="utf-8")), actor=SYSTEM, at=at)
    ensure_schedules()
