"""Where a system's record stood at an instant, and which rules were in force. Golden records: `served_as_of`."""

from datetime import datetime

from django.db.models import Q

from mdm.errors import NotFound
from mdm.models import CrosswalkEntry, RuleSet


def crosswalk_as_of(system: str, entity_type: str, key: str, at: datetime) -> CrosswalkEntry:
    """The entry that placed a system's record at that instant; of several the one opened last. Raises NotFound."""
    entries = CrosswalkEntry.objects.filter(
        Q(unlinked_at=None) | Q(unlinked_at__gt=at),
        source_record__source_system__name=system,
        source_record__entity_type=entity_type,
        source_record__key=key,
        linked_at__lte=at,
    )
    entry = entries.select_related("golden_record").order_by("-pk").first()
    if entry is None:
        raise NotFound("No golden record held this source record at that time.")
    return entry


def rule_set_as_of(entity_type: str, at: datetime) -> RuleSet:
    """The rule set in force at that instant; of several published at one instant the highest. Raises NotFound."""
    published = RuleSet.objects.filter(entity_type=entity_type, published_at__lte=at)
    found = published.select_related("match_model").order_by("-number").first()
    if found is None:
        raise NotFound(f"No rules of {entity_type} were in force at that time.")
    return found
