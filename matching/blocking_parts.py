"""Parts of blocking keys: each cuts one feature short in a way that duplicates are likely to share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

from matching.registry import Registry
from matching.standardize.address import CITY, NUMBER, POSTCODE, STREET
from matching.standardize.contact import is_free_mail, own_domain, own_label
from matching.standardize.kinds import Cell
from matching.standardize.person import given_name_roots

_VOWELS = re.compile(r"[aeiouyhw]+")
_DOUBLES = re.compile(r"(.)\1+")
_SOUNDS = str.maketrans("bpfvcgjkqsxzdtlmnr", "ppffkkkkksssttlnnr")
STOP_WORDS = frozenset(
    [
        "the",
        "of",
        "and",
        "for",
        "in",
        "at",
        "de",
        "la",
        "le",
        "les",
        "du",
        "der",
        "die",
        "das",
        "und",
        "with",
        "by",
        "to",
        "a",
        "an",
    ]
)


@dataclass(frozen=True, slots=True)
class KeyPart:
    """`values_of` answers the part's values for one cell of `feature`; none means that the key can't be made.

    Where they depend on the entry at `place` of the cell alone, `of_entry` makes them of that.
    """

    feature: str
    values_of: Callable[[Cell], tuple[str, ...]]
    place: int | None = None
    of_entry: Callable[[str], tuple[str, ...]] | None = None


parts: Registry[KeyPart] = Registry("blocking key parts")


@lru_cache(maxsize=500_000)
def sound_of(word: str) -> str:
    """A rough phonetic skeleton: the first letter's sound, then consonant sounds, at most five."""
    compact = word.replace(" ", "").replace("ph", "f").replace("ck", "k").replace("sch", "s").replace("th", "t")
    if not compact:
        return ""
    head = compact[0].translate(_SOUNDS)
    return _DOUBLES.sub(r"\1", head + _VOWELS.sub("", compact[1:]).translate(_SOUNDS))[:5]


def _one(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _part(name: str, feature: str, values_of: Callable[[Cell], tuple[str, ...]]) -> None:
    parts.register(name)(KeyPart(feature, values_of))


def _entry(name: str, feature: str, place: int, values_of: Callable[[str], tuple[str, ...]]) -> None:
    parts.register(name)(KeyPart(feature, lambda cell: values_of(cell[place]), place, values_of))


def _words(cell: Cell, least: int = 2) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in str(cell).split() if len(word) >= least and word not in STOP_WORDS))


def _word_pairs(cell: Cell) -> tuple[str, ...]:
    return tuple("+".join(pair) for pair in combinations(sorted(_words(cell)[:7]), 2))


def _both_names(cell: Cell) -> tuple[str, ...]:
    return _one("+".join(sorted((sound_of(cell[0]), sound_of(cell[2]))))) if cell[0] and cell[2] else ()


def _house(cell: Cell) -> tuple[str, ...]:
    return _one(f"{cell[NUMBER]}|{cell[STREET].replace(' ', '')}") if cell[NUMBER] and cell[STREET] else ()


def _own_domain(cell: Cell) -> tuple[str, ...]:
    domain = str(cell).rpartition("@")[2]
    return () if is_free_mail(domain) else _one(domain.rpartition(".")[0])


def _host(cell: Cell) -> tuple[str, ...]:
    host = str(cell).partition("/")[0]
    return _one(own_label(host) if host == own_domain(host) else host)


def _joined_codes(cell: Cell) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code.lstrip("=") for code in cell))


def _code_heads(cell: Cell) -> tuple[str, ...]:
    codes = _joined_codes(cell)
    return tuple(dict.fromkeys(code[:6] for code in codes if len(code) >= 7))


def _glued_words(cell: Cell) -> tuple[str, ...]:
    words = str(cell).split()
    glued = ["".join(pair) for pair in pairwise(words)]
    return tuple(dict.fromkeys(each for each in [*words, *glued] if len(each) >= 4 and any(c.isdigit() for c in each)))


_entry("given_root", "person_name", 0, lambda given: tuple(sorted(given_name_roots(given))) if given else ())
_entry("given_initial", "person_name", 0, lambda given: _one(given[:1]))
_entry("given_sound", "person_name", 0, lambda given: _one(sound_of(given)))
_entry("family", "person_name", 2, lambda family: _one(family.replace(" ", "")))
_entry("family_sound", "person_name", 2, lambda family: _one(sound_of(family)))
_part("both_names_sound", "person_name", _both_names)
_part("birth_date", "birth_date", lambda cell: _one(str(cell)))
_part("birth_year", "birth_date", lambda cell: _one(str(cell)[:4]))
_part("birth_day", "birth_date", lambda cell: _one("".join(sorted((str(cell)[5:7], str(cell)[8:])))))
_part("email", "email", lambda cell: _one(str(cell)))
_part("email_local", "email", lambda cell: _one(local) if len(local := str(cell).partition("@")[0]) >= 6 else ())
_part("email_start", "email", lambda cell: _one(str(cell)[:3]))
_part("email_domain", "email", _own_domain)
_part("phone", "phone", lambda cell: _one(str(cell)))
_part("phone_end", "phone", lambda cell: _one(str(cell)[-7:]))
_part("website_host", "website", _host)
_part("tax_id", "tax_id", lambda cell: _one(cell[1]))
_part("house", "address", _house)
_entry("street", "address", STREET, lambda street: _one(street.replace(" ", "")))
_entry("street_sound", "address", STREET, lambda street: _one(sound_of(street)))
_entry("house_number", "address", NUMBER, _one)
_entry("postcode", "address", POSTCODE, _one)
_entry("city", "address", CITY, lambda city: _one(city.replace(" ", "")))
_part("organization", "organization_name", lambda cell: _one(str(cell).replace(" ", "")))
_part("organization_word", "organization_name", _words)
_part("organization_word_pair", "organization_name", _word_pairs)
_part("organization_start", "organization_name", lambda cell: _one(str(cell).replace(" ", "")[:6]))
_part("organization_initials", "organization_name", lambda cell: _initials(str(cell)))
_part("place_name", "place_name", lambda cell: _one(str(cell).replace(" ", "")))
_part("place_word", "place_name", _words)
_part("place_word_sound", "place_name", lambda cell: tuple(dict.fromkeys(sound_of(word) for word in _words(cell, 4))))
_part("place_word_pair", "place_name", _word_pairs)
_part("place_start", "place_name", lambda cell: _one(str(cell).replace(" ", "")[:6]))
_part("place_category", "category", lambda cell: _one(str(cell)))
_part("title_word", "title", _words)
_part("title_word_pair", "title", _word_pairs)
_part("title_code", "title", _glued_words)
_part("model_code", "codes", _joined_codes)
_part("model_code_head", "codes", _code_heads)
_part("gtin", "gtin", lambda cell: _one(str(cell)))
_part("agreement_number", "number", lambda cell: _one(str(cell)))
_part("agreement_customer", "agreement_customer", lambda cell: _one(str(cell)))
_part("agreement_buyers", "agreement_buyers", lambda cell: _one(str(cell)))
_part("agreement_start", "agreement_start", lambda cell: _one(str(cell)))


def _initials(name: str) -> tuple[str, ...]:
    words = _words(name, 1)
    if len(words) >= 3:
        return ("".join(word[0] for word in words),)
    return words if len(words) == 1 and 3 <= len(words[0]) <= 6 else ()
