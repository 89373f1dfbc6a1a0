"""Charts as inline SVG, tables as HTML, with every text in them escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

_BARS_WIDTH, _ROW = 520, 18
_HISTOGRAM = (760, 220)


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; numbers are set right."""
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in header)
    body = "".join(
        "<tr>"
        + "".join(f'<td class="{"n" if _is_number(cell) else "t"}">{escape(_text(cell))}</td>' for cell in row)
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float)


def _text(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:.3f}" if isinstance(cell, float) else str(cell)


def weight_bars(levels: Sequence[tuple[str, float]], *, most_bits: float) -> str:
    """A bar a level: to the right what speaks for a match, to the left what speaks against."""
    height = _ROW * len(levels) + 4
    middle, scale = 150 + (_BARS_WIDTH - 150) / 2, (_BARS_WIDTH - 150 - 96) / 2 / max(most_bits, 1.0)
    parts = []
    for number, (name, bits) in enumerate(levels):
        top, width = number * _ROW + 2, abs(bits) * scale
        left = middle if bits >= 0 else middle - width
        side, anchor = (middle + width + 4, "start") if bits >= 0 else (middle - width - 4, "end")
        parts.append(
            f'<text x="142" y="{top + 12}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_ROW - 4}" '
            f'class="{"for" if bits >= 0 else "against"}"/>'
            f'<text x="{side:.1f}" y="{top + 12}" text-anchor="{anchor}">{bits:+.1f}</text>'
        )
    axis = f'<line x1="{middle}" x2="{middle}" y1="0" y2="{height}" class="axis"/>'
    return f'<svg viewBox="0 0 {_BARS_WIDTH} {height}" width="{_BARS_WIDTH}" role="img">{axis}{"".join(parts)}</svg>'


def histogram(links: NDArray[np.float64], reviews: NDArray[np.float64], *, marks: Sequence[tuple[str, float]]) -> str:
    """How many pairs have which weight, links upon reviews; `marks` are named vertical lines."""
    both = np.concatenate([links, reviews])
    if not len(both):
        return "<p>No pairs.</p>"
    width, height = _HISTOGRAM
    low, high = float(both.min()), max(float(both.max()), float(both.min()) + 1.0)
    edges = np.linspace(low, high, 41)
    counts = [np.histogram(side, edges)[0] for side in (reviews, links)]
    tallest = max(int((counts[0] + counts[1]).max()), 1)
    step, bottom = (width - 20) / 40, height - 30
    parts = []
    for index in range(40):
        at = float(bottom)
        for kind, count in zip(("review", "link"), (int(side[index]) for side in counts), strict=True):
            tall = count / tallest * (bottom - 20)
            at -= tall
            left = 10 + index * step
            parts.append(
                f'<rect x="{left:.1f}" y="{at:.1f}" width="{step - 1:.1f}" height="{tall:.1f}" class="{kind}">'
                f"<title>{edges[index]:.1f} to {edges[index + 1]:.1f} bits: {count} {kind}</title></rect>"
            )
    for name, bits in marks:
        if low <= bits <= high:
            x = 10 + (bits - low) / (high - low) * (width - 20)
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="14" y2="{bottom}" class="mark"/>')
            parts.append(f'<text x="{x + 3:.1f}" y="12">{escape(name)}</text>')
    parts.append(f'<text x="10" y="{height - 10}">{low:.1f} bits</text>')
    parts.append(f'<text x="{width - 10}" y="{height - 10}" text-anchor="end">{high:.1f} bits</text>')
    return f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img">{"".join(parts)}</svg>'
