"""Who asks, as known: where merged ids lead, the legal parents upward, buying group and price class."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from mdm.pricing import Party
from mdm.public_ids import public_id
from mdm.selectors.price_facts.known import Knowledge

MOST_ANCESTORS = 50  # a tree is never this deep; a cycle that some source told must end

_REDIRECTS = (
    "SELECT golden_record_id, survivor_id FROM mdm_redirect AS fact WHERE golden_record_id = ANY(%(ids)s) AND {known}"
)
# Ancestors in the tree `legal` from the parent upward, then what the customer itself belongs to.
_CIRCLES = """
WITH RECURSIVE asked AS (
    SELECT * FROM unnest(%(customers)s::bigint[], %(days)s::date[]) AS asked (customer, day)
), upward (customer, day, ancestor, depth) AS (
    SELECT customer, day, customer, 0 FROM asked
    UNION ALL
    SELECT upward.customer, upward.day, fact.parent_id, upward.depth + 1
    FROM upward JOIN mdm_hierarchyedge AS fact ON fact.golden_record_id = upward.ancestor
    WHERE fact.tree = 'legal' AND fact.valid @> upward.day AND {known} AND upward.depth < %(most)s
)
SELECT customer, day, '', '', ancestor, depth::bigint FROM upward WHERE depth > 0
UNION ALL
SELECT asked.customer, asked.day, fact.kind, fact.scope, 0, fact.id
FROM asked JOIN mdm_scopemembership AS fact ON fact.golden_record_id = asked.customer
WHERE fact.valid @> asked.day AND {known}
ORDER BY 6
"""

_SHIP_TOS = """
SELECT fact.golden_record_id, asked.day, fact.customer_id
FROM unnest(%(locations)s::bigint[], %(days)s::date[]) AS asked (location, day)
JOIN mdm_locationrole AS fact ON fact.golden_record_id = asked.location
WHERE fact.role = 'ship_to' AND fact.customer_id IS NOT NULL AND fact.valid @> asked.day AND {known}
"""


def survivors_of(golden_ids: Collection[int], known: Knowledge) -> dict[int, int]:
    """Where each id leads, through every merge that is known; an id that was not merged leads to itself."""
    leads = {golden: golden for golden in golden_ids}
    open_ends = set(golden_ids)
    seen: set[int] = set()
    while open_ends:
        seen |= open_ends
        step: dict[int, int] = dict(known.rows(_REDIRECTS, {"ids": list(open_ends)}))
        leads = {golden: step.get(end, end) for golden, end in leads.items()}
        open_ends = set(step.values()) - seen
    return leads


def parties_of(asked: Collection[tuple[int, int, date]], known: Knowledge) -> dict[tuple[int, int, date], Party]:
    """(customer, ship-to, day) → party; 0 for whoever was not named."""
    customers = sorted({(customer, day) for customer, _, day in asked if customer})
    ancestors: dict[tuple[int, date], list[int]] = defaultdict(list)
    scopes: dict[tuple[int, date], dict[str, str]] = defaultdict(dict)
    if customers:
        pairs = {"customers": [pk for pk, _ in customers], "days": [day for _, day in customers]}
        for customer, day, kind, scope, ancestor, _ in known.rows(_CIRCLES, {**pairs, "most": MOST_ANCESTORS}):
            if kind:
                scopes[customer, day][kind] = scope
            elif ancestor != customer and ancestor not in ancestors[customer, day]:
                ancestors[customer, day].append(ancestor)
    return {
        (customer, ship_to, day): _party(customer, ship_to, ancestors[customer, day], scopes[customer, day])
        for customer, ship_to, day in asked
    }


def ship_to_users(asked: Collection[tuple[int, date]], known: Knowledge) -> dict[tuple[int, date], set[str]]:
    """(location, day) → the customers that have goods shipped there, by their role on that day."""
    found: dict[tuple[int, date], set[str]] = {pair: set() for pair in asked}
    if found:
        pairs = {"locations": [pk for pk, _ in found], "days": [day for _, day in found]}
        for location, day, customer in known.rows(_SHIP_TOS, pairs):
            found[location, day].add(public_id("CUS", customer))
    return found


def _party(customer: int, ship_to: int, ancestors: Collection[int], scopes: Mapping[str, str]) -> Party:
    return Party(
        customer=public_id("CUS", customer) if customer else "",
        ship_to=public_id("LOC", ship_to) if ship_to else "",
        ancestors=tuple(public_id("CUS", pk) for pk in ancestors),
        group=scopes.get("customer_group", ""),
        price_class=scopes.get("price_class", ""),
    )
