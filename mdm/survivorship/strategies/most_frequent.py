"""The value that most source records agree on."""

from collections import Counter
from collections.abc import Sequence

from mdm.canonical import canonical_bytes
from mdm.entity_types.base import JsonValue
from mdm.survivorship.candidates import Candidate, Choice, best
from mdm.survivorship.strategies import strategies


@strategies.register("most_frequent")
def most_frequent(candidates: Sequence[Candidate]) -> Choice:
    """Keep the value told most often, whatever its letter case; ties go to trust, then to the one observed last."""
    told = Counter(_vote(candidate.value) for candidate in candidates)
    chosen = best(
        candidates,
        key=lambda candidate: (told[_vote(candidate.value)], candidate.trust, candidate.source.observed_at),
    )
    return Choice(chosen, f"told by {told[_vote(chosen.value)]} of {len(candidates)}")


def _vote(value: JsonValue) -> bytes:
    return canonical_bytes(value.casefold() if isinstance(value, str) else value)
