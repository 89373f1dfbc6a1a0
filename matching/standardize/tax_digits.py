"""Check digits of tax ids of nothing but digits, of the countries most met, for a whole column at once.

What python-stdnum says of one number, it takes microseconds to say; `tests/matching/test_bulk.py` holds both to one
answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from matching.arrow import Texts, pc
from matching.bytewise import Bytes

_SIZE = 9
_GB_WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 1])
_GB_REMAINDERS = (0, 42, 55)

Digits = NDArray[np.int64]
"""Nine columns."""


def digit_verdicts(countries: Texts, numbers: Texts) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which numbers, without the country's prefix, are valid; and of which numbers this is told."""
    is_digits = pc.utf8_is_digit(numbers).to_numpy(zero_copy_only=False)
    sizes = pc.binary_length(numbers).to_numpy()
    valid, told = np.zeros(len(is_digits), dtype=np.bool_), np.zeros(len(is_digits), dtype=np.bool_)
    for country, (check, other_sizes) in _CHECKS.items():
        of_country = is_digits & pc.equal(countries, country).to_numpy(zero_copy_only=False)
        told |= of_country & ~np.isin(sizes, other_sizes)
        places = np.flatnonzero(of_country & (sizes == _SIZE))
        if len(places):
            digits = Bytes.of(numbers.take(places)).data.reshape(-1, _SIZE).astype(np.int64) - ord("0")
            valid[places] = check(digits)
    return valid, told


def _german(digits: Digits) -> NDArray[np.bool_]:
    """ISO 7064, mod 11, 10; no leading zero."""
    check = np.full(len(digits), 5)
    for column in digits.T:
        check = (np.where(check == 0, 10, check) * 2 % 11 + column) % 10
    valid: NDArray[np.bool_] = (check == 1) & (digits[:, 0] != 0)
    return valid


def _british(digits: Digits) -> NDArray[np.bool_]:
    """Modulus 97, from 100 on with two more remainders."""
    remainder = digits @ _GB_WEIGHTS % 97
    valid: NDArray[np.bool_] = np.where(digits[:, 0] > 0, np.isin(remainder, _GB_REMAINDERS), remainder == 0)
    return valid


def _none(digits: Digits) -> NDArray[np.bool_]:
    return np.zeros(len(digits), dtype=np.bool_)


_CHECKS: Mapping[str, tuple[Callable[[Digits], NDArray[np.bool_]], tuple[int, ...]]] = {
    "DE": (_german, ()),
    "GB": (_british, (12,)),
    "FR": (_none, (11,)),
    "IT": (_none, (11,)),
    "ES": (_none, ()),
}
"""How nine digits are checked, and what other sizes are possible and left to the other."""
