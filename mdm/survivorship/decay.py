"""How trust fades, and when one candidate overtakes another by age alone: to the second, whatever the shapes."""

import math
from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from mdm.rules.policies import Decay, DecayShape
from mdm.survivorship.candidates import Candidate

_SECOND, _DAY_SECONDS = timedelta(seconds=1), 86_400


def standing(candidate: Candidate, *, at: datetime) -> tuple[float, datetime]:
    """What candidates are ranked by: faded trust, then when they were observed."""
    return trust_bits(candidate, age=at - candidate.source.observed_at), candidate.source.observed_at


def trust_bits(candidate: Candidate, *, age: timedelta) -> float:
    """log2 of the faded trust, so that a half-life is a straight line; minus infinity for no trust at all."""
    if candidate.trust == 0:
        return -math.inf
    if candidate.decay is None:
        return math.log2(candidate.trust)
    # A source clock that runs ahead gives a negative age; trust never grows beyond what the rule set says.
    return math.log2(candidate.trust) + _faded_bits(candidate.decay, max(age.total_seconds(), 0) / _DAY_SECONDS)


def overtakes_at(rival: Candidate, leader: Candidate, *, after: datetime) -> datetime | None:
    """The first full second after `after` at which the rival stands before the leader; None when it never does.

    Between two kinks the difference of two trusts changes in one direction only. So it is enough to look at both ends
    of each such stretch, and to search by halves the one in which the rival comes to stand before.
    """
    if leader.decay is None or _fade_alike(rival, leader, after=after):
        return None  # trust never rises: one that does not fade stays ahead

    def stands_before(seconds: int) -> bool:
        ours, theirs = (_standing_after(each, after=after, seconds=seconds) for each in (rival, leader))
        return ours > theirs or (ours == theirs and rival.tie_break < leader.tie_break)

    last = (datetime.max.replace(tzinfo=after.tzinfo) - after) // _SECOND
    kinks = {*_kinks(rival, after=after), *_kinks(leader, after=after), *_turning_points(rival, leader, after=after)}
    starts = sorted({1, *(kink for kink in kinks if 1 < kink <= last)})
    for start, following in pairwise([*starts, last + 1]):
        if stands_before(start):
            return after + timedelta(seconds=start)
        if stands_before(following - 1):
            near = _meeting(rival, leader, after=after)
            return after + timedelta(seconds=_first(stands_before, range(start, following), near=near))
    return None


def _first(holds: Callable[[int], bool], stretch: range, *, near: float | None) -> int:
    """The first number of the stretch from which on it holds, as it does at the end; `near` is where to look first."""
    if near is not None:
        low, high = max(math.floor(near) - 1, stretch.start), min(math.ceil(near) + 1, stretch.stop - 1)
        if low < high and not holds(low) and holds(high):
            stretch = range(low, high + 1)
    return stretch[bisect_left(stretch, x=True, key=holds)]


def _meeting(rival: Candidate, leader: Candidate, *, after: datetime) -> float | None:
    """Where two straight lines of bits meet, in seconds after `after`; None where they are curved or parallel."""
    paces = [0.0 if each.decay is None else 1 / each.decay.days for each in (rival, leader)]
    straight = all(each.decay is None or each.decay.is_plain_half_life for each in (rival, leader))
    if not straight or paces[0] == paces[1] or 0 in (rival.trust, leader.trust):
        return None
    ahead = trust_bits(leader, age=after - leader.source.observed_at)
    behind = trust_bits(rival, age=after - rival.source.observed_at)
    return (ahead - behind) / (paces[1] - paces[0]) * _DAY_SECONDS


def _standing_after(candidate: Candidate, *, after: datetime, seconds: int) -> tuple[Any, ...]:  # Any: as `standing`
    observed_at = candidate.source.observed_at
    return trust_bits(candidate, age=after - observed_at + seconds * _SECOND), observed_at


def _faded_bits(decay: Decay, days: float) -> float:
    """log2 of the share of trust that is left at that age, 0 or less."""
    least = math.log2(decay.to / 100) if decay.to else -math.inf
    if decay.shape is DecayShape.HALF_LIFE:
        return max(-1 / decay.days * days, least)
    if days >= decay.days:
        return least
    if decay.shape is DecayShape.STEP:
        return 0.0
    return math.log2(1 - (1 - decay.to / 100) * days / decay.days)


def _fade_alike(rival: Candidate, leader: Candidate, *, after: datetime) -> bool:
    """Whether both fade at one pace for ever, as most pairs do: then nobody overtakes."""
    if rival.decay is None or rival.decay != leader.decay:
        return False
    return rival.decay.is_plain_half_life and max(rival.source.observed_at, leader.source.observed_at) <= after


def _kinks(candidate: Candidate, *, after: datetime) -> Iterator[int]:
    """The first full seconds at which the candidate's trust begins to fade, jumps, or stops fading."""
    decay, since = candidate.decay, candidate.source.observed_at - after
    if decay is None:
        return
    yield -(-since // _SECOND)
    if decay.shape is not DecayShape.HALF_LIFE:
        yield -(-(since + timedelta(days=decay.days)) // _SECOND)
    elif decay.to:
        yield from _around(since.total_seconds() + decay.days * math.log2(100 / decay.to) * _DAY_SECONDS)


def _turning_points(rival: Candidate, leader: Candidate, *, after: datetime) -> Iterator[int]:
    """Where a curve and a straight line are furthest apart: the place where both fade at one pace."""
    for curve, line in ((rival, leader), (leader, rival)):
        if curve.decay is None or line.decay is None or 0 in (curve.trust, line.trust):
            continue
        if (curve.decay.shape, line.decay.shape) != (DecayShape.HALF_LIFE, DecayShape.LINEAR) or line.decay.to == 100:
            continue
        lost_per_day = line.trust * (1 - line.decay.to / 100) / line.decay.days
        age_days = curve.decay.days * math.log2(math.log(2) * curve.trust / (curve.decay.days * lost_per_day))
        yield from _around((curve.source.observed_at - after).total_seconds() + age_days * _DAY_SECONDS)


def _around(seconds: float) -> tuple[int, int]:
    """The full seconds before and after a moment that is known to rounding only."""
    return math.floor(seconds), math.floor(seconds) + 1
