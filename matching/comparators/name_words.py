"""Names of organizations and places: words in any order, weighted by rarity, abbreviated and misspelled ones met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import cpdist

from matching.cells import Cells, Part
from matching.comparators.kinds import FULL, Grades, Places, TokenWeights, comparators, levels_of
from matching.comparators.spellings import Spellings
from matching.comparators.word_lists import WordLists
from matching.standardize.kinds import Cell

LEVELS = ("exact", "near", "high", "good", "fair", "part", "low", "differs")
BOUNDS = (1000, 930, 850, 750, 640, 500, 330, 0)
_SAME_WORDS, _ACRONYM, _MOST = 990, 800, 985
_FILLERS = frozenset(
    ["the", "of", "and", "for", "a", "an", "in", "at", "de", "la", "le", "les", "du", "des", "der", "die", "das", "und",
     "et", "y", "el", "di", "da", "do"]
)  # fmt: skip


class NameComparator:
    """Twice the matched rarity over the rarity of both names, in thousandths; 1000 only for the same words."""

    levels = LEVELS
    bounds = BOUNDS
    uses_tokens = True
    in_columns = False

    def grade(self, cells: Sequence[Cell], left: Places, right: Places, tokens: TokenWeights) -> Grades:
        """Grade all pairs."""
        names = _Names.of([str(cell) for cell in cells], tokens)
        # The name of fewer words stands left, so that the answer is the same from either side.
        turned = names.rank[left] > names.rank[right]
        one, other = np.where(turned, right, left), np.where(turned, left, right)
        closeness = np.minimum((FULL * names.blended(one, other)).astype(np.int16), _MOST).astype(np.int16)
        closeness[names.is_acronym(one, other)] = _ACRONYM
        closeness[names.same_words(one, other)] = _SAME_WORDS
        closeness[names.code[one] == names.code[other]] = FULL
        return Grades(levels_of(closeness, BOUNDS), closeness)

    def term(self, cell: Cell) -> str:
        """The whole name."""
        return str(cell)

    def terms(self, cells: Cells) -> Part:
        """The whole names."""
        return cells.parts[0]


@dataclass(frozen=True, slots=True, eq=False)
class _Names:
    """Names made ready once, whatever number of pairs they stand in."""

    code: NDArray[np.int64]
    rank: NDArray[np.int64]
    is_long: NDArray[np.bool_]
    compact: tuple[str, ...]
    compact_code: NDArray[np.int64]
    sorted_code: NDArray[np.int64]
    initials_code: NDArray[np.int64]
    single_code: NDArray[np.int64]
    words: WordLists

    @classmethod
    def of(cls, names: Sequence[str], tokens: TokenWeights) -> _Names:
        content = [_content(name) for name in names]
        compact = tuple(name.replace(" ", "") for name in names)
        order = {name: place for place, name in enumerate(sorted(set(names), key=lambda n: (len(n.split()), n)))}
        # An acronym and the name it stands for have one number, any other two names none in common.
        number_of: dict[str, int] = {}
        single = [number_of.setdefault(words[0], len(number_of)) if len(words) == 1 else -1 for words in content]
        initials = [
            number_of.get("".join(word[0] for word in words), -2) if len(words) >= 3 else -2 for words in content
        ]
        return cls(
            code=_numbered(names),
            rank=np.array([order[name] for name in names], dtype=np.int64),
            is_long=np.array([len(name) > 6 for name in names], dtype=np.bool_),
            compact=compact,
            compact_code=_numbered(compact),
            sorted_code=_numbered([" ".join(sorted(words)) for words in content]),
            initials_code=np.array(initials, dtype=np.int64),
            single_code=np.array(single, dtype=np.int64),
            words=WordLists.of(content, tokens),
        )

    def same_words(self, one: Places, other: Places) -> NDArray[np.bool_]:
        """Whether two names have the same words in another order, or are the same but for blanks."""
        same: NDArray[np.bool_] = (self.sorted_code[one] == self.sorted_code[other]) | (
            self.compact_code[one] == self.compact_code[other]
        )
        return same

    def is_acronym(self, one: Places, other: Places) -> NDArray[np.bool_]:
        """Whether the first is made of the initials of the second."""
        found: NDArray[np.bool_] = self.single_code[one] == self.initials_code[other]
        return found

    def blended(self, one: Places, other: Places) -> NDArray[np.float64]:
        """From 0 to 1: rarity of the words met, and a fifth for the spelling of the whole."""
        matched = self.words.matched(one, other, likeness=_likeness)
        total_l, total_r = self.words.totals[one], self.words.totals[other]
        dice = 2.0 * matched / np.maximum(total_l + total_r, 1)
        # The shorter name stands whole in the longer one: "Square 2" in "Square 2 (Shopping Mall)".
        contained = (matched / np.maximum(total_l, 1) > 0.95) & (total_l >= 5 * 64)
        dice = np.where(contained, np.maximum(dice, 0.55 + 0.4 * dice), dice)
        spelled = _spelled(
            [self.compact[each] for each in one.tolist()], [self.compact[each] for each in other.tolist()]
        )
        blended: NDArray[np.float64] = 0.8 * dice + 0.2 * spelled
        only_misspelled = (spelled > 0.9) & self.is_long[one]
        blended[only_misspelled] = np.maximum(blended, spelled - 0.06)[only_misspelled]
        return blended


def _numbered(texts: Sequence[str]) -> NDArray[np.int64]:
    number_of: dict[str, int] = {}
    return np.fromiter((number_of.setdefault(each, len(number_of)) for each in texts), dtype=np.int64, count=len(texts))


def _content(name: str) -> list[str]:
    words = name.split()
    return [word for word in words if word not in _FILLERS] or words


def _spelled(left: list[str], right: list[str]) -> NDArray[np.float64]:
    if not left:
        return np.empty(0)
    spelled: NDArray[np.float64] = cpdist(left, right, scorer=Indel.normalized_similarity, dtype=np.float64)
    return spelled


def _likeness(words: Spellings, left: Places, right: Places) -> NDArray[np.float64]:
    """How well each word stands for another one: 0 unless misspelled, inflected or abbreviated."""
    if not len(left):
        return np.empty(0)
    shorter = words.shorter(left, right)
    likeness = words.similarities(left, right, least=0.88)
    found = np.where((likeness >= 0.88) & (shorter >= 4), likeness - 0.05, 0.0)
    found[words.starts(left, right) & (shorter >= 3)] = 0.85
    found[words.is_number[left] | words.is_number[right] | (shorter < 2)] = 0.0
    return found


comparators.register("name_words")(NameComparator())
