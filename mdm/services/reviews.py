"""Which candidate pairs a steward should see, stored and told."""

from mdm.events import ReviewRequested, ReviewSettled, emit
from mdm.evidence import asked_pairs
from mdm.models import CandidatePair
from mdm.partition import Placement
from mdm.services.components import Component


def mark_pairs(component: Component, placement: Placement) -> None:
    """Store LINK or REVIEW for each pair of the component and tell what needs a steward and what no longer does."""
    cluster_of = {record: index for index, members in enumerate(placement.clusters) for record in members}
    inside = [pair.pk for pair in component.pairs if cluster_of[pair.left] == cluster_of[pair.right]]
    across = [pair.pk for pair in component.pairs if cluster_of[pair.left] != cluster_of[pair.right]]
    CandidatePair.objects.filter(pk__any=inside).exclude(decision="LINK").update(decision="LINK")
    CandidatePair.objects.filter(pk__any=across).exclude(decision="REVIEW").update(decision="REVIEW")
    asked = {pair.pk for pair in asked_pairs(component.evidence, placement)}
    settled = [pair.pk for pair in component.pairs if pair.pk not in asked]
    if settled:
        emit(ReviewSettled(tuple(settled)))
    if asked:
        emit(ReviewRequested(tuple(sorted(asked))))
