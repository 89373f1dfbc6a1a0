"""What an entity type is: its attributes, how it is matched, and where its typed rows go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from django.db import models

JsonValue: TypeAlias = Any  # decoded JSON; its shape is checked against the attribute's type at the door
Document: TypeAlias = Mapping[str, JsonValue]


class AttributeType(StrEnum):
    """The form of one value. `MONEY`, `ADDRESS` and `REFERENCE` are JSON objects that survive whole."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    ADDRESS = "address"
    REFERENCE = "reference"
    COLLECTION = "collection"


class ItemForm(StrEnum):
    """How a text is standardized before two systems' tellings of an item are held together; it is kept as written."""

    TEXT = "text"
    CODE = "code"
    PHONE = "phone"
    TAX_ID = "tax_id"


class ReviewKind(StrEnum):
    """How a person reads an attribute's group on a page."""

    NAME = "name"
    ADDRESS = "address"
    CONTACT = "contact"
    IDENTIFIER = "identifier"
    COMMERCIAL = "commercial"
    DESCRIPTION = "description"
    HIERARCHY = "hierarchy"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One named fact of an entity type.

    A `COLLECTION` holds items: plain values where `item` is empty, else objects with the attributes of `item`; two
    items with equal `item_key` values are the same item, told by two systems; two with equal `exclusive` parts may hold
    on no common day, where they come from different systems. What is `assigned` each system gives to an item of its own
    accord, so nobody asks it for that. `form` is how such a value, or a plain item, is compared with another system's.
    `needs_word`: a system that has a place for it, but no word for its value, is told nothing of the record until its
    mapping has one.
    """

    name: str
    label: str
    type: AttributeType = AttributeType.TEXT
    group: ReviewKind = ReviewKind.DESCRIPTION
    required: bool = False
    assigned: bool = False
    personal: bool = False
    choices: tuple[str, ...] = ()
    target: str = ""
    item: tuple["Attribute", ...] = ()
    item_type: AttributeType = AttributeType.TEXT
    item_key: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()
    form: ItemForm = ItemForm.TEXT
    max_length: int = 4000
    needs_word: bool = False


@dataclass(frozen=True, slots=True)
class EntityType:
    """A kind of thing mastered. One file in this package registers one.

    `settle_rank`: things with a lower rank settle first, so that references to them resolve.
    `attributes` are the built-in ones; rule sets may declare more.
    `match_view` flattens accepted attributes to the names that the matching library knows.
    `project` writes the typed rows of the given golden records, set-wise, in the transaction of the versions.
    `title` is one line a person recognizes the thing by. `matches_on_references`: what it refers to is evidence in
    matching. `edges` are the rows of its parents in dated trees; None for what stands in none.
    """

    name: str
    label: str
    label_plural: str
    id_prefix: str
    slug: str
    settle_rank: int
    attributes: tuple[Attribute, ...]
    match_view: Callable[[Document], Mapping[str, str | tuple[str, ...]]]
    title: Callable[[Document], str]
    project: Callable[[Sequence["ProjectionInput"], datetime], None]
    model: Callable[[], "type[models.Model]"]
    default_rules: Callable[[], Mapping[str, JsonValue]]
    matches_on_references: bool = False
    edges: Callable[[int, Document], Mapping[str, Mapping[str, Any]]] | None = None


@dataclass(frozen=True, slots=True)
class ProjectionInput:
    """A golden version to be written as typed rows; `document` is None when the record is retired or merged away."""

    golden_record_id: int
    version: int
    public_id: str
    document: Document | None


def next_named(attributes: Sequence[Attribute], name: str) -> Attribute:
    """The attribute of that name. Raises KeyError when there is none."""
    for attribute in attributes:
        if attribute.name == name:
            return attribute
    raise KeyError(name)
