"""Every item that anyone tells."""

from collections.abc import Sequence

from mdm.survivorship.candidates import Candidate, Choice, best
from mdm.survivorship.strategies import strategies


@strategies.register("union")
def union(candidates: Sequence[Candidate]) -> Choice:
    """Keep each item of a collection; between two tellings of one item the more trusted, then the later, wins.

    Survivorship calls it for the tellings of one item at a time, unless the policy names an item strategy.
    """
    chosen = best(candidates, key=lambda candidate: (candidate.trust, candidate.source.observed_at))
    return Choice(chosen, "only telling" if len(candidates) == 1 else "more trusted telling of the item")
