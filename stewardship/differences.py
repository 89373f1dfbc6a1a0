"""What differs between two values, in the characters."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

ALIKE_PERCENT = 50.0
"""Below this, two lines are two things: marking their common letters would be noise."""
SHORTEST_ISLAND = 2
"""An unchanged run shorter than this between two changes is read as changed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters; `changed` when the other side does not have it."""

    text: str
    changed: bool = False


Line = tuple[Piece, ...]


def unmarked(lines: Sequence[str]) -> tuple[Line, ...]:
    """Lines of which nothing is said to differ."""
    return tuple((Piece(line),) for line in lines)


def differing_lines(left: Sequence[str], right: Sequence[str]) -> tuple[tuple[Line, ...], tuple[Line, ...]]:
    """Both sides with what the other lacks marked. Equal lines are set off against each other wherever they stand."""
    left_only, right_only = _without_common(left, right), _without_common(right, left)
    partners = _partners([left[i] for i in left_only], [right[i] for i in right_only])
    partner_of_left = {left_only[i]: right[right_only[j]] for i, j in partners}
    partner_of_right = {right_only[j]: left[left_only[i]] for i, j in partners}
    return (
        tuple(_line(text, alone=i in left_only, partner=partner_of_left.get(i)) for i, text in enumerate(left)),
        tuple(_line(text, alone=i in right_only, partner=partner_of_right.get(i)) for i, text in enumerate(right)),
    )


def marked(text: str, other: str) -> Line:
    """`text` with the characters that `other` lacks marked."""
    pieces: list[Piece] = []
    for step in Indel.opcodes(text, other):
        if step.tag != "insert":
            run = text[step.src_start : step.src_end]
            changed = step.tag != "equal"
            if pieces and pieces[-1].changed == changed:
                pieces[-1] = Piece(pieces[-1].text + run, changed)
            else:
                pieces.append(Piece(run, changed))
    return _without_islands(pieces)


def _without_common(own: Sequence[str], other: Sequence[str]) -> list[int]:
    spare = Counter(other)
    alone = []
    for index, text in enumerate(own):
        if spare[text]:
            spare[text] -= 1
        else:
            alone.append(index)
    return alone


def _partners(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """The most alike lines belong together; ties by position."""
    alike = [
        (-fuzz.ratio(one, other), i, j)
        for i, one in enumerate(left)
        for j, other in enumerate(right)
        if fuzz.ratio(one, other) >= ALIKE_PERCENT
    ]
    chosen: list[tuple[int, int]] = []
    for _, i, j in sorted(alike):
        if all(i != x and j != y for x, y in chosen):
            chosen.append((i, j))
    return chosen


def _line(text: str, *, alone: bool, partner: str | None) -> Line:
    if not alone:
        return (Piece(text),)
    return (Piece(text, changed=True),) if partner is None else marked(text, partner)


def _without_islands(pieces: Sequence[Piece]) -> Line:
    joined: list[Piece] = []
    for index, piece in enumerate(pieces):
        island = not piece.changed and 0 < index < len(pieces) - 1 and len(piece.text) < SHORTEST_ISLAND
        changed = piece.changed or island
        if joined and joined[-1].changed == changed:
            joined[-1] = Piece(joined[-1].text + piece.text, changed)
        else:
            joined.append(Piece(piece.text, changed))
    return tuple(joined)
