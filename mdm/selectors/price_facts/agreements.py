"""Agreements that may apply, with those they inherit from, and their lines that name the products asked for."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import LiteralString

from mdm.pricing import AgreementFacts, Break, Candidate
from mdm.public_ids import parse_public_id, public_id
from mdm.selectors.price_facts.known import Knowledge, Row, window_of

_TERMS: LiteralString = """
SELECT fact.golden_record_id, fact.status, fact.scope_kind, fact.scope, fact.precedence, fact.floor_margin,
       fact.parent_key, fact.inherits, {window}
FROM mdm_agreementterms AS fact
"""
_BY_SCOPE: LiteralString = (
    _TERMS
    + """
JOIN unnest(%(kinds)s::text[], %(scopes)s::text[]) AS asked (kind, scope)
    ON fact.scope_kind = asked.kind AND fact.scope = asked.scope
WHERE {known}
"""
)
_BY_ID: LiteralString = _TERMS + "WHERE fact.golden_record_id = ANY(%(ids)s) AND {known}"
# The fence keeps the look-up by index for each pair: a guess of the planner must not read all lines there are. Breaks
# come as an array of (quantity from, value); the index on their line keys has the database's own collation.
_LINES = """
SELECT line.*,
       ARRAY(
           SELECT ARRAY[fact.quantity_from, fact.value] FROM mdm_pricebreak AS fact
           WHERE fact.golden_record_id = line.golden_record_id
             AND fact.line_key = line.item_key COLLATE "default" AND {known}
           ORDER BY fact.quantity_from, fact.value
       )
FROM unnest(%(agreements)s::bigint[], %(scopes)s::text[]) AS asked (agreement, scope)
CROSS JOIN LATERAL (
    SELECT fact.golden_record_id, fact.item_key, fact.product_scope, fact.ship_from_id, fact.unit, fact.currency,
           fact.method, fact.value, fact.per, fact.break_mode, {window}
    FROM mdm_priceline AS fact
    WHERE fact.golden_record_id = asked.agreement AND fact.product_scope = asked.scope AND {known}
    OFFSET 0
) AS line
"""


@dataclass(frozen=True, slots=True)
class Applying:
    """An agreement that may apply; `sources` are itself and those whose lines it takes over, nearest first."""

    facts: AgreementFacts
    sources: tuple[AgreementFacts, ...]


def applying_agreements(scopes: Collection[tuple[str, str]], known: Knowledge) -> list[Applying]:
    """The agreements made for these (scope kind, scope), in the order of their numbers."""
    asked = sorted(scopes)
    rows = known.rows(_BY_SCOPE, {"kinds": [kind for kind, _ in asked], "scopes": [scope for _, scope in asked]})
    facts, parents = _facts(rows)
    wanted = sorted(facts)
    missing = {parent for parent in parents.values() if parent not in facts}
    while missing:
        more, more_parents = _facts(known.rows(_BY_ID, {"ids": sorted(missing)}))
        facts |= more
        parents |= more_parents
        missing = {parent for parent in more_parents.values() if parent not in facts}
    return [Applying(facts[number], _chain(number, facts, parents)) for number in wanted]


def lines_of(pairs: Collection[tuple[int, str]], known: Knowledge) -> dict[str, list[Row]]:
    """By product scope the lines of these (agreement, product scope): columns as `candidate_of` takes them."""
    asked = sorted(pairs)
    found = known.rows(_LINES, {"agreements": [pk for pk, _ in asked], "scopes": [scope for _, scope in asked]})
    lines: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(found, key=lambda row: row[:2]):
        lines[row[2]].append(row)
    return lines


def candidate_of(applying: Applying, depth: int, row: Row) -> Candidate:
    """The line of the agreement `depth` steps up, as a candidate of the agreement that applies."""
    _, key, product_scope, ship_from, unit, currency, method, value, per, break_mode, start, end, is_empty, breaks = row
    return Candidate(
        agreement=applying.facts,
        source=applying.sources[depth],
        depth=depth,
        line=key,
        product_scope=product_scope,
        ship_from=public_id("LOC", ship_from) if ship_from else "",
        unit=unit,
        currency=currency,
        method=method,
        value=value,
        per=per,
        slices=break_mode == "slice",
        breaks=tuple(Break(quantity_from, tier) for quantity_from, tier in breaks),
        valid=window_of((start, end, is_empty)),
    )


def _facts(rows: Sequence[Row]) -> tuple[dict[int, AgreementFacts], dict[int, int]]:
    """Facts by number, and the parents of those that inherit."""
    facts, parents = {}, {}
    for number, status, scope_kind, scope, precedence, floor_margin, parent, inherits, start, end, is_empty in rows:
        facts[number] = AgreementFacts(
            number=number,
            agreement=public_id("PAG", number),
            status=status,
            scope_kind=scope_kind,
            scope=scope,
            precedence=precedence,
            valid=window_of((start, end, is_empty)),
            floor_margin=floor_margin,
        )
        if inherits and parent.startswith("PAG-"):
            parents[number] = parse_public_id(parent)[1]
    return facts, parents


def _chain(number: int, facts: dict[int, AgreementFacts], parents: dict[int, int]) -> tuple[AgreementFacts, ...]:
    chain = [number]
    while (parent := parents.get(chain[-1])) is not None and parent in facts and parent not in chain:
        chain.append(parent)
    return tuple(facts[each] for each in chain)
