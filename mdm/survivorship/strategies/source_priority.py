"""The value of the first system in line."""

from collections.abc import Sequence

from mdm.survivorship.candidates import Candidate, Choice, best
from mdm.survivorship.strategies import strategies


@strategies.register("source_priority")
def source_priority(candidates: Sequence[Candidate]) -> Choice:
    """Keep the value of the system listed first; of several of its records the one observed last."""
    chosen = best(candidates, key=lambda candidate: (-candidate.rank, candidate.source.observed_at))
    return Choice(chosen, "first in the order of systems")
