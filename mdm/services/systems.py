"""Connecting systems: the hub's own, and those it exchanges records with, with their mappings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from mdm.actors import Actor
from mdm.canonical import value_hash
from mdm.entity_types import entity_types
from mdm.mapping.parsing import parse_mapping
from mdm.models import HUB, MappingVersion, SourceSystem, SystemMode
from mdm.selectors.attributes import attributes_of
from mdm.services.audit import Act, record_audit_entries


def hub_system() -> SourceSystem:
    """The source system of values authored in the hub."""
    system, _ = SourceSystem.objects.get_or_create(name=HUB, defaults={"label": "Hub", "mode": SystemMode.LIVE})
    return system


@transaction.atomic
def connect_system(
    name: str,
    *,
    label: str,
    connector: str,
    base_url: str,
    credentials_reference: str,
    settings: Mapping[str, Any],
    mode: SystemMode,
    actor: Actor,
    at: datetime,
) -> SourceSystem:
    """Add a system, or bring the one of that name up to date. Repeating it changes nothing."""
    system, _ = SourceSystem.objects.update_or_create(
        name=name,
        defaults={
            "label": label,
            "connector": connector,
            "base_url": base_url,
            "credentials_reference": credentials_reference,
            "settings": dict(settings),
            "mode": mode,
        },
    )
    record_audit_entries([Act("source_system.connected", "source_system", system.pk)], actor=actor, at=at)
    return system


@transaction.atomic
def put_mapping(system: SourceSystem, document: Mapping[str, Any], *, actor: Actor, at: datetime) -> MappingVersion:
    """Make `document` the system's mapping of its entity type; the versions before stay.

    Raises InvalidMapping, also for an attribute that the rules in force do not have: declare it first. The same
    document again returns the version in force.
    """
    mapping = parse_mapping(document)
    attributes = attributes_of(entity_types.get(mapping.entity_type).name)
    mapping = parse_mapping(document, attributes=attributes)
    content_hash = value_hash(dict(document))
    versions = MappingVersion.objects.filter(source_system=system, entity_type=mapping.entity_type)
    latest = versions.order_by("-number").first()
    if latest is not None and bytes(latest.content_hash) == content_hash:
        return latest
    version = MappingVersion.objects.create(
        source_system=system,
        entity_type=mapping.entity_type,
        number=(versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        document=dict(document),
        content_hash=content_hash,
        created_at=at,
    )
    record_audit_entries([Act("mapping.put", "mapping", version.pk, version.number)], actor=actor, at=at)
    return version
