"""Plain text: case, accents and scripts folded to ASCII words, so that spellings can be compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

from matching.arrow import Texts, pa, pc
from matching.bytewise import in_portions, mended, plain_words
from matching.standardize.kinds import Alternatives, Cell, standardizers

_NOT_WORD = re.compile(r"[^a-z0-9]+")
_JOINERS = str.maketrans("", "", "'`´’ʼ\u200b\ufeff")
EMPTY_WORDS = frozenset(["n/a", "na", "none", "null", "nil", "unknown", "-", "--", ".", "?", "tbd"])


@lru_cache(maxsize=500_000)
def standardize_text(value: str) -> str:
    """Lower-case ASCII words separated by one space; other scripts are transliterated. "" when nothing is left."""
    if not value.isascii():
        value = anyascii(unicodedata.normalize("NFKC", value).replace("ß", "ss"))
    lowered = value.lower().strip()
    if lowered in EMPTY_WORDS:
        return ""
    # Most values are plain words: no regular expression is needed for them.
    if lowered.isalnum():
        return lowered
    words = lowered.split(" ")
    if all(map(str.isalnum, words)):
        return lowered
    return _NOT_WORD.sub(" ", lowered.translate(_JOINERS)).strip()


_LIKE_EMPTY_WORDS = pa.array(sorted({_NOT_WORD.sub(" ", each).strip() for each in EMPTY_WORDS} - {""}))


def standardize_texts(texts: Texts) -> Texts:
    """`standardize_text` of every text."""
    found, told = in_portions(texts, plain_words)
    doubtful = pc.is_in(found, value_set=_LIKE_EMPTY_WORDS).to_numpy(zero_copy_only=False)
    return mended(found, told & ~doubtful, texts, standardize_text)


def standardize_codes(texts: Texts) -> Texts:
    """`standardize_code` of every text."""
    return pc.ascii_upper(pc.replace_substring(standardize_texts(texts), " ", ""))


def distinct(cells: list[Cell]) -> tuple[Cell, ...]:
    """The non-empty cells, each once, in the order given."""
    return tuple(dict.fromkeys(cell for cell in cells if cell and (isinstance(cell, str) or any(cell))))


@standardizers.register("text")
def text_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Each alternative of each attribute as one cell of words."""
    return distinct([standardize_text(each) for alternatives in values for each in alternatives])


@standardizers.register("code")
def code_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Each alternative as one upper-case code without separators."""
    return distinct([standardize_code(each) for alternatives in values for each in alternatives])


@standardizers.register("padded_code")
def padded_code_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Like `code`, zeros left out: two systems pad and separate the groups of one document number differently."""
    return distinct([standardize_code(each).replace("0", "") for alternatives in values for each in alternatives])


@standardizers.register("verbatim_set")
def set_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """All alternatives together as one sorted set, kept as written."""
    members = sorted({each.strip() for alternatives in values for each in alternatives if each.strip()})
    return (tuple(members),) if members else ()


@standardizers.register("verbatim")
def verbatim_cells(values: tuple[Alternatives, ...]) -> tuple[Cell, ...]:
    """Each alternative as it is, without surrounding blanks."""
    return distinct([each.strip() for alternatives in values for each in alternatives])


def standardize_code(value: str) -> str:
    """Upper-case letters and digits only: `KX-FG2451` and `kx fg 2451` are one code."""
    return standardize_text(value).replace(" ", "").upper()
