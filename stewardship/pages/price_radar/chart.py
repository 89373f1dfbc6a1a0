"""Bars of findings by kind, drawn on the server: the content security policy allows no inline styles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, BAR, STEP, LEAST = 420.0, 18, 30, 3.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A band's part of a bar, in units of the drawing; `shade` is 0 for the most urgent band."""

    band: str
    x: float
    width: float
    shade: int


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of one kind. `y` is where it begins, `middle` where its number stands, `end` where it ends."""

    kind: str
    y: int
    middle: int
    end: float
    count: int
    segments: tuple[Segment, ...]


def bars(counts: Mapping[str, Mapping[str, int]]) -> list[Bar]:
    """A bar a kind, in the order given; the longest fills the width. A band with any finding can be seen."""
    most = max((sum(bands.values()) for bands in counts.values()), default=0)
    return [_bar(place, kind, bands, most) for place, (kind, bands) in enumerate(counts.items())]


def height(drawn: Sequence[Bar]) -> int:
    """Of the whole drawing."""
    return len(drawn) * STEP


def _bar(place: int, kind: str, bands: Mapping[str, int], most: int) -> Bar:
    segments: list[Segment] = []
    x = 0.0
    for shade, (band, count) in enumerate(bands.items()):
        if count:
            width = round(max(WIDTH * count / most, LEAST), 1)
            segments.append(Segment(band, round(x, 1), width, shade))
            x += width
    y = place * STEP + (STEP - BAR) // 2
    return Bar(kind, y, y + BAR // 2, round(x, 1), sum(bands.values()), tuple(segments))
