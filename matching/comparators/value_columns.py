"""Dates, e-mail addresses, phones and tax ids of many pairs at once: the levels that their modules give to one pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.bytewise import Bytes, before_first, behind_first
from matching.cells import Cells, Part
from matching.comparators.columns import distinct_pairs
from matching.comparators.kinds import INCOMPARABLE, Places
from matching.comparators.spellings import Spellings
from matching.standardize.contact import NATIONAL_DIGITS, is_free_mail

_YEAR, _MONTH, _DAY = slice(0, 4), slice(5, 7), slice(8, 10)
_DATE_SIZE = 10


def birth_date_levels(cells: Cells, left: Places, right: Places) -> NDArray[np.int16]:
    """exact, swapped, slip, one_part, near, part, differs. Dates are YYYY-MM-DD."""
    dates = cells.parts[0]
    one, other = dates.codes[left], dates.codes[right]
    level = np.zeros(len(one), dtype=np.int16)
    differ = np.flatnonzero(one != other)
    first, second, place = distinct_pairs(one[differ], other[differ])
    level[differ] = _levels_of_dates(Spellings(dates.texts), first, second)[place]
    return level


def _levels_of_dates(spelled: Spellings, first: Places, second: Places) -> NDArray[np.int16]:
    """Of two different dates each. One slip leaves two of the three parts as they are, or makes one of them longer."""
    signs = Bytes.of(spelled.texts[1:]).data.reshape(-1, _DATE_SIZE).astype(np.int32) - ord("0")
    year, month, day = (
        np.concatenate([[-1], signs[:, part] @ (10 ** np.arange(part.stop - part.start)[::-1])])
        for part in (_YEAR, _MONTH, _DAY)
    )
    same_year, same_month, same_day = (part[first] == part[second] for part in (year, month, day))
    exchanged = (month[first] == day[second]) & (day[first] == month[second])
    same = same_year.astype(np.int8) + same_month + same_day
    level = np.where(same_year | exchanged | (same_month & same_day), 5, 6)
    near = np.flatnonzero(same >= 1)
    distance = spelled.distances(first[near], second[near], most=np.full(len(near), 2))
    level[near[distance == 2]] = 4
    level[same == 2] = 3
    level[near[distance == 1]] = 2
    level[same_year & exchanged] = 1
    return level.astype(np.int16)


def email_levels(cells: Cells, left: Places, right: Places) -> NDArray[np.int16]:
    """exact, same local part, close, same own domain, differs."""
    addresses = cells.parts[0]
    local = Part.of(before_first(addresses.texts, "@"))
    domain = Part.of(behind_first(addresses.texts, "@"))
    locals_ = Spellings(local.texts)
    one, other = addresses.codes[left], addresses.codes[right]
    local_l, local_r, domain_l, domain_r = local.codes[one], local.codes[other], domain.codes[one], domain.codes[other]
    long_enough = locals_.shorter(local_l, local_r) > 4
    same_domain = domain_l == domain_r
    is_own = np.array([not is_free_mail(each) for each in Spellings(domain.texts).strings])
    level = np.where(same_domain & is_own[domain_l], 3, 4).astype(np.int16)
    open_ = np.flatnonzero((local_l != local_r) & long_enough)
    first, second, place = distinct_pairs(local_l[open_], local_r[open_])
    close = locals_.is_like(first, second, least=0.92)[place]
    by_domain = np.flatnonzero(same_domain[open_] & ~close)
    close[by_domain] = locals_.within(first[place[by_domain]], second[place[by_domain]], most=2)
    level[open_[close]] = 2
    level[long_enough & (local_l == local_r)] = 1
    level[one == other] = 0
    return level


def phone_levels(cells: Cells, left: Places, right: Places) -> NDArray[np.int16]:
    """exact, local, slip, differs."""
    phones = cells.parts[0]
    spelled = Spellings(phones.texts)
    one, other = phones.codes[left], phones.codes[right]
    level = np.full(len(one), 3, dtype=np.int16)
    differ = np.flatnonzero(one != other)
    level[differ[spelled.within(one[differ], other[differ], most=1)]] = 2
    short = differ[spelled.shorter(one[differ], other[differ]) < NATIONAL_DIGITS]
    short = short[spelled.sizes[one[short]] != spelled.sizes[other[short]]]
    pairs = zip(spelled.at(one[short]), spelled.at(other[short]), strict=True)
    level[short[[first.endswith(second) or second.endswith(first) for first, second in pairs]]] = 1
    level[one == other] = 0
    return level


def tax_id_levels(cells: Cells, left: Places, right: Places) -> NDArray[np.int16]:
    """exact, slip, differs, conflict; incomparable across countries."""
    country, number, valid = (part.codes for part in cells.parts)
    one, other = number[left], number[right]
    place_l, place_r = country[left], country[right]
    spelled = Spellings(cells.parts[1].texts)
    level = np.full(len(one), 2, dtype=np.int16)
    differ = np.flatnonzero(one != other)
    level[differ[spelled.within(one[differ], other[differ], most=1)]] = 1
    level[(valid[left] > 0) & (valid[right] > 0) & (place_l == place_r)] = 3
    level[one == other] = 0
    level[(place_l > 0) & (place_r > 0) & (place_l != place_r)] = INCOMPARABLE
    return level
