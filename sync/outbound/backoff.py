"""How long a stream waits after a failure."""

from datetime import timedelta
from random import Random

FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)
BUDGET = timedelta(hours=72)


def wait_after(failures: int, *, random: Random, retry_after: timedelta | None) -> timedelta:
    """Full jitter: anything between nothing and a doubling, capped bound, so that failed streams do not come in step.

    Marc Brooker, "Exponential Backoff And Jitter", 2015. Never less than the remote asked for.
    """
    bound = min(FIRST_WAIT * 2 ** min(failures, 20), LONGEST_WAIT)
    wait: timedelta = bound * random.random()
    return max(wait, retry_after or timedelta())
