"""Lines of a large CSV file, written as columns of text; the same bytes that the csv module writes."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from matching.arrow import Texts, pa, pc
from matching.bytewise import Bytes
from matching.cells import python_texts

_AT_ONCE = 200_000
_QUOTED = r'[",\r\n]'
_TIE, _LARGE = 1e-4, 2.0**40


def write_columns(stream: TextIO, columns: Sequence[Texts]) -> None:
    """Write one line for each place of the columns."""
    for start in range(0, len(columns[0]), _AT_ONCE):
        some = [column[start : start + _AT_ONCE] for column in columns]
        if any(pc.any(pc.match_substring_regex(column, _QUOTED)).as_py() for column in some):
            csv.writer(stream).writerows(zip(*map(python_texts, some), strict=True))
        else:
            some[-1] = pc.binary_join_element_wise(some[-1], "\r\n", "")
            lines = pc.binary_join_element_wise(*some, ",")
            stream.write(Bytes.of(lines).data.tobytes().decode())


def decimals(numbers: NDArray[np.float64], places: int) -> Texts:
    """The numbers with so many decimal places, rounded as Python's formatting rounds them."""
    scaled = np.abs(numbers) * 10.0**places
    is_large = ~(scaled < _LARGE)
    whole = np.rint(np.where(is_large, 0.0, scaled))
    units = whole.astype(np.int64)
    one = 10**places
    sign = pa.array(np.where(np.signbit(numbers), "-", ""), pa.string())
    fraction = pc.utf8_slice_codeunits(pa.array(units % one + one).cast(pa.string()), 1)
    found = pc.binary_join_element_wise(
        pc.binary_join_element_wise(sign, pa.array(units // one).cast(pa.string()), ""), fraction, "."
    )
    # Near a tie the product may have been rounded to its other side; and no such product is exact when it is large.
    unsure = is_large | (np.abs(np.abs(scaled - whole) - 0.5) < _TIE)
    if not unsure.any():
        return found
    spelled = pa.array([f"{each:.{places}f}" for each in numbers[unsure].tolist()], pa.string())
    return pc.replace_with_mask(found, pa.array(unsure), spelled)
