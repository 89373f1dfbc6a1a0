"""The coded attributes of a location, and how one is matched and titled."""

from collections.abc import Mapping

from mdm.entity_types.base import Attribute, AttributeType, Document, ItemForm, ReviewKind
from mdm.entity_types.flattening import address_view, flattened, texts
from mdm.entity_types.parents import parents_attribute

LOCATION_ROLES = ("ship_to", "bill_to", "warehouse", "branch")
LOCATION_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("name", "Name", group=ReviewKind.NAME, required=True, max_length=300),
    Attribute("category", "Category", max_length=300),
    Attribute("address", "Address", AttributeType.ADDRESS, ReviewKind.ADDRESS, max_length=300),
    Attribute("latitude", "Latitude", AttributeType.DECIMAL, ReviewKind.ADDRESS),
    Attribute("longitude", "Longitude", AttributeType.DECIMAL, ReviewKind.ADDRESS),
    Attribute("geo_precision", "Precision of the point", group=ReviewKind.ADDRESS, max_length=30),
    Attribute("gln", "GLN", group=ReviewKind.IDENTIFIER, max_length=13),
    Attribute("unlocode", "UN/LOCODE", group=ReviewKind.IDENTIFIER, max_length=5),
    Attribute("time_zone", "Time zone", group=ReviewKind.ADDRESS, max_length=60),
    Attribute(
        "phones", "Phone numbers", AttributeType.COLLECTION, ReviewKind.CONTACT, form=ItemForm.PHONE, max_length=60
    ),
    Attribute("emails", "Email addresses", AttributeType.COLLECTION, ReviewKind.CONTACT, max_length=254),
    Attribute("website", "Website", group=ReviewKind.CONTACT, max_length=500),
    Attribute(
        "roles",
        "Roles",
        AttributeType.COLLECTION,
        ReviewKind.HIERARCHY,
        item=(
            Attribute("customer", "Customer", AttributeType.REFERENCE, required=True, target="customer"),
            Attribute(
                "role",
                "Role",
                AttributeType.CHOICE,
                required=True,
                choices=LOCATION_ROLES,
            ),
            Attribute("valid_from", "Valid from", AttributeType.DATE),
            Attribute("valid_to", "Valid until, exclusive", AttributeType.DATE),
        ),
        item_key=("customer", "role", "valid_from"),
    ),
    parents_attribute("location"),
)


def location_match_view(document: Document) -> Mapping[str, str | tuple[str, ...]]:
    """Flat texts for the matching library."""
    view = {
        **{name: texts(document, name) for name in ("name", "category", "website", "latitude", "longitude")},
        "phone": texts(document, "phones"),
        "email": texts(document, "emails"),
        **address_view(document),
    }
    return flattened(view)


def location_title(document: Document) -> str:
    """The name, then the city that tells it from its namesakes."""
    return ", ".join((*texts(document, "name"), *address_view(document).get("city", ())))
