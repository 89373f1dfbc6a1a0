"""What a steward is told of systems without duplicates: who has whose place, and what looks repeated all the same."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from mdm.models import CandidatePair, CrosswalkEntry, SourceRecord
from mdm.services.rule_sets import published_rules

SHOWN = 12


@dataclass(frozen=True, slots=True)
class LostPair:
    """`other`, under another golden record, looks like `own`; `rival`, of a system without duplicates, has its place.

    Records are named by their system's label and their key. `rival_bits` None: the rival is `own` itself, or joined to
    it by other evidence than a pair.
    """

    own: str
    other: str
    other_golden: str
    weight_bits: float
    system: str
    rival: str
    rival_bits: float | None


def lost_pairs(entity_type: str, source_record_ids: Sequence[int]) -> list[LostPair]:
    """What was not linked to these source records of one golden record for that reason: the heaviest, heaviest first.

    `source_record_ids` are all that stand under it.
    """
    unique = published_rules(entity_type).unique_sources.names
    own_ids = set(source_record_ids)
    touching = Q(left__in=own_ids) | Q(right__in=own_ids)
    pairs = list(
        CandidatePair.objects.filter(touching, decision="NO_LINK")
        .order_by("-weight_bits", "pk")
        .values_list("left_id", "right_id", "weight_bits")[:SHOWN]
    )
    if not pairs or not unique:
        return []
    home, records = _neighborhood({pk for left, right, _ in pairs for pk in (left, right)} | own_ids)
    held: dict[str, dict[str, int]] = defaultdict(dict)
    for pk in sorted(records):
        if records[pk].source_system.name in unique and records[pk].tombstoned_at is None:
            held[home[pk]].setdefault(records[pk].source_system.name, pk)
    weights = _weights(own_ids)
    found: dict[int, LostPair] = {}
    for left, right, bits in pairs:
        own, other = (left, right) if left in own_ids else (right, left)
        taken = held[home.get(own, "")].keys() & held[home.get(other, "")].keys()
        if not taken:
            continue
        preferred = records[other].source_system.name
        system = preferred if preferred in taken else min(taken)
        rival = held[home[own]][system]
        told = LostPair(
            own=_name(records[own]),
            other=_name(records[other]),
            other_golden=home[other],
            weight_bits=bits,
            system=records[rival].source_system.label,
            rival=_name(records[rival]),
            rival_bits=weights.get((min(own, rival), max(own, rival))),
        )
        # Once for each record, if possible by a pair that says how much better the rival is.
        if other not in found or (found[other].rival_bits is None and told.rival_bits is not None):
            found[other] = told
    return sorted(found.values(), key=lambda each: (-each.weight_bits, each.other))


def repeated_in(pair: CandidatePair) -> str:
    """The label of the system without duplicates that holds both records of the pair; empty when there is none."""
    system = pair.left.source_system
    unique = published_rules(pair.entity_type).unique_sources.names
    return system.label if system == pair.right.source_system and system.name in unique else ""


def _neighborhood(source_record_ids: set[int]) -> tuple[dict[int, str], dict[int, SourceRecord]]:
    """Everything under the golden records of these: source record → public id, and the records."""
    golden = CrosswalkEntry.objects.filter(source_record__in=source_record_ids, unlinked_at=None)
    entries = CrosswalkEntry.objects.filter(
        golden_record__in=golden.values("golden_record"), unlinked_at=None
    ).select_related("source_record__source_system", "golden_record")
    standing = list(entries)
    return (
        {entry.source_record_id: entry.golden_record.public_id for entry in standing},
        {entry.source_record_id: entry.source_record for entry in standing},
    )


def _weights(source_record_ids: set[int]) -> dict[tuple[int, int], float]:
    pairs = CandidatePair.objects.filter(left__in=source_record_ids, right__in=source_record_ids)
    return {(left, right): bits for left, right, bits in pairs.values_list("left_id", "right_id", "weight_bits")}


def _name(record: SourceRecord) -> str:
    return f"{record.source_system.label} {record.key}"
