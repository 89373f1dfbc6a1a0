"""Whether a canonical document has the form its entity type asks for, and the one way to write each value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from mdm.decimals import canonical_amount, canonical_decimal
from mdm.entity_types.base import Attribute, AttributeType, JsonValue
from mdm.entity_types.flattening import ADDRESS_COMPONENTS
from mdm.item_keys import item_key
from mdm.value_forms import form_problem


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one value is refused. `detail` names the attribute and what would mend it, never the value."""

    pointer: str
    code: str
    detail: str


def pointer_to(*steps: str | int) -> str:
    """The JSON pointer (RFC 6901) with these steps."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in steps)


def validate_document(
    attributes: Sequence[Attribute], values: Mapping[str, JsonValue], *, partial: bool = False
) -> list[Problem]:
    """Every problem of a normalized document, in the order of the attributes; empty when it may be accepted.

    `partial` lets required attributes be absent, for a change of some attributes; null they may never be.
    """
    return _validate_object(attributes, values, at=(), partial=partial)


def normalize_document(attributes: Sequence[Attribute], values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The same values, each in its one spelling; what has the wrong form is left for `validate_document` to name.

    Texts are trimmed, and empty ones become null. Decimals are written plainly: no exponent, no plus sign, no leading
    or trailing zeros; amounts of money keep at least two decimals and drop only zeros beyond them. Inside an object
    null components are left out, an object or a list of nothing is null, and a plain item is kept once. Nothing is
    sorted. Repeating changes nothing.
    """
    known = {attribute.name: attribute for attribute in attributes}
    return {name: _normalized(known[name], value) if name in known else value for name, value in values.items()}


def _normalized(attribute: Attribute, value: JsonValue) -> JsonValue:
    if attribute.type is AttributeType.COLLECTION:
        return _normalized_collection(attribute, value)
    if attribute.type is AttributeType.MONEY and isinstance(value, Mapping):
        return _without_nulls(
            {name: _amount(_trimmed(v)) if name == "amount" else _trimmed(v) for name, v in value.items()}
        )
    if isinstance(value, Mapping):
        return _without_nulls({name: _trimmed(component) for name, component in value.items()})
    return _scalar(attribute.type, value)


def _normalized_collection(attribute: Attribute, value: JsonValue) -> JsonValue:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return _trimmed(value)
    if attribute.item:
        items = [
            _without_nulls(normalize_document(attribute.item, item)) if isinstance(item, Mapping) else item
            for item in value
        ]
        return [item for item in items if item is not None] or None
    plain = [_scalar(attribute.item_type, item) for item in value]
    return [item for position, item in enumerate(plain) if item is not None and item not in plain[:position]] or None


def _scalar(kind: AttributeType, value: JsonValue) -> JsonValue:
    trimmed = _trimmed(value)
    if kind is AttributeType.DECIMAL and isinstance(trimmed, str):
        return canonical_decimal(trimmed) or trimmed
    return trimmed


def _amount(value: JsonValue) -> JsonValue:
    return (canonical_amount(value) or value) if isinstance(value, str) else value


def _trimmed(value: JsonValue) -> JsonValue:
    return (value.strip() or None) if isinstance(value, str) else value


def _without_nulls(value: Mapping[str, JsonValue]) -> dict[str, JsonValue] | None:
    return {name: component for name, component in value.items() if component is not None} or None


_Steps = tuple[str | int, ...]


def _validate_object(
    attributes: Sequence[Attribute], values: Mapping[str, JsonValue], *, at: _Steps, partial: bool
) -> list[Problem]:
    problems: list[Problem] = []
    for attribute in attributes:
        here = (*at, attribute.name)
        if values.get(attribute.name) is not None:
            problems += _validate_value(attribute, values[attribute.name], at=here)
        elif attribute.required and not (partial and attribute.name not in values):
            problems.append(Problem(pointer_to(*here), "required", f"{attribute.label} is required; give it a value"))
    problems += _inverted_window(values, at=at)
    known = {attribute.name for attribute in attributes}
    return problems + [
        Problem(pointer_to(*at, name), "unknown_attribute", "there is no attribute of this name; leave it out")
        for name in values
        if name not in known
    ]


def _validate_value(attribute: Attribute, value: JsonValue, *, at: _Steps) -> list[Problem]:
    if attribute.type is AttributeType.COLLECTION:
        return _validate_collection(attribute, value, at=at)
    if attribute.type is AttributeType.ADDRESS:
        return _validate_address(attribute, value, at=at)
    return _validate_form(attribute, attribute.type, value, at=at)


def _validate_form(attribute: Attribute, kind: AttributeType, value: JsonValue, *, at: _Steps) -> list[Problem]:
    found = form_problem(attribute, kind, value)
    return [Problem(pointer_to(*at), found[0], f"{attribute.label} {found[1]}")] if found else []


def _validate_address(attribute: Attribute, value: JsonValue, *, at: _Steps) -> list[Problem]:
    if not isinstance(value, Mapping):
        return [Problem(pointer_to(*at), "wrong_type", f"{attribute.label} must be an object of address components")]
    return _validate_object(_components(attribute.label, attribute.max_length), value, at=at, partial=False)


@cache
def _components(label: str, max_length: int) -> tuple[Attribute, ...]:
    return tuple(
        Attribute(name, f"{label}, {name.replace('_', ' ')},", max_length=max_length) for name in ADDRESS_COMPONENTS
    )


def _validate_collection(attribute: Attribute, value: JsonValue, *, at: _Steps) -> list[Problem]:
    if not isinstance(value, list | tuple):
        return [Problem(pointer_to(*at), "wrong_type", f"{attribute.label} must be a list")]
    problems: list[Problem] = []
    for position, item in enumerate(value):
        here = (*at, position)
        if not attribute.item:
            problems += _validate_form(attribute, attribute.item_type, item, at=here)
        elif isinstance(item, Mapping):
            problems += _validate_object(attribute.item, item, at=here, partial=False)
        else:
            problems.append(Problem(pointer_to(*here), "wrong_type", f"{attribute.label}: each item must be an object"))
    return problems or _repeated_items(attribute, value, at=at)


def _repeated_items(attribute: Attribute, items: Sequence[JsonValue], *, at: _Steps) -> list[Problem]:
    first: dict[str, int] = {}
    parts = " and ".join(part.replace("|", " or ") for part in attribute.item_key) or "value"
    return [
        Problem(
            pointer_to(*at, position),
            "repeated_item",
            f"{attribute.label}: this item has the same {parts} as item {seen}; merge them or drop one",
        )
        for position, item in enumerate(items)
        if (seen := first.setdefault(item_key(attribute, item), position)) != position
    ]


def _inverted_window(values: Mapping[str, JsonValue], *, at: _Steps) -> list[Problem]:
    start, end = values.get("valid_from"), values.get("valid_to")
    # Dates of the right form compare as texts; a wrong form is named by its own problem.
    if isinstance(start, str) and isinstance(end, str) and start >= end:
        detail = "Valid until must be after Valid from; the end is exclusive"
        return [Problem(pointer_to(*at, "valid_to"), "empty_window", detail)]
    return []
