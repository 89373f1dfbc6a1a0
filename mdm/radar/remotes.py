"""What each system is known to hold of the agreements: what it last said, and over it what it has confirmed since."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mdm.models import HUB, CrosswalkEntry, MappingVersion, RemoteRecord, SourceSystem, SystemMode

AGREEMENT = "pricing_agreement"
_HEADER = ("currency", "valid_from", "valid_to", "lines")

Known = dict[str, Any]  # Any: canonical JSON values


@dataclass(frozen=True, slots=True)
class PricingSystem:
    """A system that has agreements of its own."""

    pk: int
    name: str


def pricing_systems() -> list[PricingSystem]:
    """Every connected system that has a mapping of agreements, by name."""
    mapped = MappingVersion.objects.filter(entity_type=AGREEMENT).values("source_system")
    systems = SourceSystem.objects.filter(pk__in=mapped).exclude(mode=SystemMode.OFF).exclude(name=HUB)
    return [PricingSystem(pk, name) for pk, name in systems.order_by("name").values_list("pk", "name")]


def known_agreements(
    golden_ids: Sequence[int], systems: Sequence[PricingSystem]
) -> Mapping[int, Mapping[str, list[Known]]]:
    """Golden id → system → the prices of each of its records; those it has deleted are left out."""
    ids, names = list(golden_ids), {each.pk: each.name for each in systems}
    found: dict[int, dict[int, dict[str, Known]]] = defaultdict(lambda: defaultdict(dict))
    read = CrosswalkEntry.objects.filter(
        golden_record__any=ids,
        unlinked_at=None,
        source_record__source_system__in=names,
        source_record__tombstoned_at=None,
    ).values_list(
        "golden_record_id",
        "source_record__source_system_id",
        "source_record__key",
        "source_record__canonical",  # whole: a part of it would be decoded the slow way
    )
    for golden, system, key, canonical in read:
        found[golden][system][key] = {name: canonical[name] for name in _HEADER if name in canonical}
    gone = set()
    remotes = RemoteRecord.objects.filter(golden_record__any=ids, target__in=names, entity_type=AGREEMENT)
    for golden, system, key, is_gone, sent in remotes.values_list(
        "golden_record_id", "target_id", "key", "gone_at", "sent"
    ):
        if is_gone is not None:
            gone.add((golden, system, key))
        elif sent or key in found[golden][system]:
            said = found[golden][system].setdefault(key, {})
            said.update({name: sent[name] for name in _HEADER if name in sent})
    return {
        golden: {
            names[system]: [said for key, said in sorted(records.items()) if (golden, system, key) not in gone]
            for system, records in by_system.items()
        }
        for golden, by_system in found.items()
    }
