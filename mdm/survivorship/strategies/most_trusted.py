"""The value of the system trusted most, less so the older it is."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from mdm.survivorship.candidates import Candidate, Choice, best
from mdm.survivorship.strategies import strategies

_DAY_SECONDS = 86_400


@strategies.register("most_trusted")
def most_trusted(candidates: Sequence[Candidate]) -> Choice:
    """Keep the value with the highest trust when it is looked at; ties go to the one observed last."""
    chosen = best(
        candidates,
        key=lambda candidate: (_trust_bits(candidate, at=candidate.looked_at), candidate.source.observed_at),
    )
    overtakes = [at for rival in candidates if (at := _overtakes_at(rival, chosen, after=chosen.looked_at))]
    return Choice(chosen, "most trusted", until=min(overtakes, default=None))


def _trust_bits(candidate: Candidate, *, at: datetime) -> float:
    """log2 of the decayed trust, so that decay is a straight line; minus infinity for no trust at all."""
    if candidate.trust == 0:
        return -math.inf
    return math.log2(candidate.trust) + _bits_per_day(candidate) * _days(at - candidate.source.observed_at)


def _overtakes_at(rival: Candidate, leader: Candidate, *, after: datetime) -> datetime | None:
    """When the rival's line rises above the leader's, to the next full second; None when it never does."""
    gap = _trust_bits(leader, at=after) - _trust_bits(rival, at=after)
    closing = _bits_per_day(rival) - _bits_per_day(leader)
    if not math.isfinite(gap) or closing <= 0:
        return None
    seconds = math.floor(gap / closing * _DAY_SECONDS) + 1
    try:
        return after + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _bits_per_day(candidate: Candidate) -> float:
    return 0.0 if candidate.half_life_days is None else -1 / candidate.half_life_days


def _days(age: timedelta) -> float:
    # A source clock that runs ahead gives a negative age; trust never grows beyond what the rule set says.
    return max(age.total_seconds(), 0) / _DAY_SECONDS
