"""Pins as a steward reads them: beside what the sources say."""

from typing import Any

from mdm.models import AttributePin, CrosswalkEntry, GoldenRecord
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.golden import titles_of
from mdm.value_texts import public_ids_in, value_lines
from stewardship.differences import differing_lines
from stewardship.selectors.titles import system_labels


def pin_page(pin: AttributePin, golden_record: GoldenRecord) -> dict[str, Any]:  # Any: a template's context
    """The context of one pin's page."""
    attribute = attributes_ever(golden_record.entity_type)[pin.attribute]
    lineage = golden_record.lineage.get(pin.attribute) or {}
    # While the pin holds, what it stands over is in the lineage; else the sources have their way.
    said = lineage.get("beneath_value", golden_record.document["attributes"].get(pin.attribute))
    titles = titles_of(public_ids_in([pin.value, said]))
    before, after = differing_lines(
        value_lines(attribute, said, titles=titles), value_lines(attribute, pin.value, titles=titles)
    )
    return {
        "pin": pin,
        "record": golden_record,
        "label": attribute.label,
        "owner": system_labels().get(pin.owner, pin.owner),
        "said": before,
        "pinned": after,
        "holds": "pin" in (lineage.get("winner") or {}),
        "is_open": pin.closed_at is None,
    }


def pins_on(golden_record: GoldenRecord) -> dict[str, AttributePin]:
    """Open pins by attribute, the newest where several records that were merged bring one each."""
    linked = CrosswalkEntry.objects.filter(golden_record=golden_record, unlinked_at=None)
    pins = AttributePin.objects.filter(source_record__in=linked.values("source_record"), closed_at=None)
    return {pin.attribute: pin for pin in pins.order_by("pk")}
