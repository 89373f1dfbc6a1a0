"""Pricing agreements: who pays what for which product, when. Terms, lines and breaks are dated twice from the start."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Cast, Coalesce

from mdm.entity_types import entity_types
from mdm.entity_types.agreement_lines import lines_in_force, product_scope
from mdm.entity_types.attributes_pricing_agreement import (
    PRICING_AGREEMENT_ATTRIBUTES,
    pricing_agreement_match_view,
    pricing_agreement_title,
)
from mdm.entity_types.base import Document, EntityType, ProjectionInput
from mdm.entity_types.rows import CurrentRow, extension_columns, golden_id, items, key_of, reference_key, text_columns
from mdm.models.bitemporal import Fact, one_open_fact
from mdm.projection import date_range, decimal_or_none, record_facts, upsert_rows
from mdm.rules.defaults import default_rules

TEXTS = ("number", "name", "kind", "status", "currency", "scope_kind", "account_owner")


class PricingAgreement(CurrentRow):
    number = models.CharField(max_length=60)
    name = models.CharField(max_length=300, blank=True)
    kind = models.CharField(max_length=30, blank=True)
    status = models.CharField(max_length=30, blank=True)
    currency = models.CharField(max_length=3)
    scope_kind = models.CharField(max_length=20)
    account_owner = models.CharField(max_length=150, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    customer = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, null=True, related_name="+")
    location = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, null=True, related_name="+")
    parent = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, null=True, related_name="+")


class AgreementTerms(Fact):
    """The header of an agreement as price resolution reads it.

    `scope` names exactly one customer, ship-to, group or class.
    """

    status = models.CharField(max_length=30, blank=True)
    currency = models.CharField(max_length=3)
    scope_kind = models.CharField(max_length=20)
    scope = models.CharField(max_length=300)
    parent_key = models.CharField(max_length=300, blank=True)
    inherits = models.BooleanField(default=False)
    precedence = models.IntegerField(default=0)
    floor_margin = models.DecimalField(max_digits=9, decimal_places=4, null=True)

    class Meta:
        constraints = [
            one_open_fact("agreement_terms_are_known_once"),
            models.CheckConstraint(
                condition=Q(scope_kind="everyone", scope="") | (~Q(scope_kind="everyone") & ~Q(scope="")),
                name="agreement_names_exactly_one_scope",
            ),
        ]
        indexes = [
            models.Index(fields=["scope_kind", "scope"], name="agreement_terms_by_scope"),
            models.Index(fields=["parent_key"], condition=Q(inherits=True), name="agreement_terms_by_parent"),
        ]


class PriceLine(Fact):
    """One price of an agreement. `scope_key` is never null, so that no line evades the overlap constraint."""

    product_scope = models.CharField(
        max_length=340, help_text="product:ID, category:NAME, brand:NAME or all; exactly one by construction."
    )
    product = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, null=True, related_name="+")
    ship_from = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, null=True, related_name="+")
    unit = models.CharField(max_length=20, blank=True)
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=12)
    value = models.DecimalField(max_digits=18, decimal_places=6)
    per = models.DecimalField(max_digits=18, decimal_places=6)
    break_mode = models.CharField(max_length=6)
    scope_key = models.GeneratedField(
        expression=Func(
            F("product_scope"),
            Coalesce(Cast(F("ship_from"), models.TextField()), models.Value("")),
            F("unit"),
            F("currency"),
            arg_joiner=" || '|' || ",
            template="(%(expressions)s)",
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            one_open_fact("price_line_is_known_once"),
            ExclusionConstraint(
                name="price_lines_of_one_scope_never_overlap",
                expressions=[
                    ("golden_record", RangeOperators.EQUAL),
                    ("scope_key", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
                condition=Q(recorded__upper_inf=True),
            ),
            models.CheckConstraint(condition=~Q(product_scope=""), name="price_line_names_what_it_prices"),
            models.CheckConstraint(condition=Q(per__gt=0), name="price_is_per_a_positive_quantity"),
        ]
        indexes = [models.Index(fields=["golden_record", "product_scope"], name="price_lines_by_product")]


class PriceBreak(Fact):
    """From this quantity on, the line's value is another."""

    line_key = models.CharField(max_length=500)
    quantity_from = models.DecimalField(max_digits=18, decimal_places=6)
    value = models.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        constraints = [one_open_fact("price_break_is_known_once")]
        indexes = [models.Index(fields=["golden_record", "line_key"], name="price_breaks_by_line")]


def project_pricing_agreements(inputs: Sequence[ProjectionInput], at: datetime) -> None:
    """Write agreements and their dated terms, lines and breaks.

    Of lines that price one scope at overlapping times the first by line key is written: the others wait in the document
    for a steward, as `mdm.entity_types.agreement_lines` reports and `mdm.services.price_conflicts` tells.
    """
    versions = {given.golden_record_id: given.version for given in inputs}
    live = {given.golden_record_id: given.document for given in inputs if given.document is not None}
    upsert_rows(PricingAgreement, {pk: _agreement_columns(document) for pk, document in live.items()})
    record_facts(AgreementTerms, {pk: _terms(document) for pk, document in live.items()}, versions=versions, at=at)
    record_facts(PriceLine, {pk: _price_lines(document) for pk, document in live.items()}, versions=versions, at=at)
    record_facts(PriceBreak, {pk: _price_breaks(document) for pk, document in live.items()}, versions=versions, at=at)


def _agreement_columns(document: Document) -> dict[str, Any]:
    return {
        **extension_columns(document, PRICING_AGREEMENT_ATTRIBUTES),
        **text_columns(document, *TEXTS),
        "valid_from": document.get("valid_from"),
        "valid_to": document.get("valid_to"),
        "customer_id": golden_id(document.get("customer")),
        "location_id": golden_id(document.get("location")),
        "parent_id": golden_id(document.get("parent")),
    }


def _scope(document: Document) -> str:
    match document.get("scope_kind"):
        case "customer":
            return reference_key(document.get("customer"))
        case "location":
            return reference_key(document.get("location"))
        case "group":
            return str(document.get("customer_group") or "")
        case "price_class":
            return str(document.get("price_class") or "")
        case _:
            return ""


def _terms(document: Document) -> dict[str, dict[str, Any]]:
    scope = _scope(document)
    kind = document.get("scope_kind") or "everyone"
    if bool(scope) == (kind == "everyone"):
        return {}
    return {
        "terms": {
            **text_columns(document, "status", "currency"),
            "scope_kind": kind,
            "scope": scope,
            "parent_key": reference_key(document.get("parent")),
            "inherits": bool(document.get("inherits")),
            "precedence": document.get("precedence") or 0,
            "floor_margin": decimal_or_none(document.get("floor_margin")),
            "valid": date_range(document.get("valid_from"), document.get("valid_to")),
        }
    }


def _price_lines(document: Document) -> dict[str, dict[str, Any]]:
    return {
        key: {
            "product_scope": product_scope(line),
            "product_id": golden_id(line.get("product")),
            "ship_from_id": golden_id(line.get("ship_from")),
            "unit": line.get("unit") or "",
            "currency": document.get("currency") or "",
            "method": line["method"],
            "value": decimal_or_none(line["value"]),
            "per": decimal_or_none(line.get("per") or "1"),
            "break_mode": line.get("break_mode") or "whole",
            "valid": date_range(
                line.get("valid_from") or document.get("valid_from"), line.get("valid_to") or document.get("valid_to")
            ),
        }
        for key, line in lines_in_force(document)
    }


def _price_breaks(document: Document) -> dict[str, dict[str, Any]]:
    return {
        key_of(key, tier["quantity_from"]): {
            "line_key": key,
            "quantity_from": decimal_or_none(tier["quantity_from"]),
            "value": decimal_or_none(tier["value"]),
            "valid": date_range(
                line.get("valid_from") or document.get("valid_from"), line.get("valid_to") or document.get("valid_to")
            ),
        }
        for key, line in lines_in_force(document)
        for tier in items(line, "breaks")
    }


entity_types.register("pricing_agreement")(
    EntityType(
        name="pricing_agreement",
        label="Pricing agreement",
        label_plural="Pricing agreements",
        id_prefix="PAG",
        slug="pricing-agreements",
        settle_rank=3,
        attributes=PRICING_AGREEMENT_ATTRIBUTES,
        match_view=pricing_agreement_match_view,
        title=pricing_agreement_title,
        project=project_pricing_agreements,
        model=lambda: PricingAgreement,
        default_rules=lambda: default_rules("pricing_agreement"),
        matches_on_references=True,
    )
)
