"""What would survive if exactly some source records were linked: what is read from them, given to survivorship."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mdm.models import HUB, GoldenStatus
from mdm.references import Target, resolve_references
from mdm.selectors.consented import Ground
from mdm.selectors.told_records import ToldRecord
from mdm.services.reassignments import Reassigned
from mdm.services.rule_sets import PublishedRules
from mdm.survivorship.candidates import Pin, SourceValues
from mdm.survivorship.standing import Standing
from mdm.survivorship.survive import NOTHING_STANDS, Survival, survive
from mdm.tax.verdicts import Verdicts, without_claims


def survival_of(
    sources: Sequence[ToldRecord],
    resolved: Mapping[Target, str],
    rules: PublishedRules,
    reassigned: Reassigned,
    *,
    pins: Sequence[Pin],
    verdicts: Verdicts,
    standing: Mapping[str, Standing] = NOTHING_STANDS,
    at: datetime,
) -> Survival:
    """What would survive if exactly these source records were linked, with the pins that hang on them.

    Tombstoned records count when no other is left. `reassigned` has what stewards said about what they say, `verdicts`
    what the hub's verifications found: nobody else tells whether a registration is verified. Whatever survives, what is
    `standing` holds.
    """
    return survive(
        rules.attributes,
        told_values(sources, resolved, rules, reassigned),
        rules=rules.document,
        pins=[replace(pin, value=without_claims(pin.attribute, pin.value)) for pin in pins],
        standing=standing,
        complete=verdicts.complete,
        effective_at=at,
    )


def told_values(
    sources: Sequence[ToldRecord], resolved: Mapping[Target, str], rules: PublishedRules, reassigned: Reassigned
) -> list[SourceValues]:
    """What survivorship chooses from where exactly these source records are linked."""
    known = {attribute.name: attribute for attribute in rules.attributes}
    live = [source for source in sources if source.tombstoned_at is None] if is_alive(sources) else list(sources)
    told = [(source, reassigned.accepted_of(source, known)) for source in _hub_speaks_once(live)]
    told += reassigned.said_of([source.pk for source in sources], known)
    return [
        SourceValues(
            source_record_id=source.pk,
            system=source.system,
            key=source.key,
            observed_at=source.source_modified_at or source.received_at,
            values={
                name: without_claims(name, resolve_references(value, resolved)) for name, value in accepted.items()
            },
        )
        for source, accepted in told
    ]


def ground_of(
    sources: Sequence[ToldRecord],
    resolved: Mapping[Target, str],
    rules: PublishedRules,
    reassigned: Reassigned,
    *,
    pins: Sequence[Pin],
) -> Ground:
    """The same as what consent is looked up for."""
    linked = {source.pk for source in sources}
    return Ground(linked, told_values(sources, resolved, rules, reassigned), pins)


def _hub_speaks_once(sources: Sequence[ToldRecord]) -> list[ToldRecord]:
    """Of several hub records, which merges bring together, the one edited last speaks for each attribute it tells."""
    hub = sorted(
        (source for source in sources if source.system == HUB),
        key=lambda source: (source.source_modified_at or source.received_at, source.key),
        reverse=True,
    )
    if len(hub) < 2:
        return list(sources)
    told: set[str] = set()
    spoken: dict[int, ToldRecord] = {}
    for source in hub:
        values = {name: value for name, value in source.accepted.items() if name not in told}
        spoken[source.pk] = source._replace(accepted=values)
        told |= source.accepted.keys()
    return [spoken.get(source.pk, source) for source in sources]


def status_of(sources: Sequence[ToldRecord]) -> GoldenStatus:
    """What a golden record of exactly these source records is."""
    return GoldenStatus.ACTIVE if is_alive(sources) else GoldenStatus.RETIRED


def is_alive(sources: Sequence[ToldRecord]) -> bool:
    """Whether a system still has the thing. A steward's edits alone do not keep it alive."""
    told = [source for source in sources if source.system != HUB] or sources
    return any(source.tombstoned_at is None for source in told)
