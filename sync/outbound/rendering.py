"""What one target is told about one golden version: a pure function of document, mapping, ownership and remote keys."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from mdm.entity_types import Attribute, Document, JsonValue
from mdm.mapping.documents import SystemMapping, render, represent, unknown_references
from mdm.mapping.nodes import Direction, RemoteKeys
from mdm.rules.ownership import Ownership, receives
from mdm.validation import normalize_document


@dataclass(frozen=True, slots=True)
class Rendered:
    """A wire body and what it means.

    `told` is what the target will say back about it, as intake will read it; `untold` are the values of attributes that
    the mapping writes and never reads. `corrections` are values that the target owns and is asked to take over: what it
    says back about them is its own word, not an echo. `left_out` names attributes that speak of records the target does
    not know, `awaits` those records' public ids. `wordless` names attributes whose value the mapping has no word for,
    though it needs one: the body must not be sent.
    """

    body: Mapping[str, JsonValue]
    body_hash: bytes
    told: Mapping[str, JsonValue]
    untold: Mapping[str, JsonValue]
    left_out: tuple[str, ...]
    awaits: tuple[str, ...]
    corrections: tuple[str, ...] = ()
    wordless: tuple[str, ...] = ()

    @property
    def said(self) -> Mapping[str, JsonValue]:
        """Everything the body says, whether or not it can be read back."""
        return {**self.untold, **self.told}

    def differing(self, known: Mapping[str, JsonValue]) -> tuple[str, ...]:
        """Names of the attributes that the target holds otherwise, as far as the hub knows."""
        return _differing(self.said, known)

    def drifted(self, held: Mapping[str, JsonValue]) -> tuple[str, ...]:
        """Names of the attributes that a record just read holds otherwise; what cannot be read is not judged."""
        return _differing(self.told, held)


def render_version(
    document: Document,
    *,
    mapping: SystemMapping,
    attributes: Sequence[Attribute],
    ownership: Ownership,
    remote_keys: Mapping[str, str],
    sent: Mapping[str, JsonValue],
    creating: bool,
) -> Rendered:
    """The body for the system of `mapping`. `remote_keys` maps public ids to its keys.

    `attributes` are all that the entity type has.

    It is told what it receives and does not own, and corrections of what it owns; a record that it has yet to create
    has no say of its own, so there everything counts. A value of ours in `sent` that the document no longer has is
    taken back.
    """
    keys = _keys(remote_keys, system=mapping.system)
    corrected = _corrected(document, ownership, mapping=mapping)
    whole: Mapping[str, JsonValue] = {**document["attributes"], **corrected}
    allowed = [
        name
        for name in sorted(mapping.names(Direction.WRITE))
        if name in ownership and (creating or name in corrected or receives(ownership, name, system=mapping.system))
    ]
    values = {name: whole[name] for name in allowed if whole.get(name) is not None}
    values |= {name: None for name in allowed if name not in values and sent.get(name) is not None}
    unknown = {name: unknown_references(mapping, {name: value}, keys=keys) for name, value in values.items()}
    left_out = tuple(name for name, references in unknown.items() if references)
    values = {name: value for name, value in values.items() if not unknown[name]}
    body = render(mapping, values, keys=keys, document=whole)
    told = represent(mapping, values, keys=keys, document=whole)
    readable = mapping.names(Direction.READ)
    must = {each.name for each in attributes if each.needs_word} & readable
    return Rendered(
        body=body,
        body_hash=wire_hash(body),
        told=normalize_document(attributes, told),
        untold={name: value for name, value in values.items() if name not in readable},
        left_out=left_out,
        awaits=tuple(sorted({str(r["id"]) for found in unknown.values() for r in found if "id" in r})),
        corrections=tuple(sorted(name for name in corrected if name in values)),
        wordless=tuple(
            sorted(name for name in must & values.keys() if values[name] is not None and told.get(name) is None)
        ),
    )


def _corrected(document: Document, ownership: Ownership, *, mapping: SystemMapping) -> dict[str, JsonValue]:
    """The corrections that are for this system."""
    asked: Mapping[str, JsonValue] = document.get("corrections", {})
    return {
        name: value for name, value in asked.items() if name in ownership and ownership[name].owner == mapping.system
    }


def wire_hash(body: Mapping[str, Any]) -> bytes:
    """SHA-256 over the body with sorted keys. Any: another system's JSON."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()


def public_ids_in(value: JsonValue) -> set[str]:
    """Public ids of the golden records that a document speaks of."""
    if isinstance(value, Mapping):
        if value.keys() == {"id", "entity_type"}:
            return {str(value["id"])}
        return set().union(*(public_ids_in(component) for component in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(public_ids_in(item) for item in value))
    return set()


def _differing(said: Mapping[str, JsonValue], held: Mapping[str, JsonValue]) -> tuple[str, ...]:
    return tuple(sorted(name for name, value in said.items() if held.get(name) != value))


def _keys(remote_keys: Mapping[str, str], *, system: str) -> RemoteKeys:
    def key_of(reference: Mapping[str, JsonValue]) -> str | None:
        if "id" in reference:
            return remote_keys.get(str(reference["id"]))
        # Unresolved, but spoken of by the target itself: it knows its own key.
        return str(reference["key"]) if reference.get("system") == system else None

    return key_of
