"""The value that says most."""

from collections.abc import Mapping, Sequence

from mdm.entity_types.base import JsonValue
from mdm.survivorship.candidates import Candidate, Choice, best
from mdm.survivorship.strategies import strategies


@strategies.register("most_complete")
def most_complete(candidates: Sequence[Candidate]) -> Choice:
    """Keep the value with most components, then most characters; ties go to trust, then to the one observed last."""
    chosen = best(
        candidates,
        key=lambda candidate: (*_extent(candidate.value), candidate.trust, candidate.source.observed_at),
    )
    return Choice(chosen, "most complete")


def _extent(value: JsonValue) -> tuple[int, int]:
    """Components and characters."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        inside = [_extent(component) for component in value]
        return sum(count for count, _ in inside), sum(length for _, length in inside)
    return (0, 0) if value is None else (1, len(str(value)))
