"""The form of one value, by attribute type: what is wrong with it, in words that never repeat it."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from mdm.countries import COUNTRY_CODES
from mdm.decimals import canonical_amount, canonical_decimal
from mdm.entity_types.base import Attribute, AttributeType, ItemForm, JsonValue
from mdm.masking import SIGN

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CURRENCY = re.compile(r"[A-Z]{3}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# What a 32-bit column holds: no count or rank of ours comes near it.
_MOST_INTEGER = 2**31 - 1
_MOST_AMOUNT = 10**12
# Closed ranges of numbers by attribute name, within what the typed columns hold.
_RANGES: dict[str, tuple[Decimal, Decimal]] = {
    name: (Decimal(low), Decimal(high))
    for name, low, high in (
        ("latitude", "-90", "90"),
        ("longitude", "-180", "180"),
        ("percent", "0", "100"),
        ("floor_margin", "-1000", "1000"),
        ("weight_kg", "0", "10000000"),
        ("pack_size", "0", "1000000"),
        ("numerator", "1", "1000000000"),
        ("denominator", "1", "1000000000"),
        ("value", "-100000000000", "100000000000"),
        ("per", "0.000001", "100000000000"),
        ("quantity_from", "0", "100000000000"),
    )
}

# A stable code, and the end of a sentence that begins with the attribute's label.
FormProblem = tuple[str, str]


def form_problem(attribute: Attribute, kind: AttributeType, value: JsonValue) -> FormProblem | None:
    """What keeps a value, not null, from being a canonical `kind`; None when it is one."""
    if attribute.form is ItemForm.TAX_ID and isinstance(value, str) and SIGN in value:
        return "masked", "is masked for you; leave it out, or have somebody change it who may read it"
    return _FORMS[kind](attribute, value)


def _text(attribute: Attribute, value: JsonValue) -> FormProblem | None:
    if not isinstance(value, str):
        return "wrong_type", "must be a text"
    if "\0" in value or _LONE_SURROGATE.search(value):
        return "unwritable_text", "holds a character that cannot be stored (NUL or half of a surrogate pair); remove it"
    if len(value) > attribute.max_length:
        return "too_long", f"may have {attribute.max_length} characters at most; it has {len(value)}"
    if (attribute.name == "country" or attribute.name.endswith("_country")) and value not in COUNTRY_CODES:
        return "unknown_country", "must be an ISO 3166 code of two capitals, such as DE"
    if attribute.name == "currency" and not _CURRENCY.fullmatch(value):
        return "unknown_currency", "must be an ISO 4217 code of three capitals, such as EUR"
    return None


def _choice(attribute: Attribute, value: JsonValue) -> FormProblem | None:
    if isinstance(value, str) and value in attribute.choices:
        return None
    return "unknown_choice", f"must be one of {', '.join(attribute.choices)}"


def _integer(attribute: Attribute, value: JsonValue) -> FormProblem | None:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MOST_INTEGER:
        return _out_of_range(attribute, Decimal(value))
    return "wrong_type", f"must be a whole number of at most {_MOST_INTEGER}"


def _boolean(attribute: Attribute, value: JsonValue) -> FormProblem | None:
    return None if isinstance(value, bool) else ("wrong_type", "must be true or false")


def _decimal(attribute: Attribute, value: JsonValue) -> FormProblem | None:
    number = canonical_decimal(value) if isinstance(value, str) else None
    if number is None:
        return "wrong_type", 'must be a decimal number as a text, such as "12.5"'
    return _out_of_range(attribute, Decimal(number))


def _out_of_range(attribute: Attribute, number: Decimal) -> FormProblem | None:
    low, high = _RANGES.get(attribute.name, (None, None))
    if low is None or high is None or low <= number <= high:
        return None
    return "out_of_range", f"must be from {low} to {high}"


def _date(attribute: Attribute, value: JsonValue) -> FormProblem | None:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            return "no_such_day", "names a day that no calendar has"
        return None
    return "wrong_type", "must be a date as YYYY-MM-DD"


def _money(attribute: Attribute, value: JsonValue) -> FormProblem | None:
    if not isinstance(value, Mapping) or set(value) != {"amount", "currency"}:
        return "wrong_type", "must be an object of amount and currency"
    amount = canonical_amount(value["amount"]) if isinstance(value["amount"], str) else None
    if amount is None:
        return "wrong_type", 'must have its amount as a text, such as "12.50"'
    if abs(Decimal(amount)) > _MOST_AMOUNT:
        return "out_of_range", f"must have an amount of at most {_MOST_AMOUNT}"
    if not isinstance(value["currency"], str) or not _CURRENCY.fullmatch(value["currency"]):
        return "unknown_currency", "must have its currency as an ISO 4217 code of three capitals, such as EUR"
    return None


_REFERENCE_SHAPES = ({"system", "entity_type", "key"}, {"id", "entity_type"})


def _reference(attribute: Attribute, value: JsonValue) -> FormProblem | None:
    if not isinstance(value, Mapping) or (set(value) - {"unresolved"}) not in _REFERENCE_SHAPES:
        return "wrong_type", "must be an object of system, entity_type and key"
    for name, component in value.items():
        if name == "unresolved" and isinstance(component, bool):
            continue
        if not isinstance(component, str) or not component.strip():
            return "wrong_type", f"must have its {name} as a text that is not empty"
        if problem := _text(attribute, component):
            return problem
    if attribute.target and value["entity_type"] != attribute.target:
        return "wrong_target", f"must refer to a {attribute.target}"
    return None


_FORMS: dict[AttributeType, Callable[[Attribute, JsonValue], FormProblem | None]] = {
    AttributeType.TEXT: _text,
    AttributeType.INTEGER: _integer,
    AttributeType.DECIMAL: _decimal,
    AttributeType.MONEY: _money,
    AttributeType.DATE: _date,
    AttributeType.BOOLEAN: _boolean,
    AttributeType.CHOICE: _choice,
    AttributeType.REFERENCE: _reference,
}
