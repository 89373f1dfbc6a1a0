"""The coded attributes of a customer, and how one is matched and titled."""

from collections.abc import Mapping

from mdm.entity_types.base import Attribute, AttributeType, Document, ItemForm, ReviewKind
from mdm.entity_types.flattening import address_view, flattened, item_texts, joined, texts
from mdm.entity_types.parents import parents_attribute

CUSTOMER_ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute(
        "kind",
        "Kind",
        AttributeType.CHOICE,
        ReviewKind.NAME,
        required=True,
        choices=("organization", "person"),
    ),
    Attribute("name", "Name", group=ReviewKind.NAME, personal=True, max_length=300),
    Attribute("trading_name", "Trading name", group=ReviewKind.NAME, personal=True, max_length=300),
    Attribute("given_name", "Given name", group=ReviewKind.NAME, personal=True, max_length=150),
    Attribute("middle_name", "Middle name", group=ReviewKind.NAME, personal=True, max_length=150),
    Attribute("family_name", "Family name", group=ReviewKind.NAME, personal=True, max_length=150),
    Attribute("date_of_birth", "Date of birth", AttributeType.DATE, ReviewKind.NAME, personal=True),
    Attribute(
        "emails",
        "Email addresses",
        AttributeType.COLLECTION,
        ReviewKind.CONTACT,
        personal=True,
        max_length=254,
    ),
    Attribute(
        "phones",
        "Phone numbers",
        AttributeType.COLLECTION,
        ReviewKind.CONTACT,
        form=ItemForm.PHONE,
        personal=True,
        max_length=60,
    ),
    Attribute("website", "Website", group=ReviewKind.CONTACT, max_length=500),
    Attribute("address", "Address", AttributeType.ADDRESS, ReviewKind.ADDRESS, personal=True, max_length=300),
    Attribute(
        "identifiers",
        "Identifiers",
        AttributeType.COLLECTION,
        ReviewKind.IDENTIFIER,
        item=(
            Attribute("scheme", "Scheme", required=True, max_length=30),
            Attribute("number", "Number", required=True, form=ItemForm.CODE, max_length=60),
        ),
        item_key=("scheme", "number"),
    ),
    Attribute(
        "tax_registrations",
        "Tax registrations",
        AttributeType.COLLECTION,
        ReviewKind.IDENTIFIER,
        personal=True,
        item=(
            Attribute("kind", "Kind", required=True, max_length=30),
            Attribute("jurisdiction", "Jurisdiction", required=True, max_length=10),
            Attribute("number", "Number", required=True, personal=True, form=ItemForm.TAX_ID, max_length=60),
            Attribute(
                "status",
                "Verification status",
                AttributeType.CHOICE,
                choices=("unverified", "verified", "could_not_verify", "invalid"),
            ),
            Attribute("valid_from", "Valid from", AttributeType.DATE),
            Attribute("valid_to", "Valid until, exclusive", AttributeType.DATE),
        ),
        item_key=("kind", "jurisdiction", "number"),
    ),
    Attribute(
        "contacts",
        "Contacts",
        AttributeType.COLLECTION,
        ReviewKind.CONTACT,
        personal=True,
        item=(
            Attribute("name", "Name", personal=True, max_length=300),
            Attribute("role", "Role", max_length=150),
            Attribute("email", "Email address", personal=True, max_length=254),
            Attribute("phone", "Phone number", personal=True, max_length=60),
        ),
        item_key=("email|name",),
    ),
    Attribute(
        "exemption_certificates",
        "Exemption certificates",
        AttributeType.COLLECTION,
        ReviewKind.COMMERCIAL,
        item=(
            Attribute("number", "Number", required=True, form=ItemForm.CODE, max_length=60),
            Attribute("jurisdiction", "Jurisdiction", required=True, max_length=10),
            Attribute("covers", "Holds in", AttributeType.COLLECTION, max_length=10),
            Attribute("valid_from", "Valid from", AttributeType.DATE),
            Attribute("valid_to", "Valid until, exclusive", AttributeType.DATE),
            Attribute("percent", "Percent exempt", AttributeType.DECIMAL),
            Attribute("status", "Status", max_length=30),
        ),
        item_key=("jurisdiction", "number"),
    ),
    Attribute("customer_group", "Customer group", group=ReviewKind.COMMERCIAL, max_length=60),
    Attribute("price_class", "Price class", group=ReviewKind.COMMERCIAL, max_length=60),
    Attribute("segment", "Segment", group=ReviewKind.COMMERCIAL, max_length=60),
    Attribute("account_owner", "Account owner", group=ReviewKind.COMMERCIAL, max_length=150),
    Attribute("lifecycle_stage", "Lifecycle stage", group=ReviewKind.COMMERCIAL, max_length=60),
    Attribute(
        "companies",
        "Companies",
        AttributeType.COLLECTION,
        ReviewKind.COMMERCIAL,
        item=(
            Attribute("company", "Company", required=True, max_length=30),
            Attribute("credit_status", "Credit status", max_length=30),
            Attribute("credit_limit", "Credit limit", AttributeType.MONEY),
            Attribute("payment_terms", "Payment terms", max_length=30),
            Attribute("currency", "Currency", max_length=3),
        ),
        item_key=("company",),
    ),
    Attribute("legal_parent", "Legal parent", AttributeType.REFERENCE, ReviewKind.HIERARCHY, target="customer"),
    Attribute("bill_to", "Bill-to", AttributeType.REFERENCE, ReviewKind.HIERARCHY, target="customer"),
    parents_attribute("customer"),
)


def customer_match_view(document: Document) -> Mapping[str, str | tuple[str, ...]]:
    """Flat texts for the matching library. A person has no organization name, an organization no given name."""
    person = document.get("kind") == "person"
    names = texts(document, "name") or joined(document, "given_name", "middle_name", "family_name")
    view: dict[str, tuple[str, ...]] = {
        "kind": texts(document, "kind"),
        "name": names if person else (*names, *texts(document, "trading_name")),
        "organization_name": () if person else (*names, *texts(document, "trading_name")),
        "date_of_birth": texts(document, "date_of_birth"),
        "email": (*texts(document, "emails"), *item_texts(document, "contacts", "email")),
        "phone": (*texts(document, "phones"), *item_texts(document, "contacts", "phone")),
        "website": texts(document, "website"),
        "tax_id": item_texts(document, "tax_registrations", "number"),
        **address_view(document),
    }
    if person:
        view |= {name: texts(document, name) for name in ("given_name", "middle_name", "family_name")}
    return flattened(view)


def customer_title(document: Document) -> str:
    """The legal or full name, else the trading name; empty when the customer has no name at all."""
    names = (
        texts(document, "name")
        or joined(document, "given_name", "middle_name", "family_name")
        or texts(document, "trading_name")
    )
    return names[0] if names else ""
