"""Texts of a whole column worked on byte by byte, all at once: a loop over the texts would take ten times as long."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray

from matching.arrow import Texts, pa, pc
from matching.cells import joined_texts

_AT_ONCE = 50_000
"""Texts worked on together: their bytes then stay in the processor's cache."""
_BLANK, _DROPPED = 32, 0
_LATIN_END = 0x250


@dataclass(frozen=True, slots=True, eq=False)
class Bytes:
    """The UTF-8 bytes of many texts one after another; those of text i are `data[starts[i]:starts[i + 1]]`."""

    data: NDArray[np.uint8]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, texts: Texts) -> Bytes:
        """The bytes of texts without nulls."""
        _, starts, data = texts.buffers()
        ends = np.frombuffer(starts, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
        whole = np.frombuffer(data, dtype=np.uint8) if data is not None else np.empty(0, dtype=np.uint8)
        return cls(whole[ends[0] : ends[-1]], ends - ends[0])

    @property
    def sizes(self) -> NDArray[np.int64]:
        """How many bytes each text has."""
        return np.diff(self.starts)

    def texts(self) -> Texts:
        """The texts that these bytes spell."""
        starts = pa.py_buffer(self.starts.astype(np.int32))
        return pa.StringArray.from_buffers(len(self.starts) - 1, starts, pa.py_buffer(np.ascontiguousarray(self.data)))

    def kept(self, chosen: NDArray[np.bool_]) -> Bytes:
        """Without the bytes that aren't chosen."""
        before = np.concatenate([[0], np.cumsum(chosen, dtype=np.int64)])
        return Bytes(self.data[chosen], before[self.starts])

    def having(self, marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which texts have a marked byte."""
        return self.counted(marked) > 0

    def counted(self, marked: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many marked bytes each text has."""
        before = np.concatenate([[0], np.cumsum(marked, dtype=np.int64)])
        found: NDArray[np.int64] = before[self.starts[1:]] - before[self.starts[:-1]]
        return found


def before_first(texts: Texts, sign: str) -> Texts:
    """What stands before the first such sign; the whole text where it has none."""
    return pc.struct_field(pc.extract_regex(texts, f"^(?P<before>[^{sign}]*)"), "before")


def behind_first(texts: Texts, sign: str) -> Texts:
    """What stands behind the first such sign; nothing where it has none."""
    found = pc.extract_regex(texts, f"(?s)^[^{sign}]*{sign}(?P<behind>.*)$")
    return pc.struct_field(found, "behind").fill_null("")


def in_portions(
    texts: Texts, work: Callable[[Bytes], tuple[Bytes, NDArray[np.bool_]]]
) -> tuple[Texts, NDArray[np.bool_]]:
    """What `work` makes of the texts, some at a time, and which it can tell of."""
    made, told = [], [np.empty(0, dtype=np.bool_)]
    for start in range(0, len(texts), _AT_ONCE):
        found, sure = work(Bytes.of(texts[start : start + _AT_ONCE]))
        made.append(found.texts())
        told.append(sure)
    return joined_texts(made), np.concatenate(told)


def mended(texts: Texts, told: NDArray[np.bool_], originals: Texts, one_by_one: Callable[[str], str]) -> Texts:
    """The texts, those that could not be told of made one by one from their originals."""
    places = np.flatnonzero(~told)
    if not len(places):
        return texts
    found = pa.array([one_by_one(each) for each in originals.take(pa.array(places)).to_pylist()], pa.string())
    return pc.replace_with_mask(texts, pa.array(~told), found)


def _latin() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_]]:
    """Two ASCII signs for each letter of two bytes, and of which this is all that there is to tell."""
    first, second = np.zeros(_LATIN_END, dtype=np.uint8), np.zeros(_LATIN_END, dtype=np.uint8)
    told = np.zeros(_LATIN_END, dtype=np.bool_)
    for code in range(0x80, _LATIN_END):
        letters = anyascii(unicodedata.normalize("NFKC", chr(code)).replace("ß", "ss"))
        if len(letters) <= 2 and letters.isascii() and "\x00" not in letters:
            first[code], second[code] = (*letters.encode(), 0, 0)[:2]
            told[code] = True
    return first, second, told


_FIRST, _SECOND, _TOLD = _latin()
_JOINERS = frozenset("'`")
_WORD_OF = np.array(
    [
        _DROPPED if chr(byte) in _JOINERS else ord(chr(byte).lower()) if chr(byte).isascii() and chr(byte).isalnum()
        else _BLANK
        for byte in range(256)
    ],
    dtype=np.uint8,
)  # fmt: skip


def latin_as_ascii(given: Bytes) -> tuple[Bytes, NDArray[np.bool_]]:
    """Latin letters with accents as plain ones, byte for byte where they can be; which texts are wholly told."""
    wide = np.flatnonzero(given.data >= 0x80)
    if not len(wide):
        return given, np.ones(len(given.starts) - 1, dtype=np.bool_)
    data = given.data.copy()
    leads = wide[data[wide] >= 0xC0]
    short = leads[data[leads] < 0xE0]
    code = ((data[short].astype(np.int64) & 0x1F) << 6) | (data[short + 1] & 0x3F)
    known = code < _LATIN_END
    known[known] = _TOLD[code[known]]
    here, code = short[known], code[known]
    data[here], data[here + 1] = _FIRST[code], _SECOND[code]
    unknown = data >= 0x80
    empty = np.zeros(len(data), dtype=np.bool_)
    empty[here], empty[here + 1] = _FIRST[code] == 0, _SECOND[code] == 0
    mended_bytes = Bytes(data, given.starts)
    return mended_bytes.kept(~empty), ~mended_bytes.having(unknown)


def plain_words(given: Bytes) -> tuple[Bytes, NDArray[np.bool_]]:
    """Lower-case words of ASCII letters and digits with one blank between them; which texts are wholly told."""
    letters, told = latin_as_ascii(given)
    found = Bytes(_WORD_OF[letters.data], letters.starts)
    if (found.data == _DROPPED).any():
        found = found.kept(found.data != _DROPPED)
    blank = found.data == _BLANK
    if not blank.any():
        return found, told
    behind_blank = np.ones(len(blank), dtype=np.bool_)
    behind_blank[1:] = blank[:-1]
    behind_blank[found.starts[:-1][found.sizes > 0]] = True
    found = found.kept(~(blank & behind_blank))
    keep = np.ones(len(found.data), dtype=np.bool_)
    lasts = found.starts[1:][found.sizes > 0] - 1
    keep[lasts] = found.data[lasts] != _BLANK
    return found.kept(keep), told
