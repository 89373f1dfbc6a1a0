"""`python -m tests.docs.attributes_page` writes docs/reference/attributes.md anew from the registry."""

import os
from typing import TYPE_CHECKING

import django

from tests.docs.pages import DOCS

if TYPE_CHECKING:
    from mdm.entity_types import Attribute

PAGE = DOCS / "reference/attributes.md"
HEAD = """# Attributes

What the hub keeps of each entity type, built in. A version of the rules may [declare
more](../how-to/declare-an-attribute.md); `/api/v1/schema` lists those in force, too. This page is made from the code by
`python -m tests.docs.attributes_page`; a test holds it to the code.

Money is `{"amount": "12.50", "currency": "EUR"}`, a date `2026-01-31`, a decimal a text such as `"12.5"`. A validity
ends the day after its last day. An address is one value with the parts street, house_number, unit, city, region,
postcode and country (two letters). A reference leads to another record: by system and key in a source record, by
public id in a golden record. An attribute that is absent was not told; one that is `null` is said to be empty.
"""


def rendered() -> str:
    """The page as the registry would have it now."""
    from mdm.entity_types import coded_attributes, in_settling_order  # needs Django's apps, which `main` sets up

    parts = [HEAD]
    for kind in in_settling_order():
        parts.append(
            f"\n## {kind.label}\n\nIds begin with `{kind.id_prefix}`; the API serves it at `/api/v1/{kind.slug}`.\n"
        )
        parts.append("\n| Attribute | Form | Notes |\n|---|---|---|\n")
        parts += [f"| `{each.name}` | {_form(each)} | {_notes(each)} |\n" for each in coded_attributes(kind.name)]
    return "".join(parts)


def _form(attribute: "Attribute") -> str:
    if attribute.type == "collection":
        return "list of items" if attribute.item else f"list of {attribute.item_type}"
    return f"reference to {attribute.target.replace('_', ' ')}" if attribute.target else str(attribute.type)


def _notes(attribute: "Attribute") -> str:
    notes = [name for name, holds in (("required", attribute.required), ("personal", attribute.personal)) if holds]
    if attribute.choices:
        notes.append(f"one of {', '.join(attribute.choices)}")
    if attribute.item:
        notes.append(f"items have {', '.join(f'`{each.name}`' for each in attribute.item)}")
    if attribute.item_key:
        keys = ", ".join(f"`{key}`".replace("|", "` or `") for key in attribute.item_key)
        notes.append(f"same item when equal in {keys}")
    return "; ".join(notes)


def main() -> None:
    """Write the page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.project.settings")
    django.setup()
    PAGE.write_text(rendered(), encoding="utf-8")


if __name__ == "__main__":
    main()
