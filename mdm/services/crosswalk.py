"""The crosswalk follows a placement: entries closed and opened, golden records made, merged and brought back."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from datetime import datetime

from mdm.actors import Actor
from mdm.models import CrosswalkEntry, DecisionOrigin, GoldenRecord, GoldenStatus, MatchDecision, Redirect, RemoteRecord
from mdm.partition import Placement
from mdm.projection import date_range, record_facts
from mdm.selectors.golden import survivor_of
from mdm.services.audit import Act, record_audit_entries
from mdm.services.components import Component
from mdm.services.crosswalk_entries import rewrite_entries
from mdm.services.failures import forget_failures
from mdm.services.protection_requests import ask_no_more
from mdm.services.remote_records import follow_crosswalk
from mdm.services.rule_sets import PublishedRules
from mdm.services.versions import NextVersion, new_golden_records, write_versions


def past_homes(component: Component) -> dict[int, list[int]]:
    """Golden records that once held these source records and hold none of another component now, latest first.

    They are locked: two components must not both bring one back to life.
    """
    rows = closed_entries(component.records)
    known = {golden for _, golden in rows} - set(component.placed.values())
    known -= set(GoldenRecord.objects.filter(pk__any=known, status=GoldenStatus.ERASED).values_list("pk", flat=True))
    list(GoldenRecord.objects.select_for_update().filter(pk__any=known).order_by("pk").values_list("pk"))
    return empty_homes(rows, known)


def closed_entries(source_record_ids: Collection[int]) -> list[tuple[int, int]]:
    """Where these source records once were: (source record, golden record), latest first."""
    closed = CrosswalkEntry.objects.filter(source_record__any=source_record_ids, unlinked_at__isnull=False)
    return list(closed.order_by("-unlinked_at", "-pk").values_list("source_record_id", "golden_record_id"))


def empty_homes(rows: Iterable[tuple[int, int]], known: Set[int]) -> dict[int, list[int]]:
    """Of the `known` golden records those that stand empty, by the source records that were there."""
    taken = set(
        CrosswalkEntry.objects.filter(golden_record__any=known, unlinked_at=None).values_list(
            "golden_record_id", flat=True
        )
    )
    past: dict[int, list[int]] = defaultdict(list)
    for record, golden in rows:
        if golden in known and golden not in past[record] and golden not in taken:
            past[record].append(golden)
    return past


def relied_upon(golden_record_ids: Set[int]) -> set[int]:
    """Those that a target has confirmed or a steward has decided about: automation must not repartition them."""
    delivered = RemoteRecord.objects.filter(golden_record__in=golden_record_ids, confirmed_at__isnull=False)
    entries = CrosswalkEntry.objects.filter(golden_record__in=golden_record_ids, unlinked_at=None)
    decided = MatchDecision.objects.filter(closed_at=None, origin=DecisionOrigin.STEWARD)
    touched = entries.filter(source_record__in=decided.values("left")) | entries.filter(
        source_record__in=decided.values("right")
    )
    return {*delivered.values_list("golden_record_id", flat=True), *touched.values_list("golden_record_id", flat=True)}


def apply_placement(
    component: Component,
    placement: Placement,
    *,
    rules: PublishedRules,
    changed: Set[int],
    reason: str,
    actor: Actor,
    at: datetime,
    correlation_id: uuid.UUID | None = None,
) -> tuple[set[int], list[GoldenRecord]]:
    """Make the crosswalk say what the placement says.

    `correlation_id` None: versions of what merges away take that of a source record which leaves.

    Returns the source records that moved, and the golden records to rebuild: those whose members moved or changed,
    new and revived ones included.
    """
    wanted, fresh = _homes(component, placement, rules=rules, at=at)
    moved = {record for record, golden in wanted.items() if component.placed.get(record) != golden}
    rewrite_entries(component, wanted, moved, at=at)
    record_audit_entries(
        [
            Act(
                "source_record.linked",
                "source_record",
                record,
                reason=reason,
                correlation_id=correlation_id,
                values={"golden_record": wanted[record]},
            )
            for record in sorted(moved)
        ],
        actor=actor,
        at=at,
    )
    survivors = {golden: wanted[placement.clusters[index][0]] for golden, index in placement.merged.items()}
    survivors |= _gone_on(component, wanted, moved, survivors)
    concerned = {wanted[record] for record in moved | (changed & wanted.keys())}
    concerned |= {component.placed[record] for record in moved if record in component.placed} - survivors.keys()
    stored = {
        record.pk: record
        for record in GoldenRecord.objects.select_for_update()
        .filter(pk__any={*concerned, *survivors, *survivors.values()})
        .order_by("pk")
    } | fresh
    follow_crosswalk({record: wanted[record] for record in moved})
    causes = {} if correlation_id else _causes(component)
    correlations = {golden: causes.get(golden) or correlation_id or uuid.uuid4() for golden in survivors}
    _merge_away(survivors, stored, correlations, rules=rules, reason=reason, actor=actor, at=at)
    # What is alive again gets its next version when it is rebuilt, later in this transaction.
    versions = {pk: stored[pk].version + (pk not in survivors) for pk in {*concerned, *survivors}}
    _keep_redirects(survivors, versions, at=at)
    return moved, [stored[pk] for pk in sorted(concerned)]


def _gone_on(
    component: Component, wanted: Mapping[int, int], moved: Set[int], survivors: Mapping[int, int]
) -> dict[int, int]:
    """Merged golden record → the one that most of the source records it last held go to now.

    Only those that would lead elsewhere: what they were merged into may be divided, and an id leads to its records.
    """
    leaving = [record for record in moved if record in component.placed]
    past = CrosswalkEntry.objects.filter(source_record__any=leaving, unlinked_at__isnull=False)
    merged = {
        record.pk: record
        for record in GoldenRecord.objects.filter(
            pk__in=past.values("golden_record"), status=GoldenStatus.MERGED
        ).exclude(pk__in=set(wanted.values()))
    }
    last_held: dict[int, tuple[datetime | None, Counter[int]]] = {}
    entries = CrosswalkEntry.objects.filter(golden_record__in=merged, unlinked_at__isnull=False)
    rows = entries.order_by("-unlinked_at").values_list("golden_record_id", "source_record_id", "unlinked_at")
    for golden, record, unlinked_at in rows:
        emptied_at, homes = last_held.setdefault(golden, (unlinked_at, Counter()))
        if unlinked_at == emptied_at and record in wanted:
            homes[wanted[record]] += 1
    found = {
        golden: min(homes, key=lambda home: (-homes[home], home)) for golden, (_, homes) in last_held.items() if homes
    }
    leads_to = {golden: survivor_of(merged[golden]).pk for golden in found}
    return {golden: home for golden, home in found.items() if survivors.get(leads_to[golden], leads_to[golden]) != home}


def _homes(
    component: Component, placement: Placement, *, rules: PublishedRules, at: datetime
) -> tuple[dict[int, int], dict[int, GoldenRecord]]:
    """Source record → golden record id, and the golden records that are new, by id."""
    missing = sum(home is None for home in placement.homes)
    fresh = new_golden_records(rules.entity_type, missing, rule_set_id=rules.rule_set_id, at=at)
    unused = iter(fresh)
    wanted = {}
    for members, home in zip(placement.clusters, placement.homes, strict=True):
        golden = home if home is not None else next(unused).pk
        for record in members:
            wanted[record] = golden
    return wanted, {record.pk: record for record in fresh}


def _merge_away(
    survivors: dict[int, int],
    known: dict[int, GoldenRecord],
    correlations: Mapping[int, uuid.UUID],
    *,
    rules: PublishedRules,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Publish the last version of golden records left empty: merged into the one that took most of their records.

    One that was merged before is published anew when its records have gone on to another.
    """
    write_versions(
        [
            NextVersion(
                golden_record=known[golden],
                status=GoldenStatus.MERGED,
                merged_into=known[survivor],
                attributes=known[golden].document["attributes"],
                lineage=known[golden].lineage,
                quality=known[golden].quality,
                rule_set_id=rules.rule_set_id,
                recompute_at=None,
                correlation_id=correlations[golden],
                reason=reason,
            )
            for golden, survivor in sorted(survivors.items())
        ],
        actor=actor,
        at=at,
    )
    forget_failures(sorted(survivors))
    ask_no_more(sorted(survivors), at=at)


def _causes(component: Component) -> dict[int, uuid.UUID]:
    """Golden record → the correlation id of its last source record."""
    return {golden: component.records[record].correlation_id for record, golden in sorted(component.placed.items())}


def _keep_redirects(survivors: Mapping[int, int], versions: Mapping[int, int], *, at: datetime) -> None:
    record_facts(
        Redirect,
        {
            golden: {"survivor": {"survivor_id": to, "valid": date_range(None, None)}}
            for golden, to in survivors.items()
        },
        versions=versions,
        at=at,
    )
