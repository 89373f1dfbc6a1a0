"""What the hub knows of the target when it renders: what its records hold, and its keys of the things spoken of."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from mdm.models import (
    CandidatePair,
    CrosswalkEntry,
    DecisionKind,
    MatchDecision,
    RemoteRecord,
    SourceRecord,
)
from mdm.public_ids import parse_public_id


def known_values(remotes: Iterable[RemoteRecord]) -> dict[int, Mapping[str, Any]]:
    """Canonical values that each remote record is known to hold, by its id. Any: decoded JSON.

    The last read counts, and over it what was confirmed since; a read forgets what the record no longer holds.
    """
    remotes = list(remotes)
    rows = SourceRecord.objects.filter(
        source_system__in={r.target_id for r in remotes},
        entity_type__in={r.entity_type for r in remotes},
        key__in={r.key for r in remotes},
    ).values_list("source_system_id", "entity_type", "key", "canonical")
    read = {(system, kind, key): canonical for system, kind, key, canonical in rows}
    return {r.pk: {**read.get((r.target_id, r.entity_type, r.key), {}), **r.sent} for r in remotes}


def primary_keys(public_ids: Collection[str], *, target_id: int) -> dict[str, str]:
    """The target's keys of these golden records; those that it does not know are missing."""
    pks = {parse_public_id(public_id)[1]: public_id for public_id in public_ids}
    rows = RemoteRecord.objects.filter(
        target=target_id, golden_record__in=pks, is_primary=True, gone_at=None
    ).values_list("golden_record_id", "key")
    return {pks[golden]: key for golden, key in rows}


def awaiting_review(golden_ids: Collection[int], *, target_id: int) -> set[int]:
    """Golden records that may be the same thing as a record of the target: a steward has yet to say.

    Making them there meanwhile would make the duplicate that is under review.
    """
    home = _homes(CrosswalkEntry.objects.filter(golden_record__in=golden_ids))
    pairs = list(
        CandidatePair.objects.filter(decision="REVIEW")
        .filter(Q(left__in=home, right__source_system=target_id) | Q(right__in=home, left__source_system=target_id))
        .values_list("left_id", "right_id")
    )
    home |= _homes(CrosswalkEntry.objects.filter(source_record__in={pk for pair in pairs for pk in pair}))
    apart = {
        frozenset((home.get(left), home.get(right)))
        for left, right in MatchDecision.objects.filter(kind=DecisionKind.CANNOT_LINK, closed_at=None)
        .filter(Q(left__in=home) | Q(right__in=home))
        .values_list("left_id", "right_id")
    }
    open_pairs = [frozenset((home.get(left), home.get(right))) for left, right in pairs]
    return {
        golden
        for pair in open_pairs
        if pair not in apart
        for golden in pair
        if golden is not None and golden in golden_ids
    }


def _homes(entries: QuerySet[CrosswalkEntry]) -> dict[int, int]:
    """Source record → the golden record that holds it."""
    return dict(entries.filter(unlinked_at=None).values_list("source_record_id", "golden_record_id"))
