"""Lines that hub, CRM, ERP and whoever else has prices do not say alike; and how many they all do.

Compared as the canonical documents have them, portion by portion: what a system says is JSON under its own keys.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import orjson
from django.db import connection

from mdm.models import GoldenRecord
from mdm.public_ids import parse_public_id
from mdm.radar.base import Kind, Look, kinds
from mdm.radar.remotes import Known, PricingSystem, known_agreements, pricing_systems
from mdm.radar.statements import Difference, Statement, compare, lines_of
from mdm.references import references_in, resolve_references
from mdm.selectors.references import resolved_targets

NAME = "difference"
AT_ONCE = 10_000  # lines, of whole agreements; their documents are all that is in memory
_PORTIONS = """
SELECT array_agg(agreement_id) FROM (
    SELECT agreement_id, (sum(count(*)) OVER (ORDER BY agreement_id))::bigint / %s AS portion
    FROM radar_line WHERE ends_on > %s GROUP BY agreement_id
) AS agreement GROUP BY portion ORDER BY portion
"""
_COPY = "COPY radar_found (kind, band, agreement_id, item_key, product_id, starts_on, ends_on, details) FROM STDIN"


def find(look: Look) -> None:
    """Compare every agreement that holds now or later, and count its lines in the look's tally."""
    systems = pricing_systems()
    look.tally.systems.update({each.name: Counter() for each in systems})
    for ids in _portions(look):
        look.go_on()
        found = list(_differences(ids, systems, look))
        with connection.cursor() as cursor, cursor.copy(_COPY) as rows:
            for agreement, each in found:
                rows.write_row(_row(agreement, each))


def _portions(look: Look) -> list[list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(_PORTIONS, [AT_ONCE, look.on])
        return [ids for (ids,) in cursor.fetchall()]


def _differences(ids: Sequence[int], systems: Sequence[PricingSystem], look: Look) -> Iterator[tuple[int, Difference]]:
    until = look.on.isoformat()
    documents = GoldenRecord.objects.filter(pk__any=ids).order_by("pk").values_list("pk", "document")
    known = known_agreements(ids, systems)
    spoken_of = references_in(
        [said.get("lines") for by_name in known.values() for each in by_name.values() for said in each]
    )
    resolved = resolved_targets(spoken_of)

    def told(said: Known) -> dict[str, object]:
        return {**said, "lines": resolve_references(said.get("lines"), resolved)}

    for pk, document in documents:
        by_name = {
            each.name: [lines_of(told(said), until=until) for said in known.get(pk, {}).get(each.name, ())]
            for each in systems
        }
        for each in compare(lines_of(document["attributes"], until=until), by_name, look.tally):
            yield pk, each


def _row(agreement: int, found: Difference) -> tuple[object, ...]:
    line = found.line
    details = {"about": list(found.about), "said": {name: _said(each) for name, each in found.said.items()}}
    return (
        NAME,
        found.band,
        agreement,
        line.key,
        parse_public_id(line.product)[1] if line.product else None,
        line.statement.valid_from or None,
        line.statement.valid_to or None,
        orjson.dumps(details).decode(),
    )


def _said(statement: Statement | None) -> dict[str, object] | None:
    return None if statement is None else {name: value for name, value in asdict(statement).items() if value}


kinds.register(NAME)(
    Kind(
        label="Said differently",
        advice="Look at which system is to be believed; what the hub says goes to those that receive it.",
        bands={
            "differs": "another price",
            "missing": "missing in a system",
            "extra": "in a system alone",
        },
        asks=frozenset({"differs", "missing", "extra"}),
        find=find,
        urgent=frozenset({"differs"}),
    )
)
