"""Products, with the unit conversions that prices depend on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from mdm.entity_types import entity_types
from mdm.entity_types.attributes_product import PRODUCT_ATTRIBUTES, product_match_view, product_title
from mdm.entity_types.base import Document, EntityType, ProjectionInput
from mdm.entity_types.rows import CurrentRow, extension_columns, golden_id, items, key_of, text_columns
from mdm.models.bitemporal import Fact, one_open_fact
from mdm.projection import date_range, decimal_or_none, record_facts, upsert_rows
from mdm.rules.defaults import default_rules

TEXTS = (
    "sku",
    "name",
    "description",
    "brand",
    "manufacturer",
    "model_number",
    "gtin",
    "category",
    "base_unit",
    "dimensions",
    "color",
    "tax_class",
    "hs_code",
    "origin_country",
    "status",
)


class Product(CurrentRow):
    sku = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=500)
    description = models.TextField(blank=True)
    brand = models.CharField(max_length=150, blank=True)
    manufacturer = models.CharField(max_length=150, blank=True)
    model_number = models.CharField(max_length=100, blank=True)
    gtin = models.CharField(max_length=14, blank=True)
    category = models.CharField(max_length=300, blank=True)
    base_unit = models.CharField(max_length=20, blank=True)
    pack_size = models.PositiveIntegerField(null=True)
    weight_kg = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    dimensions = models.CharField(max_length=200, blank=True)
    color = models.CharField(max_length=60, blank=True)
    tax_class = models.CharField(max_length=30, blank=True)
    hs_code = models.CharField(max_length=20, blank=True)
    origin_country = models.CharField(max_length=2, blank=True)
    status = models.CharField(max_length=30, blank=True)
    list_price = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    list_price_currency = models.CharField(max_length=3, blank=True)
    cost = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    successor = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(list_price=None) | ~Q(list_price_currency=""), name="list_price_has_a_currency"
            ),
            models.CheckConstraint(condition=Q(cost=None) | ~Q(cost_currency=""), name="cost_has_a_currency"),
        ]


class ProductTerms(Fact):
    """What price resolution reads of a product: what it is, and the amounts that discounts and surcharges start from.

    `list_price` and `cost` are for one base unit. A `category` is a path, from the broadest: `Cables > Power`.
    """

    base_unit = models.CharField(max_length=20, blank=True)
    category = models.CharField(max_length=300, blank=True)
    brand = models.CharField(max_length=150, blank=True)
    list_price = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    list_price_currency = models.CharField(max_length=3, blank=True)
    cost = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    cost_currency = models.CharField(max_length=3, blank=True)
    successor = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            one_open_fact("product_terms_are_known_once"),
            models.CheckConstraint(
                condition=(Q(list_price=None) | ~Q(list_price_currency="")) & (Q(cost=None) | ~Q(cost_currency="")),
                name="product_amounts_have_a_currency",
            ),
        ]


class UnitConversion(Fact):
    """`denominator` of this unit are `numerator` of the product's base unit."""

    unit = models.CharField(max_length=20)
    numerator = models.PositiveIntegerField()
    denominator = models.PositiveIntegerField()

    class Meta:
        constraints = [
            one_open_fact("unit_conversion_is_known_once"),
            models.CheckConstraint(
                condition=Q(numerator__gt=0, denominator__gt=0), name="unit_conversion_is_between_positive_counts"
            ),
        ]


def project_products(inputs: Sequence[ProjectionInput], at: datetime) -> None:
    """Write products, and what prices depend on: terms and unit conversions."""
    versions = {given.golden_record_id: given.version for given in inputs}
    live = {given.golden_record_id: given.document for given in inputs if given.document is not None}
    upsert_rows(Product, {pk: _product_columns(document) for pk, document in live.items()})
    record_facts(ProductTerms, {pk: _terms(document) for pk, document in live.items()}, versions=versions, at=at)
    record_facts(
        UnitConversion, {pk: _conversions(document) for pk, document in live.items()}, versions=versions, at=at
    )


def _product_columns(document: Document) -> dict[str, Any]:
    return {
        **extension_columns(document, PRODUCT_ATTRIBUTES),
        **text_columns(document, *TEXTS),
        "pack_size": document.get("pack_size"),
        "weight_kg": decimal_or_none(document.get("weight_kg")),
        **_amounts(document),
        "successor_id": golden_id(document.get("successor")),
    }


def _amounts(document: Document) -> dict[str, Any]:
    price, cost = document.get("list_price") or {}, document.get("cost") or {}
    return {
        "list_price": decimal_or_none(price.get("amount")),
        "list_price_currency": price.get("currency") or "",
        "cost": decimal_or_none(cost.get("amount")),
        "cost_currency": cost.get("currency") or "",
    }


def _terms(document: Document) -> dict[str, dict[str, Any]]:
    return {
        "terms": {
            **text_columns(document, "base_unit", "category", "brand"),
            **_amounts(document),
            "successor_id": golden_id(document.get("successor")),
            "valid": date_range(None, None),
        }
    }


def _conversions(document: Document) -> dict[str, dict[str, Any]]:
    return {
        key_of(item["unit"], item.get("valid_from")): {
            "unit": item["unit"],
            "numerator": item["numerator"],
            "denominator": item["denominator"],
            "valid": date_range(item.get("valid_from"), item.get("valid_to")),
        }
        for item in items(document, "units")
    }


entity_types.register("product")(
    EntityType(
        name="product",
        label="Product",
        label_plural="Products",
        id_prefix="PRO",
        slug="products",
        settle_rank=1,
        attributes=PRODUCT_ATTRIBUTES,
        match_view=product_match_view,
        title=product_title,
        project=project_products,
        model=lambda: Product,
        default_rules=lambda: default_rules("product"),
    )
)
