"""Customers: organizations and persons, with what each company of the distributor agreed with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from mdm.edges import record_edges
from mdm.entity_types import entity_types
from mdm.entity_types.attributes_customer import CUSTOMER_ATTRIBUTES, customer_match_view, customer_title
from mdm.entity_types.base import Document, EntityType, ProjectionInput
from mdm.entity_types.parents import EdgeRows, edge_rows
from mdm.entity_types.rows import (
    AddressColumns,
    ChildRow,
    CurrentRow,
    address_columns,
    extension_columns,
    golden_id,
    items,
    key_of,
    text_columns,
)
from mdm.models.bitemporal import ScopeKind, ScopeMembership
from mdm.projection import date_range, decimal_or_none, record_facts, upsert_children, upsert_rows
from mdm.rules.defaults import default_rules
from mdm.tax.registrations import registration_of

TEXTS = (
    "kind",
    "name",
    "trading_name",
    "given_name",
    "middle_name",
    "family_name",
    "website",
    "customer_group",
    "price_class",
    "segment",
    "account_owner",
    "lifecycle_stage",
)


class Customer(CurrentRow, AddressColumns):
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=300, blank=True)
    trading_name = models.CharField(max_length=300, blank=True)
    given_name = models.CharField(max_length=150, blank=True)
    middle_name = models.CharField(max_length=150, blank=True)
    family_name = models.CharField(max_length=150, blank=True)
    date_of_birth = models.DateField(null=True)
    emails = ArrayField(models.CharField(max_length=254), default=list)
    phones = ArrayField(models.CharField(max_length=60), default=list)
    website = models.CharField(max_length=500, blank=True)
    customer_group = models.CharField(max_length=60, blank=True)
    price_class = models.CharField(max_length=60, blank=True)
    segment = models.CharField(max_length=60, blank=True)
    account_owner = models.CharField(max_length=150, blank=True)
    lifecycle_stage = models.CharField(max_length=60, blank=True)
    legal_parent = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, null=True, related_name="+")
    bill_to = models.ForeignKey("mdm.GoldenRecord", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["organization", "person"]), name="customer_is_organization_or_person"
            ),
        ]


class CustomerIdentifier(ChildRow):
    scheme = models.CharField(max_length=30)
    number = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["golden_record", "item_key"], name="customer_identifier_is_kept_once")
        ]


class TaxRegistration(ChildRow):
    kind = models.CharField(max_length=30)
    jurisdiction = models.CharField(max_length=10)
    number = models.CharField(max_length=60)
    status = models.CharField(max_length=20, blank=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True, help_text="Exclusive.")
    number_key = models.BinaryField(max_length=32, help_text="Keyed hash of kind, jurisdiction and number.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["golden_record", "item_key"], name="tax_registration_is_kept_once")
        ]
        indexes = [models.Index(fields=["number_key"], name="holders_of_a_tax_number")]


class Contact(ChildRow):
    name = models.CharField(max_length=300, blank=True)
    role = models.CharField(max_length=150, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["golden_record", "item_key"], name="contact_is_kept_once")]


class ExemptionCertificate(ChildRow):
    number = models.CharField(max_length=60)
    jurisdiction = models.CharField(max_length=10)
    covers = ArrayField(models.CharField(max_length=10), default=list, help_text="Where else it holds.")
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    status = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["golden_record", "item_key"], name="certificate_is_kept_once")]


class CustomerCompany(ChildRow):
    """What one company (SAP company code, Dynamics legal entity) of the distributor agreed with the customer."""

    company = models.CharField(max_length=30)
    credit_status = models.CharField(max_length=30, blank=True)
    credit_limit = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    credit_limit_currency = models.CharField(max_length=3, blank=True)
    payment_terms = models.CharField(max_length=30, blank=True)
    currency = models.CharField(max_length=3, blank=True)

    class Meta:
        verbose_name_plural = "customer companies"
        constraints = [
            models.UniqueConstraint(fields=["golden_record", "item_key"], name="customer_company_is_kept_once"),
            models.CheckConstraint(
                condition=Q(credit_limit=None) | ~Q(credit_limit_currency=""), name="credit_limit_has_a_currency"
            ),
        ]


def project_customers(inputs: Sequence[ProjectionInput], at: datetime) -> None:
    """Write customers, their child rows and the dated facts that prices depend on."""
    versions = {given.golden_record_id: given.version for given in inputs}
    live = {given.golden_record_id: given.document for given in inputs if given.document is not None}
    upsert_rows(Customer, {pk: _customer_columns(document) for pk, document in live.items()})
    for model, rows in (
        (CustomerIdentifier, _identifiers),
        (TaxRegistration, _tax_registrations),
        (Contact, _contacts),
        (ExemptionCertificate, _certificates),
        (CustomerCompany, _companies),
    ):
        upsert_children(model, {pk: rows(document) for pk, document in live.items()}, golden_ids=list(versions))
    record_facts(ScopeMembership, {pk: _memberships(doc) for pk, doc in live.items()}, versions=versions, at=at)
    record_edges({pk: customer_edges(pk, doc) for pk, doc in live.items()}, versions=versions, at=at)


def _customer_columns(document: Document) -> dict[str, Any]:
    return {
        **extension_columns(document, CUSTOMER_ATTRIBUTES),
        **text_columns(document, *TEXTS),
        **address_columns(document),
        "date_of_birth": document.get("date_of_birth"),
        "emails": document.get("emails") or [],
        "phones": document.get("phones") or [],
        "legal_parent_id": golden_id(document.get("legal_parent")),
        "bill_to_id": golden_id(document.get("bill_to")),
    }


def _identifiers(document: Document) -> dict[str, dict[str, Any]]:
    return {
        key_of(item["scheme"], item["number"]): text_columns(item, "scheme", "number")
        for item in items(document, "identifiers")
    }


def _tax_registrations(document: Document) -> dict[str, dict[str, Any]]:
    secret = settings.ASSAY_COMMITMENT_KEY.encode()
    return {
        key_of(item["kind"], item["jurisdiction"], item["number"]): {
            **text_columns(item, "kind", "jurisdiction", "number", "status"),
            "valid_from": item.get("valid_from"),
            "valid_to": item.get("valid_to"),
            "number_key": registration_of(item).key(secret),
        }
        for item in items(document, "tax_registrations")
    }


def _contacts(document: Document) -> dict[str, dict[str, Any]]:
    return {
        key_of(item.get("email") or item.get("name")): text_columns(item, "name", "role", "email", "phone")
        for item in items(document, "contacts")
    }


def _certificates(document: Document) -> dict[str, dict[str, Any]]:
    return {
        key_of(item["jurisdiction"], item["number"]): {
            **text_columns(item, "number", "jurisdiction", "status"),
            "covers": item.get("covers") or [],
            "valid_from": item.get("valid_from"),
            "valid_to": item.get("valid_to"),
            "percent": decimal_or_none(item.get("percent")),
        }
        for item in items(document, "exemption_certificates")
    }


def _companies(document: Document) -> dict[str, dict[str, Any]]:
    rows = {}
    for item in items(document, "companies"):
        limit = item.get("credit_limit") or {}
        rows[key_of(item["company"])] = {
            **text_columns(item, "company", "credit_status", "payment_terms", "currency"),
            "credit_limit": decimal_or_none(limit.get("amount")),
            "credit_limit_currency": limit.get("currency") or "",
        }
    return rows


def _memberships(document: Document) -> dict[str, dict[str, Any]]:
    return {
        key_of(kind): {"kind": kind, "scope": document[kind], "valid": date_range(None, None)}
        for kind in ScopeKind.values
        if document.get(kind)
    }


def customer_edges(golden_record_id: int, document: Document) -> EdgeRows:
    """Its parents in every tree; `legal_parent` and `bill_to` hold on the days that `parents` leaves open."""
    return edge_rows(golden_record_id, document, undated={"legal": "legal_parent", "bill_to": "bill_to"})


entity_types.register("customer")(
    EntityType(
        name="customer",
        label="Customer",
        label_plural="Customers",
        id_prefix="CUS",
        slug="customers",
        settle_rank=1,
        attributes=CUSTOMER_ATTRIBUTES,
        match_view=customer_match_view,
        title=customer_title,
        project=project_customers,
        model=lambda: Customer,
        default_rules=lambda: default_rules("customer"),
        edges=customer_edges,
    )
)
