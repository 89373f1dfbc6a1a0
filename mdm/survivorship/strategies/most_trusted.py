"""The value of the system trusted most, less so the older it is."""

from collections.abc import Sequence

from mdm.survivorship.candidates import Candidate, Choice, best
from mdm.survivorship.decay import overtakes_at, standing
from mdm.survivorship.strategies import strategies


@strategies.register("most_trusted")
def most_trusted(candidates: Sequence[Candidate]) -> Choice:
    """Keep the value with the highest trust when it is looked at; ties go to the one observed last."""
    if len(candidates) == 1:  # most are alone
        return Choice(candidates[0], "most trusted")
    chosen = best(candidates, key=lambda candidate: standing(candidate, at=candidate.looked_at))
    rivals = [candidate for candidate in candidates if candidate is not chosen]
    overtakes = [at for rival in rivals if (at := overtakes_at(rival, chosen, after=chosen.looked_at))]
    return Choice(chosen, "most trusted", until=min(overtakes, default=None))
