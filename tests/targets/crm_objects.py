"""Fields of the CRM's four kinds of records."""

from functools import partial

from tests.targets.objects import RemoteObject

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DATE = r"\d{4}-\d{2}-\d{2}"
_NUMBER = r"-?\d+(\.\d+)?"
_ALWAYS = ("CreatedDate", "LastModifiedDate", "IsDeleted")


def crm_id(prefix: str, *, serial: int) -> str:
    """An 18-character id: 15 case-sensitive characters and 3 that make it safe to compare without case."""
    places = ""
    for _ in range(8):
        serial, place = divmod(serial, 62)
        places = _BASE62[place] + places
    body = f"{prefix}Qy01{places}"
    marks = (
        sum(1 << place for place, letter in enumerate(body[start : start + 5]) if letter.isupper())
        for start in (0, 5, 10)
    )
    return body + "".join(_SUFFIX[mark] for mark in marks)


_kind = partial(
    RemoteObject,
    key="Id",
    modified="LastModifiedDate",
    created="CreatedDate",
    deleted=("IsDeleted", True),
    external_id="Golden_Id__c",
    titles=("Name",),
    blank=None,
)

CRM_OBJECTS = {
    kind.name: kind
    for kind in (
        _kind(
            name="Account",
            extract="accounts.jsonl",
            key_form="001",
            defaults={"IsDeleted": False, "IsPersonAccount": False, "Contacts": [], "Tax_Exemptions": []},
            fields=(
                "Id", "Name", "IsPersonAccount", "FirstName", "MiddleName", "LastName", "PersonBirthdate",
                "PersonEmail", "Email__c", "Phone", "Website", "DBA__c", "BillingStreet", "BillingCity",
                "BillingPostalCode", "BillingState", "BillingCountryCode", "Type", "Industry", "VAT__c", "DUNS__c",
                "ParentId", "Price_Class__c", "OwnerName", "PaymentTerms__c", "CreditLimit__c", "CurrencyIsoCode",
                "Contacts", "Tax_Exemptions", *_ALWAYS,
            ),
            nested=frozenset({"Contacts", "Tax_Exemptions"}),
            references={"ParentId": "Account"},
            patterns={
                "PersonBirthdate": _DATE, "BillingCountryCode": "[A-Z]{2}", "CurrencyIsoCode": "[A-Z]{3}",
                "CreditLimit__c": _NUMBER, "PersonEmail": "[^@ ]+@[^@ ]+", "Email__c": "[^@ ]+@[^@ ]+",
                "Name": ".{1,255}",
            },
        ),
        _kind(
            name="Product2",
            extract="products.jsonl",
            key_form="01t",
            defaults={"IsDeleted": False, "IsActive": True},
            fields=(
                "Id", "ProductCode", "Name", "Description", "Family", "Brand__c", "Manufacturer__c",
                "Manufacturer_Part_Number__c", "GTIN__c", "Color__c", "Pack_Size__c", "QuantityUnitOfMeasure",
                "Weight__c", "Dimensions__c", "Country_Of_Origin__c", "HS_Code__c", "List_Price__c",
                "CurrencyIsoCode", "IsActive", "Successor__c", *_ALWAYS,
            ),
            references={"Successor__c": "Product2"},
            patterns={"List_Price__c": _NUMBER, "Weight__c": _NUMBER, "Pack_Size__c": r"\d+", "Name": ".{1,255}"},
        ),
        _kind(
            name="Ship_To__c",
            extract="ship_tos.jsonl",
            key_form="a0S",
            defaults={"IsDeleted": False},
            fields=(
                "Id", "Name", "AccountId", "Street__c", "City__c", "PostalCode__c", "State__c", "CountryCode__c",
                "Phone__c", "Email__c", "GLN__c", "Latitude__c", "Longitude__c", "Time_Zone__c", "Role__c",
                "Valid_From__c", "Valid_To__c", *_ALWAYS,
            ),
            references={"AccountId": "Account"},
            patterns={
                "CountryCode__c": "[A-Z]{2}", "Latitude__c": _NUMBER, "Longitude__c": _NUMBER,
                "Valid_From__c": _DATE, "Valid_To__c": _DATE,
            },
        ),
        _kind(
            name="Contract",
            extract="contracts.jsonl",
            key_form="800",
            defaults={"IsDeleted": False, "Inherits__c": False, "Lines": []},
            fields=(
                "Id", "ContractNumber", "Name", "Kind__c", "Status", "CurrencyIsoCode", "StartDate", "EndDate",
                "Scope__c", "AccountId", "Ship_To__c", "Price_Class__c", "Parent__c", "Inherits__c", "Precedence__c",
                "Floor_Margin__c", "OwnerName", "Lines", *_ALWAYS,
            ),
            nested=frozenset({"Lines"}),
            references={"AccountId": "Account", "Ship_To__c": "Ship_To__c", "Parent__c": "Contract"},
            patterns={"StartDate": _DATE, "EndDate": _DATE, "CurrencyIsoCode": "[A-Z]{3}", "Precedence__c": r"\d+"},
        ),
    )
}  # fmt: skip
