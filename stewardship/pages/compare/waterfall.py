"""The match weight as a picture: each comparison's bits as a bar that starts where the one before ended."""

from dataclasses import dataclass

from stewardship.selectors.evidence import Evidence

WIDTH = 560
LABELS = 150
NUMBERS = 60
ROW = 24
BAR = 14
TOP = 22


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A bar in the picture's units. `sense` names its style: for, against or total."""

    label: str
    number: str
    sense: str
    x: float
    y: float
    width: float
    text_y: float
    joins_at: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """A picture `width` by `height`. `link_x` is where software would have linked by itself; None when not told."""

    width: int
    height: int
    bars: tuple[DrawnBar, ...]
    zero_x: float
    link_x: float | None
    number_x: int
    label_x: int
    bottom: int


def waterfall(evidence: Evidence) -> Waterfall:
    """Lay the evidence out. What adds nothing to speak of is drawn as a hairline, not left out."""
    edges = [0.0, evidence.weight_bits, *(bar.end for bar in evidence.bars)]
    if evidence.link_bits is not None:
        edges.append(evidence.link_bits)
    low, high = min(edges), max(edges)
    room = WIDTH - LABELS - NUMBERS
    per_bit = room / ((high - low) or 1.0)

    def x(bits: float) -> float:
        return round(LABELS + (bits - low) * per_bit, 1)

    drawn = [
        _drawn(bar.label, bar.weight_bits, x(bar.start), x(bar.end), index) for index, bar in enumerate(evidence.bars)
    ]
    drawn.append(_drawn("", evidence.weight_bits, x(0.0), x(evidence.weight_bits), len(drawn), total=True))
    bottom = TOP + ROW * len(drawn)
    return Waterfall(
        width=WIDTH,
        height=bottom + 6,
        bars=tuple(drawn),
        zero_x=x(0.0),
        link_x=None if evidence.link_bits is None else x(evidence.link_bits),
        number_x=WIDTH,
        label_x=LABELS - 8,
        bottom=bottom,
    )


def _drawn(label: str, bits: float, start: float, end: float, index: int, *, total: bool = False) -> DrawnBar:
    y = TOP + index * ROW + (ROW - BAR) / 2
    return DrawnBar(
        label=label,
        number=f"{bits:+.1f}".replace("-", "−"),
        sense="total" if total else "for" if bits >= 0 else "against",
        x=min(start, end),
        y=y,
        width=max(abs(end - start), 1.0),
        text_y=y + BAR - 3,
        joins_at=end,
    )
