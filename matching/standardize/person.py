"""Names of people: given, middle and family name, titles dropped, the generation (Jr, Sr, III) kept apart."""

from __future__ import annotations

import re
from functools import lru_cache

from nicknames import NickNamer

from matching.standardize.kinds import Alternatives, Cell, standardizers
from matching.standardize.text import distinct, standardize_text

_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "professor",
        "sir",
        "madam",
        "herr",
        "frau",
        "dipl",
        "ing",
        "mag",
        "rev",
        "fr",
        "dott",
        "sig",
        "sra",
        "don",
    ]
)
GENERATIONS = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}
_IDEOGRAPHS = re.compile(r"^[\u3400-\u9fff\uac00-\ud7af]{2,4}$")
_NICKNAMES = NickNamer()
_QUOTED = re.compile(r"[\"“”(].*?[\"“”)]")


@lru_cache(maxsize=200_000)
def given_name_roots(name: str) -> frozenset[str]:
    """The formal names a given name may stand for, itself included: bob → bob, robert."""
    return frozenset(_NICKNAMES.canonicals_of(name)) | {name}


@lru_cache(maxsize=200_000)
def is_given_name(name: str) -> bool:
    """Whether the nickname table knows this as a given name."""
    return bool(_NICKNAMES.canonicals_of(name) or _NICKNAMES.nicknames_of(name))


@standardizers.register("person_name")
def person_name_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Cells (given, middle, family, generation) from given, middle and family name, else from a full name."""
    given, middle, family, full = values
    cells: list[Cell] = []
    if given or family:
        firsts, middles, lasts = given or ("",), middle or ("",), family or ("",)
        for index in range(max(len(firsts), len(lasts))):
            pick = (each[min(index, len(each) - 1)] for each in (firsts, middles, lasts))
            cells.append(_parts(*pick))
    cells.extend(_split_full_name(each) for each in (full if not cells else ()))
    return distinct(cells)


def _parts(given: str, middle: str, family: str) -> tuple[str, ...]:
    first_words = _words(given)
    last_words = _words(family)
    generation = ""
    for words in (last_words, first_words):
        if len(words) > 1 and words[-1] in GENERATIONS:
            generation = GENERATIONS[words.pop()]
    middle_words = _words(middle)
    if len(last_words) > 1 and len(last_words[0]) == 1:
        middle_words.append(last_words.pop(0))
    if len(first_words) > 1 and not middle_words:
        middle_words = first_words[1:]
        first_words = first_words[:1]
    return (" ".join(first_words), " ".join(middle_words), " ".join(last_words), generation)


def _words(text: str) -> list[str]:
    return words_of_name(standardize_text(text))


def words_of_name(words: str) -> list[str]:
    """The standardized words without titles; titles alone stay."""
    given = words.split()
    kept = [each for each in given if each not in _TITLES]
    return kept or given


def _split_full_name(name: str) -> tuple[str, ...]:
    stripped = name.strip()
    if _IDEOGRAPHS.match(stripped):
        # Chinese and Korean write the family name first.
        return _parts(stripped[1:], "", stripped[0])
    if "," in stripped:
        family, _, given = stripped.partition(",")
        if standardize_text(given) in GENERATIONS:
            return _split_full_name(f"{family} {given}")
        return _parts(given, "", family)
    words = _words(_QUOTED.sub(" ", stripped))
    generation = words.pop() if len(words) > 2 and words[-1] in GENERATIONS else ""
    if len(words) < 2:
        return ("", "", " ".join(words), "")
    return (words[0], " ".join(words[1:-1]), words[-1], GENERATIONS.get(generation, ""))
