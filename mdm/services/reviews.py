"""Which candidate pairs a steward should see: across golden records, undecided, and the weightiest of their kind."""

from mdm.events import ReviewRequested, ReviewSettled, emit
from mdm.models import CandidatePair
from mdm.partition import Placement
from mdm.services.components import Component, ScoredPair

ASKED_FROM_PROBABILITY = 0.5  # below this a steward finds one match among a hundred pairs
# Vetoes that settle the matter: an identifier or a specification says they differ, and no steward knows better.
SETTLING_VETOES = frozenset(
    {
        "currencies_differ",
        "customers_differ",
        "far_apart",
        "gtins_differ",
        "model_numbers_differ",
        "pack_sizes_differ",
        "periods_apart",
        "quantities_differ",
        "tax_ids_conflict",
    }
)


def mark_pairs(component: Component, placement: Placement) -> None:
    """Store LINK or REVIEW for each pair of the component and tell what needs a steward and what no longer does.

    Between two clusters one pair, the weightiest, speaks for all: a steward decides about things, not about pairs of
    rows.
    """
    cluster_of = {record: index for index, members in enumerate(placement.clusters) for record in members}
    inside = [pair.pk for pair in component.pairs if cluster_of[pair.left] == cluster_of[pair.right]]
    across = [pair for pair in component.pairs if cluster_of[pair.left] != cluster_of[pair.right]]
    CandidatePair.objects.filter(pk__any=inside).exclude(decision="LINK").update(decision="LINK")
    CandidatePair.objects.filter(pk__any=[pair.pk for pair in across]).exclude(decision="REVIEW").update(
        decision="REVIEW"
    )
    kept_apart = {frozenset((cluster_of[left], cluster_of[right])) for left, right in component.cannot_links}
    speakers: dict[frozenset[int], ScoredPair] = {}
    for pair in across:
        between = frozenset((cluster_of[pair.left], cluster_of[pair.right]))
        rival = speakers.get(between)
        if (
            between not in kept_apart
            and _worth_asking(pair)
            and (rival is None or (pair.weight_bits, -pair.pk) > (rival.weight_bits, -rival.pk))
        ):
            speakers[between] = pair
    asked = {pair.pk for pair in speakers.values()}
    settled = [pair.pk for pair in component.pairs if pair.pk not in asked]
    if settled:
        emit(ReviewSettled(tuple(settled)))
    if asked:
        emit(ReviewRequested(tuple(sorted(asked))))


def _worth_asking(pair: ScoredPair) -> bool:
    return pair.probability >= ASKED_FROM_PROBABILITY and SETTLING_VETOES.isdisjoint(pair.vetoes)
