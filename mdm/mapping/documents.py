"""A mapping as frozen dataclasses, and the two ways it is used."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import rfc8785

from mdm.entity_types.base import JsonValue
from mdm.mapping.conditions import Condition, all_hold
from mdm.mapping.nodes import Direction, Field, ReadScope, RemoteKeys, ValueNode, WriteScope
from mdm.mapping.paths import MISSING, Path
from mdm.validation import Problem


@dataclass(frozen=True, slots=True)
class SourceTime:
    """When the source system last changed the record. `form` is `iso`, `epoch_ms` or a strptime format.

    Several paths are read as one text with blanks between; `zone` counts for times that name none.
    """

    paths: tuple[Path, ...]
    form: str
    zone: str


@dataclass(frozen=True, slots=True)
class MappedRecord:
    """What a payload says. `key` is empty when it could not be read; `applies` is False for a record of another kind.

    `values` are as told: normalize and validate them before they are accepted. The pointers of `problems` lead into the
    payload; an attribute with a problem is missing from `values`.
    """

    key: str
    source_modified_at: datetime | None
    deleted: bool
    applies: bool
    values: dict[str, JsonValue]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class SystemMapping:
    """How one system writes one entity type. `document` is what it was parsed from."""

    system: str
    entity_type: str
    key: ValueNode
    source_time: SourceTime | None
    deleted: tuple[Condition, ...]
    when: tuple[Condition, ...]
    empty_is_null: bool
    null: JsonValue
    fields: tuple[Field, ...]
    document: Mapping[str, JsonValue] = field(repr=False)

    @property
    def content_hash(self) -> str:
        """SHA-256, in hex, of the document's RFC 8785 bytes; equal documents have equal hashes."""
        return hashlib.sha256(rfc8785.dumps(self.document)).hexdigest()

    def names(self, direction: Direction) -> frozenset[str]:
        """The attributes that this mapping reads, or writes; with BOTH, those it does both for."""
        ways = {Direction.BOTH: (), Direction.READ: (Direction.WRITE,), Direction.WRITE: (Direction.READ,)}
        if direction is Direction.BOTH:
            return self.names(Direction.READ) & self.names(Direction.WRITE)
        return frozenset(name for each in self.fields if each.direction not in ways[direction] for name in each.names)


def read(mapping: SystemMapping, payload: Mapping[str, JsonValue]) -> MappedRecord:
    """What a payload says under a mapping. Bad data never raises: it is named in the problems."""
    problems: list[Problem] = []
    values: dict[str, JsonValue] = {}
    scope = ReadScope(payload, "", mapping.empty_is_null, problems, values)
    key = mapping.key.read(scope)
    if key is MISSING or key is None:
        if not problems:
            scope.refuse(mapping.key.paths[0].pointer(), "no_key", "the record must have its key")
        key = ""
    modified_at = None if mapping.source_time is None else _read_time(mapping.source_time, scope)
    for each in mapping.fields:
        if each.direction is Direction.WRITE or not each.applies(values):
            continue
        told = each.read(scope)
        values.update({name: value for name, value in told.items() if value is not None or name not in values})
    return MappedRecord(
        key=str(key),
        source_modified_at=modified_at,
        deleted=bool(mapping.deleted) and all_hold(mapping.deleted, payload),
        applies=all_hold(mapping.when, payload),
        values=values,
        problems=tuple(problems),
    )


def render(
    mapping: SystemMapping,
    values: Mapping[str, JsonValue],
    *,
    keys: RemoteKeys,
    document: Mapping[str, JsonValue] | None = None,
) -> dict[str, JsonValue]:
    """The wire body of these attributes and no others; an explicit None is written as the system's null.

    `keys` gives the key that the system knows a referred record by; where it gives None the reference is left out, so
    ask `unknown_references` first. `document` is the whole golden document, for conditions on attributes not sent.
    """
    body: dict[str, JsonValue] = {}
    scope = WriteScope(keys, mapping.null, {**(document or {}), **values})
    for each in mapping.fields:
        if each.direction is Direction.READ or not each.applies(scope.document):
            continue
        if any(name in values for name in each.names):
            each.write(body, scope.document, scope)
    return body


def represent(
    mapping: SystemMapping,
    values: Mapping[str, JsonValue],
    *,
    keys: RemoteKeys,
    document: Mapping[str, JsonValue] | None = None,
) -> dict[str, JsonValue]:
    """What the system will say back about these attributes once it holds them: what it has no place for is gone."""
    body = render(mapping, values, keys=keys, document=document)
    told = read(mapping, body).values
    return {name: value for name, value in told.items() if name in values}


def unknown_references(
    mapping: SystemMapping, values: Mapping[str, JsonValue], *, keys: RemoteKeys
) -> tuple[Mapping[str, JsonValue], ...]:
    """The references that rendering would leave out because the system does not know the record yet."""
    unknown: list[Mapping[str, JsonValue]] = []

    def noted(reference: Mapping[str, JsonValue]) -> str | None:
        key = keys(reference)
        if key is None:
            unknown.append(reference)
        return key

    render(mapping, values, keys=noted)
    return tuple(unknown)


def _read_time(source_time: SourceTime, scope: ReadScope) -> datetime | None:
    texts = [path.read(scope.payload) for path in source_time.paths]
    told = " ".join(str(text).strip() for text in texts if text is not MISSING and text not in (None, ""))
    if not told:
        return None
    try:
        return _parsed_time(told, source_time)
    except (ValueError, OverflowError):
        scope.refuse(source_time.paths[0].pointer(), "not_a_time", f"must be a time written {source_time.form}")
        return None


def _parsed_time(text: str, source_time: SourceTime) -> datetime:
    if source_time.form == "epoch_ms":
        return datetime.fromtimestamp(int(text) / 1000, tz=UTC)
    iso = source_time.form == "iso"
    found = datetime.fromisoformat(text) if iso else datetime.strptime(text, source_time.form)  # noqa: DTZ007
    aware = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(source_time.zone))
    return aware.astimezone(UTC)
