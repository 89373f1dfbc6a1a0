"""Fields of the ERP's four kinds of records."""

from functools import partial

from tests.targets.objects import RemoteObject

_DATE = r"\d{8}"
_kind = partial(
    RemoteObject,
    modified="CHANGED_AT",
    created="CREATED_AT",
    deleted=("DELETION_FLAG", "X"),
    external_id="EXTERNAL_ID",
    blank="",
    defaults={},
)

# `key_form` of a kind of this system: the last number given before the double began, as wide as its numbers are.
ERP_OBJECTS = {
    kind.name: kind
    for kind in (
        _kind(
            name="business_partners",
            extract="business_partners.csv",
            key="BUSINESS_PARTNER",
            key_form="0000800000",
            titles=("NAME_ORG1", "NAME_ORG2", "NAME_FIRST", "NAME_LAST"),
            fields=(
                "BUSINESS_PARTNER", "BP_CATEGORY", "NAME_ORG1", "NAME_ORG2", "NAME_FIRST", "NAME_MIDDLE",
                "NAME_LAST", "SEARCH_TERM", "BIRTHDATE", "STREET", "HOUSE_NUM1", "HOUSE_NUM2", "CITY1",
                "POST_CODE1", "REGION", "COUNTRY", "TEL_NUMBER", "SMTP_ADDR", "URI_ADDR", "TAXTYPE", "TAXNUM",
                "DUNS_NUMBER", "COMPANY_CODE", "PAYMENT_TERMS", "CREDIT_LIMIT", "CURRENCY", "CREDIT_BLOCK",
                "CUSTOMER_GROUP", "PRICE_GROUP", "BILL_TO", "CREATED_AT", "CHANGED_AT", "DELETION_FLAG",
            ),
            references={"BILL_TO": "business_partners"},
            patterns={
                "BP_CATEGORY": "[12]", "BIRTHDATE": _DATE, "COUNTRY": "[A-Z]{3}", "CURRENCY": "[A-Z]{3}",
                "NAME_ORG1": ".{1,40}", "NAME_ORG2": ".{1,40}", "CREDIT_LIMIT": r"[\d.]+,\d{2}",
            },
        ),
        _kind(
            name="materials",
            extract="materials.csv",
            key="MATNR",
            key_form="000000000080000000",
            deleted=("LVORM", "X"),
            titles=("MAKTX",),
            fields=(
                "MATNR", "MAKTX", "LTEXT", "MATKL", "WGBEZ", "BRAND", "MFRNR", "MFR_NAME", "MFRPN", "EAN11",
                "MEINS", "ALT_UNIT", "UMREZ", "UMREN", "PACK_QTY", "NTGEW", "GEWEI", "GROES", "FARBE", "STAWN",
                "HERKL", "TAXKM", "MSTAE", "LIST_PRICE", "STPRS", "WAERS", "NFMAT", "CREATED_AT", "CHANGED_AT",
                "LVORM",
            ),
            references={"NFMAT": "materials"},
            patterns={
                "MAKTX": ".{1,40}", "EAN11": r"\d{8,14}", "NTGEW": r"[\d.]+(,\d+)?", "LIST_PRICE": r"[\d.]+,\d{2}",
                "PACK_QTY": r"\d+", "WAERS": "[A-Z]{3}",
            },
        ),
        _kind(
            name="ship_to_parties",
            extract="ship_to_parties.csv",
            key="SHIP_TO_PARTY",
            key_form="0000900000",
            titles=("NAME1", "NAME2"),
            fields=(
                "SHIP_TO_PARTY", "SOLD_TO", "NAME1", "NAME2", "STREET", "HOUSE_NUM1", "HOUSE_NUM2", "CITY1",
                "POST_CODE1", "REGION", "COUNTRY", "TEL_NUMBER", "SMTP_ADDR", "ILN", "PARTNER_FUNCTION",
                "DATE_FROM", "DATE_TO", "GEO_LAT", "GEO_LON", "CREATED_AT", "CHANGED_AT", "DELETION_FLAG",
            ),
            references={"SOLD_TO": "business_partners"},
            patterns={
                "COUNTRY": "[A-Z]{3}", "DATE_FROM": _DATE, "DATE_TO": _DATE, "NAME1": ".{1,40}", "NAME2": ".{1,40}",
                "PARTNER_FUNCTION": "WE|RE|LG|ZB",
            },
        ),
        _kind(
            name="price_conditions",
            extract="price_conditions.jsonl",
            key="ConditionContract",
            key_form="4580000000",
            modified="ChangedAt",
            created="CreatedAt",
            deleted=("DeletionFlag", "X"),
            defaults={"to_Items": {"results": []}},
            titles=("Description",),
            fields=(
                "ConditionContract", "ExternalDocument", "Description", "ConditionClass", "Status", "Customer",
                "ShipToParty", "PriceGroup", "CustomerGroup", "ConditionCurrency", "ConditionValidityStartDate",
                "ConditionValidityEndDate", "Priority", "MinimumMargin", "to_Items", "CreatedAt", "ChangedAt",
                "DeletionFlag",
            ),
            nested=frozenset({"to_Items"}),
            references={"Customer": "business_partners", "ShipToParty": "ship_to_parties"},
            patterns={
                "ConditionCurrency": "[A-Z]{3}", "ConditionValidityStartDate": _DATE,
                "ConditionValidityEndDate": _DATE, "Description": ".{1,40}",
            },
        ),
    )
}  # fmt: skip
