"""The coded attributes of a product, and how one is matched and titled."""

from collections.abc import Mapping

from mdm.entity_types.base import Attribute, AttributeType, Document, ReviewKind
from mdm.entity_types.flattening import flattened, texts

PRODUCT_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("sku", "SKU", group=ReviewKind.IDENTIFIER, max_length=60),
    Attribute("name", "Name", group=ReviewKind.NAME, required=True, max_length=500),
    Attribute("description", "Description", max_length=20_000),
    Attribute("brand", "Brand", group=ReviewKind.NAME, max_length=150),
    Attribute("manufacturer", "Manufacturer", group=ReviewKind.NAME, max_length=150),
    Attribute("model_number", "Model number", group=ReviewKind.IDENTIFIER, max_length=100),
    Attribute("gtin", "GTIN", group=ReviewKind.IDENTIFIER, max_length=14),
    Attribute("category", "Category", max_length=300),
    Attribute("base_unit", "Base unit", max_length=20),
    Attribute(
        "units",
        "Units of measure",
        AttributeType.COLLECTION,
        item=(
            Attribute("unit", "Unit", required=True, max_length=20),
            Attribute("numerator", "Base units", AttributeType.INTEGER, required=True),
            Attribute("denominator", "per number of this unit", AttributeType.INTEGER, required=True),
            Attribute("valid_from", "Valid from", AttributeType.DATE),
            Attribute("valid_to", "Valid until, exclusive", AttributeType.DATE),
        ),
        item_key=("unit", "valid_from"),
    ),
    Attribute("pack_size", "Pack size", AttributeType.INTEGER),
    Attribute("weight_kg", "Weight in kg", AttributeType.DECIMAL),
    Attribute("dimensions", "Dimensions", max_length=200),
    Attribute("color", "Color", max_length=60),
    Attribute("tax_class", "Tax class", group=ReviewKind.COMMERCIAL, max_length=30, needs_word=True),
    Attribute("hs_code", "HS code", group=ReviewKind.COMMERCIAL, max_length=20),
    Attribute("origin_country", "Country of origin", group=ReviewKind.COMMERCIAL, max_length=2),
    Attribute("status", "Status", group=ReviewKind.COMMERCIAL, max_length=30),
    Attribute("list_price", "List price", AttributeType.MONEY, ReviewKind.PRICE),
    Attribute("cost", "Cost", AttributeType.MONEY, ReviewKind.PRICE),
    Attribute("successor", "Successor", AttributeType.REFERENCE, ReviewKind.HIERARCHY, target="product"),
)


def product_match_view(document: Document) -> Mapping[str, str | tuple[str, ...]]:
    """Flat texts for the matching library. The brand falls back on the manufacturer; the price is a bare amount."""
    price = document.get("list_price")
    view = {name: texts(document, name) for name in ("name", "description", "model_number", "gtin", "category")}
    view["brand"] = texts(document, "brand") or texts(document, "manufacturer")
    view["color"] = texts(document, "color")
    view["pack_size"] = tuple(f"{size}-pack" for size in [document.get("pack_size")] if size)
    view["price"] = texts(price, "amount") if isinstance(price, Mapping) else ()
    return flattened(view)


def product_title(document: Document) -> str:
    """SKU and name, whichever there are."""
    return " ".join((*texts(document, "sku"), *texts(document, "name")))
