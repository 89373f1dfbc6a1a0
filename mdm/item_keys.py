"""What makes two items of a collection the same item, told by two systems."""

from collections.abc import Mapping

from matching.standardize.contact import phone_extension, standardize_phone
from matching.standardize.text import standardize_code
from mdm.canonical import canonical_bytes
from mdm.entity_types.base import Attribute, Document, ItemForm, JsonValue
from mdm.entity_types.flattening import reference_text


def item_key(attribute: Attribute, item: JsonValue) -> str:
    """The identity of an item inside its collection, as text.

    A plain item is its own key. A part of `item_key` written `email|name` means the first of these that is not empty.
    An absent part counts as null, a reference by what it resolves to. Letter case and outer blanks do not count.
    """
    if not attribute.item or not isinstance(item, Mapping):
        return canonical_bytes(_part(item)).decode()
    if not attribute.item_key:
        return canonical_bytes(dict(item)).decode()
    return canonical_bytes([_first(item, part) for part in attribute.item_key]).decode()


def telling_key(attribute: Attribute, item: JsonValue, *, country: str = "") -> str:
    """The identity of an item that systems write in ways of their own: its item key with each part standardized.

    Phones count by their international number, for which `country` (two letters) helps those written without; codes and
    tax ids by their letters and digits, tax ids without the prefix of their own jurisdiction.
    """
    if not attribute.item or not isinstance(item, Mapping):
        return item_key(attribute, _standardized(attribute.form, item, country))
    forms = {part.name: part.form for part in attribute.item if part.form is not ItemForm.TEXT}
    where = str(item.get("jurisdiction") or country)
    return item_key(attribute, {**item, **{n: _standardized(f, item[n], where) for n, f in forms.items() if n in item}})


def country_of(values: Document) -> str:
    """Where a record with these attribute values is at home, for phones without a country code; "" when none says."""
    address = values.get("address")
    return str(address.get("country") or "") if isinstance(address, Mapping) else ""


def _standardized(form: ItemForm, value: JsonValue, country: str) -> JsonValue:
    """The value in its form; as it is written where nothing would be left of it."""
    if not isinstance(value, str) or form is ItemForm.TEXT:
        return value
    if form is ItemForm.PHONE:
        number, extension = standardize_phone(value, country), phone_extension(value)
        return f"{number};ext={extension}" if number and extension else number or value
    code = standardize_code(value)
    if form is ItemForm.TAX_ID:
        # Greece files under EL.
        prefix = "EL" if country == "GR" else country.upper()
        code = code.removeprefix(prefix) or code
    return code or value


def _first(item: Mapping[str, JsonValue], part: str) -> JsonValue:
    for name in part.split("|"):
        if item.get(name) not in (None, ""):
            return _part(item[name])
    return None


def _part(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return reference_text(value)
    if isinstance(value, str):
        return value.strip().casefold()
    return value
