"""A mass change as its page shows it."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from mdm.models import MassChange
from mdm.pricing.renewing import Fate
from stewardship.selectors.titles import system_labels

SAMPLES = 20


def mass_change_page(change: MassChange) -> dict[str, Any]:
    """What the template shows: the question in words, figures, samples and consents."""
    given = {each.place: each for each in change.valid_approvals}
    return {
        "change": change,
        "payload_hash": bytes(change.payload_hash).hex(),
        "asked": list(_asked(change)),
        "fates": [(_fate_words(Fate(name)), count) for name, count in change.figures["fates"].items()],
        "samples": _samples(change),
        "owners": [(system_labels().get(name, name), count) for name, count in change.figures["asked"].items()],
        "consents": [(group, given.get(place)) for place, group in enumerate(change.consents)],
        "more_conflicts": change.figures["conflicts"] - len(change.figures["conflict_lines"]),
    }


def _asked(change: MassChange) -> Iterator[tuple[str, str]]:
    """What was asked for, in pairs of words."""
    labels = {
        "agreements": _("Agreements"),
        "customers": _("Customers"),
        "customer_groups": _("Customer groups"),
        "price_classes": _("Price classes"),
        "categories": _("Categories"),
        "brands": _("Brands"),
        "products": _("Products"),
        "currency": _("Currency"),
        "ending_by": _("Ending by"),
    }
    for name, value in change.selection.items():
        yield labels[name], ", ".join(value) if isinstance(value, list) else value
    terms = change.terms
    yield _("From"), terms["begins"]
    yield _("Until, exclusive"), terms["ends"] or _("each line's own end")
    if terms["percent"] != "0":
        yield _("Net prices"), f"{_signed(terms['percent'])} %"
    elif terms["amount"] != "0":
        yield _("Net prices"), _signed(terms["amount"])
    else:
        yield _("Net prices"), _("stay")
    yield _("Rounded"), f"{terms['rounding']} {terms['step']}"


def _signed(number: str) -> str:
    return number if number.startswith("-") else f"+{number}"


def _fate_words(fate: Fate) -> str:
    return {
        Fate.RENEWED: _("go on with the new price"),
        Fate.EXTENDED: _("keep their price until the new end"),
        Fate.UNCHANGED: _("need no change"),
        Fate.BEGINS_LATER: _("begin only then or later: left alone"),
        Fate.NEEDS_END: _("ended before: say a new end"),
        Fate.PRICED_ALREADY: _("are followed by another line already: left alone"),
        Fate.BELOW_ZERO: _("would fall below zero: left alone"),
        Fate.PRODUCT_RETIRED: _("price a retired product: left alone"),
    }[fate]


def _samples(change: MassChange) -> list[dict[str, Any]]:
    """Some lines: a few that ask to be looked at, under the floor margin first, then others that change."""
    found: list[dict[str, Any]] = []
    parts = change.parts.select_related("golden_record").order_by("golden_record_id")
    for part in parts[:100]:
        for row in part.rows:
            told = {**row, "words": _fate_words(Fate(row["fate"])), "record": part.golden_record}
            found.append({**told, "refused": part.refused, "changes": Fate(row["fate"]).changes and not part.refused})
    odd = [row for row in found if row.get("floor") == "violated" or row["gap"] or row["rival"] or row["refused"]]
    odd = sorted(odd, key=lambda row: row.get("floor") != "violated")[: SAMPLES // 2]
    plain = [row for row in found if row["changes"] and row not in odd]
    return [*odd, *plain, *(row for row in found if not row["changes"] and row not in odd)][:SAMPLES]
