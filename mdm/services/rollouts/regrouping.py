"""Components brought to the rules in force, each whole, in the name of the rollout."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Set
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from mdm.actors import Actor
from mdm.models import CrosswalkEntry, GoldenStatus, Rollout, RolloutKind, RolloutRecord, SourceRecord
from mdm.services.clusters import computed_partition
from mdm.services.components import Component, close_over, locked_component
from mdm.services.crosswalk import relied_upon
from mdm.services.placing import NOTHING, Settlement, place_component
from mdm.services.rollouts.naming import reason_of
from mdm.services.rollouts.staging import carry_over
from mdm.services.rule_sets import PublishedRules


def regroup(rollout: Rollout, source_record_ids: Collection[int], rules: PublishedRules, *, at: datetime) -> Settlement:
    """Regroup the components of those of these records that still wait for it. Repeating it changes nothing.

    The caller holds the rules in force. A component is closed over the pairs of before and after, so that nothing
    outside it has a say, and none of its records is regrouped twice.
    """
    if not _waiting(rollout, source_record_ids):
        return NOTHING
    along: set[int] = set()
    ids = set(source_record_ids)
    while True:
        along |= _take(rollout, close_over(ids, rollout_id=rollout.pk), rules)
        component = locked_component(ids)
        ids = set(component.records)
        if not _waiting(rollout, ids):
            break
    former = _former_homes(rollout, ids)
    return place_component(
        component,
        rules,
        changed=along,
        confirmed=settings.ASSAY_AUTO_REPARTITION == "auto",
        reason=reason_of(rollout),
        actor=Actor(rollout.actor),
        at=at,
        former=former,
        spared=_spared(component, rules, former) if former else relied_upon,
        correlation_id=rollout.correlation_id,
    )


def _waiting(rollout: Rollout, source_record_ids: Collection[int]) -> set[int]:
    waiting = RolloutRecord.objects.filter(rollout=rollout, source_record__any=source_record_ids)
    return set(waiting.values_list("source_record_id", flat=True))


def _take(rollout: Rollout, source_record_ids: Collection[int], rules: PublishedRules) -> set[int]:
    """Give the records that wait their pairs under the rules in force; returns them.

    Asked again once they are locked: somebody else may have taken them meanwhile, and their pairs made anew.
    """
    wanted = _waiting(rollout, source_record_ids)
    locked = SourceRecord.objects.select_for_update(no_key=True).filter(pk__any=wanted)
    list(locked.order_by("pk").values_list("pk"))
    taken = _waiting(rollout, wanted)
    carry_over(rollout, taken, rules)
    RolloutRecord.objects.filter(rollout=rollout, source_record__any=taken).delete()
    return taken


def _former_homes(rollout: Rollout, source_record_ids: Collection[int]) -> dict[int, int] | None:
    """Where these records stood before what is rolled back came into force; None when nothing is rolled back."""
    before = rollout.rolls_back.in_force_at if rollout.rolls_back else None
    if rollout.kind != RolloutKind.ROLL_BACK or before is None:
        return None
    entries = CrosswalkEntry.objects.filter(
        Q(unlinked_at=None) | Q(unlinked_at__gte=before), source_record__any=source_record_ids, linked_at__lt=before
    ).exclude(golden_record__status=GoldenStatus.ERASED)
    return dict(entries.values_list("source_record_id", "golden_record_id"))


def _spared(component: Component, rules: PublishedRules, former: Mapping[int, int]) -> Callable[[Set[int]], set[int]]:
    """Who must not be divided or ceased by rolling back: nobody, where that restores exactly what was."""
    groups: dict[int, set[int]] = defaultdict(set)
    for record, golden in former.items():
        groups[golden].add(record)
    as_before = {frozenset(members) for members in groups.values()}
    computed = computed_partition(component.evidence, rules)
    restored = {record for members in computed if frozenset(members) in as_before for record in members}
    changed_meanwhile = {golden for record, golden in component.placed.items() if record not in restored}
    return lambda golden_record_ids: relied_upon(golden_record_ids) & changed_meanwhile
