"""Standardizing: making values comparable while the originals stay as they are. One module a kind of value."""

from matching.standardize import (
    address,
    bulk_addresses,
    bulk_names,
    bulk_values,
    contact,
    dates,
    identifier,
    organization,
    person,
    product,
    text,
)
from matching.standardize.address import standardize_postcode, standardize_street, standardize_unit
from matching.standardize.batch import FeatureColumn, StandardizedBatch, standardize_batch
from matching.standardize.contact import standardize_email, standardize_phone, standardize_website
from matching.standardize.dates import standardize_date
from matching.standardize.identifier import standardize_gtin, standardize_tax_id
from matching.standardize.kinds import Cell, standardizers
from matching.standardize.text import standardize_code, standardize_text

__all__ = [
    "Cell",
    "FeatureColumn",
    "StandardizedBatch",
    "address",
    "bulk_addresses",
    "bulk_names",
    "bulk_values",
    "contact",
    "dates",
    "identifier",
    "organization",
    "person",
    "product",
    "standardize_batch",
    "standardize_code",
    "standardize_date",
    "standardize_email",
    "standardize_gtin",
    "standardize_phone",
    "standardize_postcode",
    "standardize_street",
    "standardize_tax_id",
    "standardize_text",
    "standardize_unit",
    "standardize_website",
    "standardizers",
    "text",
]
