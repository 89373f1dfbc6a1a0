"""Prices that would stand against each other: of equal rank, for one thing, at one time, and not the same. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from mdm.entity_types.pricing_agreement import PricedLine, priced_lines

Agreements = Mapping[str, Mapping[str, Any]]  # public id → attributes. Any: canonical JSON


def price_conflicts(ours: Agreements, theirs: Agreements) -> Iterator[tuple[str, str, PricedLine, PricedLine]]:
    """Two agreements' ids with the line of each, in the order of ids: one of `ours`, one of `theirs`.

    Agreements of different precedence, and those that do not hold, stand against nobody. Lines conflict over the same
    product scope, ship-from, unit and currency in overlapping validity when they state different prices.
    """
    by_scope: dict[str, list[tuple[str, PricedLine]]] = defaultdict(list)
    for public_id, attributes in sorted({**ours, **theirs}.items()):
        if attributes.get("status") not in _HOLDS:
            continue
        for line in priced_lines(attributes):
            by_scope[f"{attributes.get('precedence') or 0}|{line.scope}"].append((public_id, line))
    for _, lines in sorted(by_scope.items()):
        for (one, line), (other, rival) in combinations(lines, 2):
            across = (one in ours) != (other in ours)
            if across and line.price != rival.price and line.start < rival.end and rival.start < line.end:
                yield one, other, line, rival


_HOLDS = {None, "", "active"}  # any other status says that it is not in force
