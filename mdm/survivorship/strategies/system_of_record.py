"""The owner's value."""

from collections.abc import Sequence

from mdm.survivorship.candidates import Candidate, Choice, best
from mdm.survivorship.strategies import strategies


@strategies.register("system_of_record")
def system_of_record(candidates: Sequence[Candidate]) -> Choice:
    """Keep the owner's value, else the first contributor's; of several records of one system the one observed last."""
    chosen = best(candidates, key=lambda candidate: (-candidate.rank, candidate.source.observed_at))
    return Choice(chosen, "system of record" if chosen.rank == 0 else "first system that may fill in")
