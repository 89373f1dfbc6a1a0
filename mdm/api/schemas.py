"""JSON Schemas of what the API says, made from the registry of entity types and the rules in force."""

from collections.abc import Mapping
from typing import Any

from mdm.entity_types import Attribute, AttributeType, EntityType, entity_types
from mdm.entity_types.flattening import ADDRESS_COMPONENTS
from mdm.models import GoldenStatus, ReopeningKind
from mdm.models.changes import ChangeEffect, ChangeRequestState
from mdm.selectors.attributes import attributes_of
from mdm.services.submissions import Outcome

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TIME: Schema = {"type": "string", "format": "date-time"}
MAYBE_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": "integer"}
NEXT: Schema = {"type": ["string", "null"], "description": "Token of the next page; null on the last."}
_SIMPLE: Mapping[AttributeType, Schema] = {
    AttributeType.TEXT: TEXT,
    AttributeType.INTEGER: NUMBER,
    AttributeType.DECIMAL: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
    AttributeType.DATE: {"type": "string", "format": "date"},
    AttributeType.BOOLEAN: {"type": "boolean"},
}


def described(properties: Mapping[str, Schema], *, required: tuple[str, ...] | None = None) -> Schema:
    """An object with these properties; all of them are there unless `required` says which."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties if required is None else required),
    }


def reference(name: str) -> Schema:
    """The component of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(item: Schema, **members: Schema) -> Schema:
    """{"items": [item, ...], ...members}."""
    return described({"items": {"type": "array", "items": item}, **members})


def component_name(kind: EntityType) -> str:
    """Such as PricingAgreement."""
    return kind.name.title().replace("_", "")


def components() -> dict[str, Schema]:
    """Every schema that operations refer to."""
    found = {
        "Money": described({"amount": _SIMPLE[AttributeType.DECIMAL], "currency": TEXT}),
        "Address": described(dict.fromkeys(ADDRESS_COMPONENTS, TEXT), required=()),
        "Reference": REFERENCE,
        "Problem": PROBLEM,
        "Receipt": RECEIPT,
        "ChangeRequest": CHANGE_REQUEST,
        "Match": MATCH,
        "SourceRecord": SOURCE_RECORD,
        "GoldenVersion": GOLDEN_VERSION,
        "GoldenSource": GOLDEN_SOURCE,
        "Lineage": LINEAGE,
        "ReopeningCondition": REOPENING_CONDITION,
        "Differing": DIFFERING,
    }
    for name in entity_types:
        kind = entity_types.get(name)
        found[component_name(kind)] = golden_schema(kind)
    found["Change"] = described(
        {
            "position": NUMBER,
            "change": {"type": "string", "enum": ["created", "updated", "merged", "retired"]},
            "changed_at": TIME,
            "document": {"anyOf": [reference(component_name(entity_types.get(name))) for name in entity_types]},
        }
    )
    return found


def golden_schema(kind: EntityType) -> Schema:
    """A golden document; an attribute nobody told is missing. The rules in force say which attributes there are."""
    attributes = {attribute.name: attribute_schema(attribute) for attribute in attributes_of(kind.name)}
    return described(
        {
            "id": {"type": "string", "examples": [f"{kind.id_prefix}-0000123-4"]},
            "entity_type": {"type": "string", "const": kind.name},
            "version": {"type": "integer", "minimum": 1},
            "status": {"type": "string", "enum": list(GoldenStatus.values)},
            "merged_into": {**MAYBE_TEXT, "description": "The survivor's id when the status is merged."},
            "updated_at": TIME,
            "attributes": {"type": "object", "properties": attributes},
        }
    )


def attribute_schema(attribute: Attribute) -> Schema:
    """The form of one attribute's values; null says that the source says there is none."""
    return {**_nullable(_form(attribute, attribute.type)), "description": attribute.label}


def _form(attribute: Attribute, kind: AttributeType) -> Schema:
    if kind is AttributeType.COLLECTION:
        if attribute.item:
            item = described({part.name: attribute_schema(part) for part in attribute.item}, required=())
        else:
            item = dict(_form(attribute, attribute.item_type))
        return {"type": "array", "items": item}
    if kind is AttributeType.CHOICE:
        return {"type": "string", "enum": list(attribute.choices)}
    if kind in _SIMPLE:
        return dict(_SIMPLE[kind])
    return reference({AttributeType.MONEY: "Money", AttributeType.ADDRESS: "Address"}.get(kind, "Reference"))


def _nullable(schema: Schema) -> Schema:
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if "enum" in schema:
        return {**schema, "type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}


REFERENCE = described(
    {
        "id": {**TEXT, "description": "Golden id it resolves to."},
        "entity_type": TEXT,
        "system": TEXT,
        "key": TEXT,
        "unresolved": {"type": "boolean", "description": "True while no golden record holds what is spoken of."},
    },
    required=("entity_type",),
)
PROBLEM = described(
    {
        "type": {"type": "string", "examples": ["/problems/mistyped-public-id"]},
        "title": TEXT,
        "status": NUMBER,
        "detail": TEXT,
        "instance": TEXT,
        "code": TEXT,
        "retryable": {"type": "boolean"},
        "request_id": MAYBE_TEXT,
        "survivor": {**TEXT, "description": "Golden id to ask for instead; on 308 only."},
        "errors": {
            "type": "array",
            "items": described({"pointer": {**TEXT, "format": "json-pointer"}, "code": TEXT, "detail": TEXT}),
        },
    },
    required=("type", "title", "status", "detail", "instance", "code", "retryable", "request_id"),
)
HELD_BACK = described(
    {
        "attribute": TEXT,
        "state": {"type": "string", "enum": ["open", "refused"]},
        "effect": {"type": "string", "enum": list(ChangeEffect.values)},
        "change_request": NUMBER,
    }
)
RECEIPT = described(
    {
        "outcome": {"type": "string", "enum": [str(each) for each in Outcome]},
        "system": TEXT,
        "entity_type": TEXT,
        "key": {**TEXT, "description": "The source record's key; empty when the payload does not tell it."},
        "golden_id": {**MAYBE_TEXT, "description": "Golden record that holds the source record."},
        "problems": PROBLEM["properties"]["errors"],
        "held_back": {
            "type": "array",
            "items": HELD_BACK,
            "description": "Values of this payload that do not count, or not yet.",
        },
    }
)
CHANGE_PART = described(
    {
        "attribute": TEXT,
        "effect": {"type": "string", "enum": list(ChangeEffect.values)},
        "state": {"type": "string", "enum": list(ChangeRequestState.values)},
        "waits_for": {
            "type": "array",
            "items": TEXT,
            "description": "Groups whose consent is missing; an empty name is any approver's.",
        },
        "edited_by": TEXT,
        "approved_by": {"type": "array", "items": TEXT},
        "decided_by": MAYBE_TEXT,
        "decision_reason": {**TEXT, "description": "`not_owner` for a value that the rules refused."},
    }
)
COMMENT = described({"text": TEXT, "said_by": TEXT, "said_at": TIME})
CHANGE_REQUEST = described(
    {
        "id": NUMBER,
        "golden_id": TEXT,
        "entity_type": TEXT,
        "origin": {**TEXT, "description": "System that sent it; `hub` for people and clients."},
        "source_key": {**MAYBE_TEXT, "description": "The system's record that was changed."},
        "base_version": NUMBER,
        "values": {"type": "object"},
        "payload_hash": TEXT,
        "state": {"type": "string", "enum": list(ChangeRequestState.values)},
        "needs_approval": {"type": "boolean"},
        "reason": TEXT,
        "proposed_by": TEXT,
        "proposed_at": TIME,
        "expires_at": MAYBE_TIME,
        "decided_by": MAYBE_TEXT,
        "decided_at": MAYBE_TIME,
        "decision_reason": TEXT,
        "parts": {"type": "array", "items": CHANGE_PART},
        "comments": {"type": "array", "items": COMMENT},
    }
)
MATCH = described(
    {
        "golden_id": TEXT,
        "system": TEXT,
        "key": TEXT,
        "weight_bits": {"type": "number"},
        "probability": {"type": "number"},
        "decision": {"type": "string", "enum": ["LINK", "REVIEW", "NO_LINK"]},
        "explanation": {"type": "object"},
    }
)
SOURCE_RECORD = described(
    {
        "system": TEXT,
        "entity_type": TEXT,
        "key": TEXT,
        "golden_id": MAYBE_TEXT,
        "payload": {"type": "object", "description": "As the system said it."},
        "canonical": {"type": "object", "description": "The attributes it maps to."},
        "accepted": {"type": "object", "description": "Those that may survive."},
        "source_modified_at": MAYBE_TIME,
        "received_at": TIME,
        "tombstoned_at": MAYBE_TIME,
        "pending_since": MAYBE_TIME,
        "correlation_id": TEXT,
    }
)
GOLDEN_VERSION = described(
    {
        "version": NUMBER,
        "status": TEXT,
        "actor": TEXT,
        "reason": MAYBE_TEXT,
        "changed_at": TIME,
        "correlation_id": TEXT,
        "position": {"type": ["integer", "null"], "description": "Place in the feed; null for a moment."},
    }
)
DIFFERING = described(
    {
        "name": {**TEXT, "description": "An attribute, or `status`."},
        "label": TEXT,
        "before": {"description": "Value in the version of `from`; null for none."},
        "after": {"description": "Value in the version of `to`; null for none."},
        "line": {**TEXT, "description": "The change in one line for people."},
    }
)
GOLDEN_SOURCE = described(
    {
        "system": TEXT,
        "entity_type": TEXT,
        "key": TEXT,
        "weight_bits": {"type": ["number", "null"]},
        "linked_at": TIME,
        "source_modified_at": MAYBE_TIME,
        "received_at": TIME,
        "tombstoned_at": MAYBE_TIME,
    }
)
LINEAGE = described(
    {
        "id": TEXT,
        "version": NUMBER,
        "lineage": {"type": "object", "description": "By attribute: winner, strategy, reason, losers."},
    }
)
REOPENING_CONDITION = described(
    {
        "id": NUMBER,
        "unit": {"type": "string", "format": "uuid"},
        "kind": {"type": "string", "enum": list(ReopeningKind.values)},
        "attribute": TEXT,
        "due_at": MAYBE_TIME,
        "declared_by": TEXT,
        "declared_at": TIME,
    }
)
