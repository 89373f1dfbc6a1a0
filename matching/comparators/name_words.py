"""Names of organizations and places: words in any order, weighted by rarity, abbreviated and misspelled ones met."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import Indel, JaroWinkler

from matching.comparators.kinds import FULL, ClosenessComparator, TokenWeights, comparators

LEVELS = ("exact", "near", "high", "good", "fair", "part", "low", "differs")
BOUNDS = (1000, 930, 850, 750, 640, 500, 330, 0)
_FILLERS = frozenset(
    [
        "the",
        "of",
        "and",
        "for",
        "a",
        "an",
        "in",
        "at",
        "de",
        "la",
        "le",
        "les",
        "du",
        "des",
        "der",
        "die",
        "das",
        "und",
        "et",
        "y",
        "el",
        "di",
        "da",
        "do",
    ]
)


def name_closeness(left: str, right: str, tokens: TokenWeights) -> int:
    """Twice the matched rarity over the rarity of both names, in thousandths; 1000 only for the same words."""
    if left == right:
        return FULL
    first, second = sorted((left, right), key=lambda each: (len(each.split()), each))
    words_l, words_r = _content(first), _content(second)
    if sorted(words_l) == sorted(words_r) or first.replace(" ", "") == second.replace(" ", ""):
        return 990
    if _is_acronym(words_l, words_r):
        return 800
    matched, total_l, total_r = _match_words(words_l, words_r, tokens)
    dice = 2.0 * matched / (total_l + total_r)
    contained = matched / max(total_l, 1)
    if contained > 0.95 and total_l >= 5 * 64:
        # The shorter name stands whole in the longer one: "Square 2" in "Square 2 (Shopping Mall)".
        dice = max(dice, 0.55 + 0.4 * dice)
    spelled = Indel.normalized_similarity(first.replace(" ", ""), second.replace(" ", ""))
    blended = 0.8 * dice + 0.2 * spelled
    if spelled > 0.9 and len(first) > 6:
        blended = max(blended, spelled - 0.06)
    return min(int(FULL * blended), 985)


@lru_cache(maxsize=200_000)
def _content(name: str) -> tuple[str, ...]:
    words = tuple(word for word in name.split() if word not in _FILLERS)
    return words or tuple(name.split())


def _is_acronym(words_l: tuple[str, ...], words_r: tuple[str, ...]) -> bool:
    return len(words_l) == 1 and len(words_r) >= 3 and words_l[0] == "".join(word[0] for word in words_r)


def _match_words(words_l: tuple[str, ...], words_r: tuple[str, ...], tokens: TokenWeights) -> tuple[float, int, int]:
    weights_l = [tokens(word) for word in words_l]
    weights_r = [tokens(word) for word in words_r]
    free = list(range(len(words_r)))
    matched = 0.0
    left_over: list[int] = []
    for index, word in enumerate(words_l):
        place = next((each for each in free if words_r[each] == word), None)
        if place is None:
            left_over.append(index)
        else:
            free.remove(place)
            matched += weights_l[index]
    pairs = sorted((-_likeness(words_l[i], words_r[j]), words_l[i], words_r[j], i, j) for i in left_over for j in free)
    taken_l: set[int] = set()
    for negative, _, _, i, j in pairs:
        if negative == 0 or i in taken_l or j not in free:
            continue
        taken_l.add(i)
        free.remove(j)
        matched += -negative * 0.5 * (weights_l[i] + weights_r[j])
    return matched, sum(weights_l), sum(weights_r)


@lru_cache(maxsize=500_000)
def _likeness(left: str, right: str) -> float:
    """How well one word stands for the other: 0 unless misspelled, inflected or abbreviated."""
    shorter, longer = sorted((left, right), key=len)
    if left.isdigit() or right.isdigit() or len(shorter) < 2:
        return 0.0
    if len(shorter) >= 3 and longer.startswith(shorter):
        return 0.85
    likeness = JaroWinkler.similarity(left, right)
    return likeness - 0.05 if likeness >= 0.88 and len(shorter) >= 4 else 0.0


comparators.register("name_words")(ClosenessComparator(LEVELS, BOUNDS, name_closeness))
