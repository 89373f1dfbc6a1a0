"""Rollouts: found by public id, those under way, and what became of the golden records that they changed."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from mdm.errors import NotFound
from mdm.models import GoldenRecord, GoldenVersion, Rollout, RolloutPhase
from mdm.models.rollouts import ID_PREFIX
from mdm.public_ids import parse_public_id
from mdm.rules.errors import MistypedPublicId


@dataclass(frozen=True, slots=True)
class UnderWay:
    """The rollouts that settling must mind; two when one is rolled back before its end."""

    matching: Rollout | None
    regrouping: Rollout | None


def under_way(entity_type: str) -> UnderWay:
    """The open rollouts of the entity type that match or regroup."""
    found = {each.phase: each for each in open_rollouts(entity_type)}
    return UnderWay(found.get(RolloutPhase.MATCHING), found.get(RolloutPhase.REGROUPING))


def open_rollouts(entity_type: str | None = None) -> QuerySet[Rollout]:
    """Those with batches left, oldest first."""
    found = Rollout.objects.filter(ended_at=None).select_related("rule_set", "former").order_by("pk")
    return found if entity_type is None else found.filter(entity_type=entity_type)


def rollout_of(public_id: str) -> Rollout:
    """The rollout of that public id. Raises NotFound."""
    try:
        prefix, pk = parse_public_id(public_id)
    except MistypedPublicId as error:
        raise NotFound(f"{public_id} is no rollout: {error}") from error
    found = Rollout.objects.select_related("rule_set", "former", "rolls_back").filter(pk=pk).first()
    if prefix != ID_PREFIX or found is None:
        raise NotFound(f"There is no rollout {public_id}.")
    return found


def versions_of(rollout: Rollout) -> QuerySet[GoldenVersion]:
    """The golden versions that it made."""
    # Times are indexed, correlation ids are not.
    made: QuerySet[GoldenVersion] = GoldenVersion.objects.filter(
        correlation_id=rollout.correlation_id, history_date__gte=rollout.started_at
    )
    return made


def changed_since(rollout: Rollout) -> list[str]:
    """Public ids of the golden records it changed that somebody else has changed after it; by id.

    Versions of a rollout that takes it back do not count.
    """
    own = [rollout.correlation_id, *rollout.rolled_back_by.values_list("correlation_id", flat=True)]
    last = versions_of(rollout).filter(id=OuterRef("id")).order_by("-version").values("version")[:1]
    later = GoldenVersion.objects.filter(id__in=versions_of(rollout).values("id"))
    changed = later.exclude(correlation_id__in=own).filter(version__gt=Subquery(last)).values("id")
    return list(GoldenRecord.objects.filter(pk__in=changed).order_by("pk").values_list("public_id", flat=True))


def not_as_before(rollout: Rollout) -> list[str]:
    """Public ids of the golden records it changed that do not say now what they said before it; by id.

    One that it made is as before when it is merged away.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH touched AS (
                SELECT id, min(version) AS first FROM mdm_historicalgoldenrecord
                WHERE correlation_id = %s AND history_date >= %s GROUP BY id
            )
            SELECT golden.public_id FROM touched
            JOIN mdm_goldenrecord golden USING (id)
            LEFT JOIN mdm_historicalgoldenrecord before ON before.id = touched.id AND before.version = touched.first - 1
            WHERE (before.id IS NULL AND golden.status <> 'merged')
               OR (before.id IS NOT NULL AND (golden.status, golden.merged_into_id, golden.document -> 'attributes')
                   IS DISTINCT FROM (before.status, before.merged_into_id, before.document -> 'attributes'))
            ORDER BY golden.id
            """,
            [rollout.correlation_id, rollout.started_at],
        )
        return [public_id for (public_id,) in cursor.fetchall()]
