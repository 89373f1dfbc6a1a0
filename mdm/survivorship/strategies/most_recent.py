"""The value observed last."""

from collections.abc import Sequence

from mdm.survivorship.candidates import Candidate, Choice, best
from mdm.survivorship.strategies import strategies


@strategies.register("most_recent")
def most_recent(candidates: Sequence[Candidate]) -> Choice:
    """Keep the value observed last; ties go to the more trusted system."""
    chosen = best(candidates, key=lambda candidate: (candidate.source.observed_at, candidate.trust))
    return Choice(chosen, "observed last")
