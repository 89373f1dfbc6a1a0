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
HIERARCHY_COMPONENTS = {
    "Descendant": described({"id": TEXT, "parent": TEXT, "level": NUMBER, **_DAYS}),
    "UsedLocation": described({"id": TEXT, "customer": TEXT, "roles": {"type": "array", "items": TEXT}}),
}
