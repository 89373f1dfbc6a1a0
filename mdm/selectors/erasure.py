"""What belongs to a golden record that is to be erased, and how to recognize it in free text."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mdm.entity_types import JsonValue
from mdm.models import CrosswalkEntry, GoldenRecord, SourcePayload, SourceRecord

# A mail address, or a number of seven digits and more, with a country before it or not.
_TELLING = re.compile(r"[^\s@]+@[^\s@]+|(?:[A-Z]{2})?(?:[+()\s./-]*\d){7,}[\s)]*")
_DATE = re.compile(r"(?:19|20)\d\d-?(?:0[1-9]|1[0-2])-?(?:[0-2]\d|3[01])")


@dataclass(frozen=True, slots=True)
class ErasureScope:
    """Primary keys, ascending: the golden record with all that were merged into it, and their source records."""

    golden_record_ids: tuple[int, ...]
    source_record_ids: tuple[int, ...]


def erasure_scope(golden_record_id: int) -> ErasureScope:
    """Source records that were once here and live under another golden record now belong to that one."""
    golden = {golden_record_id}
    while more := set(GoldenRecord.objects.filter(merged_into__in=golden).values_list("pk", flat=True)) - golden:
        golden |= more
    entries = CrosswalkEntry.objects.filter(golden_record__in=golden)
    sources = set(entries.values_list("source_record_id", flat=True))
    elsewhere = CrosswalkEntry.objects.filter(source_record__in=sources, unlinked_at=None).exclude(
        golden_record__in=golden
    )
    sources -= set(elsewhere.values_list("source_record_id", flat=True))
    return ErasureScope(tuple(sorted(golden)), tuple(sorted(sources)))


def texts_of(scope: ErasureScope) -> set[str]:
    """Every text that the golden and source records hold now or held before. Personal data: never log it."""
    records = SourceRecord.objects.filter(pk__in=scope.source_record_ids)
    documents: list[JsonValue] = [
        *(each for row in records.values_list("payload", "canonical", "accepted") for each in row),
        *SourcePayload.objects.filter(source_record__in=scope.source_record_ids).values_list("payload", flat=True),
        *GoldenRecord.objects.filter(pk__in=scope.golden_record_ids).values_list("document__attributes", flat=True),
    ]
    return {text.strip() for document in documents for text in _texts(document)} - {""}


def telling(texts: Iterable[str]) -> list[str]:
    """Those that tell one person from nearly all others: mail addresses and long numbers, but no dates or times."""
    return sorted(text for text in texts if _TELLING.fullmatch(text) and not _DATE.match(text))


def _texts(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
