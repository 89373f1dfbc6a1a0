"""The value that stays valid longest."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from mdm.survivorship.candidates import Candidate, Choice, best
from mdm.survivorship.strategies import strategies
from mdm.survivorship.validity import validity_of

_REASONS = {2: "valid longest", 1: "first to become valid", 0: "last to have ended"}


@strategies.register("longest_valid")
def longest_valid(candidates: Sequence[Candidate]) -> Choice:
    """Keep, of the values valid at the time looked at, the one that ends last.

    Where none is valid, keep the one that becomes valid first, of equal ones the longer; where all have ended, the one
    that ended last. Ties go to trust, then to the one observed last. The choice stands until a later day's would be
    another.
    """
    now = candidates[0].looked_at
    chosen = best(candidates, key=partial(_standing, at=now))
    return Choice(chosen, _REASONS[_standing(chosen, at=now)[0]], until=_changes_at(candidates, chosen, after=now))


def _standing(candidate: Candidate, *, at: datetime) -> tuple[Any, ...]:  # Any: what counts differs by the first part
    span = validity_of(candidate.value)
    tie = candidate.trust, candidate.source.observed_at
    if at < span.start:
        return 1, at - span.start, span.end, *tie
    return 2 if at < span.end else 0, span.end, *tie


def _changes_at(candidates: Sequence[Candidate], chosen: Candidate, *, after: datetime) -> datetime | None:
    """Only where a span begins or ends can another one come to be kept."""
    spans = [validity_of(candidate.value) for candidate in candidates]
    ahead = sorted({border for span in spans for border in span.borders() if border > after})
    return next((day for day in ahead if best(candidates, key=partial(_standing, at=day)) is not chosen), None)
