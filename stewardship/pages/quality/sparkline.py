"""A line of scores over days, drawn on the server: the content security policy allows no inline styles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT, EDGE = 240, 48, 4


@dataclass(frozen=True, slots=True)
class Sparkline:
    """`points` as an SVG polyline takes them; the last one apart, for its dot. `low` and `high` are what it spans."""

    points: str
    last_x: float
    last_y: float
    low: float
    high: float


def sparkline(scores: Sequence[tuple[date, float]]) -> Sparkline | None:
    """The line of scores by day, oldest first; None for none. One day alone is a dot.

    The scale ends just outside the scores: a change of a percent is to be seen, and the text beside tells the height.
    """
    if not scores:
        return None
    first, days = scores[0][0], max((scores[-1][0] - scores[0][0]).days, 1)
    low, high = min(score for _, score in scores), max(score for _, score in scores)
    span = max(high - low, 0.01)
    places = [
        (
            round(EDGE + (WIDTH - 2 * EDGE) * ((day - first).days / days if len(scores) > 1 else 1), 1),
            round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (score - low) / span, 1),
        )
        for day, score in scores
    ]
    return Sparkline(" ".join(f"{x},{y}" for x, y in places), *places[-1], low, high)
