"""What golden records say of protected attributes, and by whose leave it may become something else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mdm.actors import SYSTEM
from mdm.canonical import canonical_bytes
from mdm.models import Approval, CrosswalkEntry, GoldenRecord, GoldenVersion
from mdm.services.rule_set_versions import publish_rule_set
from mdm.services.rule_sets import published_rules
from mdm.survivorship.standing import giver_of
from tests.builders import Clock

PROTECTED = ("name", "website", "tax_registrations")
EVERYBODYS = {"required": True, "over_percent": None, "group": "approver", "origins": ["*"]}


def protect(clock: Clock) -> None:
    """Every change of these attributes waits, whoever brings it."""
    document = published_rules("customer").document.to_document()
    document["approval"] = dict.fromkeys(PROTECTED, EVERYBODYS)
    publish_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())


@dataclass(frozen=True, slots=True)
class Seen:
    """What golden records said at one moment, and in each word the source records that gave it."""

    values: Mapping[int, Mapping[str, Any]]
    givers: Mapping[int, Mapping[str, set[int]]]


def seen() -> Seen:
    """As it is now."""
    records = list(GoldenRecord.objects.all())
    return Seen(
        {record.pk: dict(record.document["attributes"]) for record in records},
        {record.pk: {name: _givers(record.lineage.get(name) or {}) for name in PROTECTED} for record in records},
    )


def changed_unasked(before: Seen) -> list[str]:
    """Golden values that became others since, which nobody consented to and which never stood there.

    What stood there before may come back only where a source record that gave a word of the former value is gone.
    """
    return [f"{record}.{name}: {word!r}" for record, name, word in _changes(before)]


def _changes(before: Seen) -> Iterator[tuple[int, str, bytes]]:
    now = seen().values
    for record, values in sorted(before.values.items()):
        for name in PROTECTED:
            old, new = _words(values.get(name)), _words(now[record].get(name))
            if not old or old == new:
                continue
            consented, earlier = _consented(name), _earlier(record, name)
            left = not before.givers[record][name] <= _linked(record)
            for word in sorted(new - old):
                if word not in consented and not (left and word in earlier):
                    yield record, name, word
            if not (left or new >= old or new & consented or _none_was_consented_to(name)):
                yield from ((record, name, word) for word in sorted(old - new))


def _words(value: Any) -> frozenset[bytes]:
    """A value as what is consented to: a list as its items."""
    told = value if isinstance(value, list) else [] if value is None else [value]
    return frozenset(canonical_bytes(each) for each in told)


def _consented(name: str) -> set[bytes]:
    given = Approval.objects.filter(part__attribute=name, part__state="applied").select_related("part")
    return {word for each in given for word in _words(each.part.value)}


def _none_was_consented_to(name: str) -> bool:
    return any(each.part.value is None for each in Approval.objects.filter(part__attribute=name))


def _earlier(record: int, name: str) -> set[bytes]:
    versions = GoldenVersion.objects.filter(id=record).values_list("document", flat=True)
    return {word for document in versions for word in _words(document["attributes"].get(name))}


def _linked(record: int) -> set[int]:
    entries = CrosswalkEntry.objects.filter(golden_record=record, unlinked_at=None)
    return set(entries.values_list("source_record_id", flat=True))


def _givers(lineage: Mapping[str, Any]) -> set[int]:
    givers = [giver_of(each) for each in (lineage, *(lineage.get("items") or ()))]
    return {each.source_record_id for each in givers if each is not None and each.source_record_id is not None}
