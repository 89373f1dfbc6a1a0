"""Column sets that several typed tables share, and how a document's values become columns."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from mdm.entity_types.base import Attribute, Document, JsonValue
from mdm.fields import JSONField
from mdm.public_ids import parse_public_id


class CurrentRow(models.Model):
    """One typed row per golden record: the projection of its document for SQL, filters and integrity."""

    golden_record = models.OneToOneField(
        "mdm.GoldenRecord", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    extensions = JSONField(default=dict, help_text="Attributes declared at run time.")

    class Meta:
        abstract = True


class ChildRow(models.Model):
    """An item of a collection; its row id stays while its item key does."""

    golden_record = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, related_name="+")
    item_key = models.CharField(max_length=500, db_collation="C")

    class Meta:
        abstract = True


class AddressColumns(models.Model):
    """The components of one address."""

    street = models.CharField(max_length=300, blank=True)
    house_number = models.CharField(max_length=300, blank=True)
    unit = models.CharField(max_length=300, blank=True)
    city = models.CharField(max_length=300, blank=True)
    region = models.CharField(max_length=300, blank=True)
    postcode = models.CharField(max_length=300, blank=True)
    country = models.CharField(max_length=2, blank=True)

    class Meta:
        abstract = True


ADDRESS = ("street", "house_number", "unit", "city", "region", "postcode", "country")


def text_columns(document: Document, *names: str) -> dict[str, str]:
    """Text attributes as columns; an absent one is empty."""
    return {name: document.get(name) or "" for name in names}


def extension_columns(document: Document, coded: Iterable[Attribute]) -> dict[str, JsonValue]:
    """The document's attributes that were declared at run time, as the one column that holds them."""
    known = {attribute.name for attribute in coded}
    return {"extensions": {name: value for name, value in document.items() if name not in known}}


def address_columns(document: Document) -> dict[str, str]:
    """The components of the document's address as columns."""
    return text_columns(document.get("address") or {}, *ADDRESS)


def items(document: Document, name: str) -> Iterable[Mapping[str, JsonValue]]:
    """The object items of a collection."""
    return document.get(name) or ()


def golden_id(reference: JsonValue) -> int | None:
    """Primary key of the golden record a resolved reference names; None for an absent or unresolved one."""
    return parse_public_id(reference["id"])[1] if reference and "id" in reference else None


def reference_key(reference: JsonValue) -> str:
    """One text per thing referred to: its public id, else system, entity type and key."""
    if not reference:
        return ""
    return str(reference.get("id") or f"{reference['system']}:{reference['entity_type']}:{reference['key']}")


def key_of(*parts: Any) -> str:
    """Item key from its parts; None counts as empty."""
    return "|".join("" if part is None else str(part) for part in parts)
