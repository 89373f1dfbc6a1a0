"""The coded attributes of a pricing agreement with its lines and breaks, and how one is matched and titled."""

from collections.abc import Mapping

from mdm.entity_types.base import Attribute, AttributeType, Document, ReviewKind
from mdm.entity_types.flattening import flattened, reference_text, texts

BREAK_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("quantity_from", "From quantity", AttributeType.DECIMAL, ReviewKind.PRICE, required=True),
    Attribute("value", "Value", AttributeType.DECIMAL, ReviewKind.PRICE, required=True),
)

PRICED_THING = ("product", "category", "brand", "all", "ship_from", "unit")
# A line prices exactly one of product, category, brand and all: absent parts of the key count as empty.
LINE_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("line_key", "Line", group=ReviewKind.IDENTIFIER, assigned=True, max_length=60),
    Attribute("product", "Product", AttributeType.REFERENCE, ReviewKind.PRICE, target="product"),
    Attribute("category", "Category", group=ReviewKind.PRICE, max_length=300),
    Attribute("brand", "Brand", group=ReviewKind.PRICE, max_length=150),
    Attribute("all", "All products", AttributeType.BOOLEAN, ReviewKind.PRICE),
    Attribute("ship_from", "Ship from", AttributeType.REFERENCE, ReviewKind.PRICE, target="location"),
    Attribute("unit", "Unit", group=ReviewKind.PRICE, max_length=20),
    Attribute(
        "method",
        "Method",
        AttributeType.CHOICE,
        ReviewKind.PRICE,
        required=True,
        choices=("net", "percent_off", "cost_plus"),
    ),
    Attribute("value", "Value", AttributeType.DECIMAL, ReviewKind.PRICE, required=True),
    Attribute("per", "Price unit", AttributeType.DECIMAL, ReviewKind.PRICE),
    Attribute("valid_from", "Valid from", AttributeType.DATE, ReviewKind.PRICE),
    Attribute("valid_to", "Valid until, exclusive", AttributeType.DATE, ReviewKind.PRICE),
    Attribute("break_mode", "Breaks apply to", AttributeType.CHOICE, ReviewKind.PRICE, choices=("whole", "slice")),
    Attribute(
        "breaks",
        "Quantity breaks",
        AttributeType.COLLECTION,
        ReviewKind.PRICE,
        item=BREAK_ATTRIBUTES,
        item_key=("quantity_from",),
    ),
    Attribute("negotiation", "Negotiation", group=ReviewKind.COMMERCIAL, max_length=60),
    Attribute("note", "Note", group=ReviewKind.DESCRIPTION, max_length=300),
)

PRICING_AGREEMENT_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("number", "Number", group=ReviewKind.IDENTIFIER, required=True, max_length=60),
    Attribute("name", "Name", group=ReviewKind.NAME, max_length=300),
    Attribute("kind", "Kind", group=ReviewKind.COMMERCIAL, max_length=30),
    Attribute("status", "Status", group=ReviewKind.COMMERCIAL, max_length=30),
    Attribute("currency", "Currency", group=ReviewKind.PRICE, required=True, max_length=3),
    Attribute("valid_from", "Valid from", AttributeType.DATE, ReviewKind.COMMERCIAL),
    Attribute("valid_to", "Valid until, exclusive", AttributeType.DATE, ReviewKind.COMMERCIAL),
    Attribute(
        "scope_kind",
        "Applies to",
        AttributeType.CHOICE,
        ReviewKind.COMMERCIAL,
        required=True,
        choices=("customer", "location", "group", "price_class", "everyone"),
    ),
    Attribute("customer", "Customer", AttributeType.REFERENCE, ReviewKind.HIERARCHY, target="customer"),
    Attribute("location", "Ship-to location", AttributeType.REFERENCE, ReviewKind.HIERARCHY, target="location"),
    Attribute("customer_group", "Customer group", group=ReviewKind.COMMERCIAL, max_length=60),
    Attribute("price_class", "Price class", group=ReviewKind.COMMERCIAL, max_length=60),
    Attribute("parent", "Parent agreement", AttributeType.REFERENCE, ReviewKind.HIERARCHY, target="pricing_agreement"),
    Attribute("inherits", "Inherits the parent's lines", AttributeType.BOOLEAN, ReviewKind.HIERARCHY),
    Attribute("precedence", "Precedence", AttributeType.INTEGER, ReviewKind.COMMERCIAL),
    Attribute("floor_margin", "Floor margin", AttributeType.DECIMAL, ReviewKind.PRICE),
    Attribute("account_owner", "Account owner", group=ReviewKind.COMMERCIAL, max_length=150),
    Attribute(
        "lines",
        "Lines",
        AttributeType.COLLECTION,
        ReviewKind.PRICE,
        item=LINE_ATTRIBUTES,
        item_key=(*PRICED_THING, "valid_from"),
        exclusive=PRICED_THING,
    ),
)


def pricing_agreement_match_view(document: Document) -> Mapping[str, str | tuple[str, ...]]:
    """Flat texts for the matching library. References count as the golden id they resolve to, else as system:key."""
    lines = [line for line in document.get("lines") or () if isinstance(line, Mapping)]
    products = dict.fromkeys(reference_text(line.get("product")) for line in lines)
    view = {name: texts(document, name) for name in ("number", "name", "currency", "valid_from", "valid_to")}
    view["customer"] = tuple(filter(None, [reference_text(document.get("customer"))]))
    view["buyers"] = tuple(filter(None, [_buyers(document)]))
    view["products"] = tuple(filter(None, products))
    return flattened(view)


def _buyers(document: Document) -> str:
    """Whom it is made for, where that is no single customer: a ship-to, a group, a class, or everyone."""
    kind = str(document.get("scope_kind") or "")
    match kind:
        case "location":
            whom = reference_text(document.get("location"))
        case "group":
            whom = str(document.get("customer_group") or "")
        case "price_class":
            whom = str(document.get("price_class") or "")
        case "everyone":
            return kind
        case _:
            return ""
    return f"{kind} {whom}" if whom else ""


def pricing_agreement_title(document: Document) -> str:
    """Number and name, whichever there are."""
    return " ".join((*texts(document, "number"), *texts(document, "name")))
