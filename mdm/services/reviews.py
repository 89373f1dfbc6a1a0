"""Which candidate pairs a steward should see, stored and told."""

from mdm.events import ReviewRequested, ReviewSettled, emit
from mdm.evidence import asked_pairs
from mdm.models import CandidatePair
from mdm.partition import Placement
from mdm.rivals import UniqueSources, rival_view
from mdm.services.components import Component


def mark_pairs(component: Component, placement: Placement, unique: UniqueSources) -> None:
    """Store the decision on each pair of the component; tell what needs a steward and what no longer does.

    LINK inside a cluster, NO_LINK where a better rival in a source without duplicates settles it, REVIEW for the rest.
    """
    evidence = component.evidence
    cluster_of = {record: index for index, members in enumerate(placement.clusters) for record in members}
    lost = rival_view(evidence, placement, unique).lost
    decided: dict[str, list[int]] = {"LINK": [], "REVIEW": [], "NO_LINK": []}
    for pair in evidence.pairs:
        inside = cluster_of[pair.left] == cluster_of[pair.right]
        decided["LINK" if inside else "NO_LINK" if pair.pk in lost else "REVIEW"].append(pair.pk)
    for decision, pks in decided.items():
        CandidatePair.objects.filter(pk__any=pks).exclude(decision=decision).update(decision=decision)
    asked = {pair.pk for pair in asked_pairs(evidence, placement, lost=lost)}
    settled = [pair.pk for pair in evidence.pairs if pair.pk not in asked]
    if settled:
        emit(ReviewSettled(tuple(settled)))
    if asked:
        emit(ReviewRequested(tuple(sorted(asked))))
