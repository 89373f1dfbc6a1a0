"""What is told of dated trees, as JSON Schemas."""

from mdm.api.schemas import NUMBER, TEXT, Schema, described

_DAY: Schema = {"type": "string", "format": "date"}
_MAYBE_DAY: Schema = {"type": ["string", "null"], "format": "date"}
IN_A_TREE = {"id": TEXT, "tree": TEXT, "on": _DAY, "known_at": {"type": ["integer", "null"]}}
_DAYS = {"valid_from": _MAYBE_DAY, "valid_to": _MAYBE_DAY}
ANCESTORS: Schema = {
    "type": "array",
    "items": described({"id": TEXT, **_DAYS}),
    "description": "From the parent upward; the days are those of the edge that leads up to it, half-open.",
}
_PARTIES: Schema = {"type": "array", "items": TEXT, "description": "Tops of the legal tree above its customers."}
SITE = described(
    {
        "id": TEXT,
        "on": _DAY,
        "standard_address": {
            "type": ["object", "null"],
            "description": "Null without a country.",
            "properties": {
                "components": {"type": "object", "additionalProperties": TEXT},
                "lines": {"type": "array", "items": TEXT},
                "problems": {"type": "object", "additionalProperties": TEXT},
            },
        },
        "parties": _PARTIES,
        "neighbors": {
            "type": "array",
            "items": described(
                {
                    "id": TEXT,
                    "meters": {"type": ["integer", "null"]},
                    "same_building": {"type": "boolean"},
                    "parties": _PARTIES,
                    "is_shared": {"type": "boolean"},
                }
            ),
        },
    }
)
HIERARCHY_COMPONENTS = {
    "Descendant": described({"id": TEXT, "parent": TEXT, "level": NUMBER, **_DAYS}),
    "UsedLocation": described({"id": TEXT, "customer": TEXT, "roles": {"type": "array", "items": TEXT}}),
}
