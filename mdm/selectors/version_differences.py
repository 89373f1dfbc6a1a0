"""What two versions of a golden record say differently, each in one line that a person reads."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mdm.entity_types import Attribute, AttributeType
from mdm.errors import NotFound
from mdm.models import GoldenRecord, GoldenStatus, GoldenVersion
from mdm.selectors.attributes import attributes_ever
from mdm.selectors.golden import changes_between, titles_of
from mdm.value_texts import Titles, public_ids_in, value_lines

NOTHING = "(none)"


@dataclass(frozen=True, slots=True)
class Differing:
    """One thing that two versions say differently. `name` is an attribute, or `status`; None is "had none"."""

    name: str
    label: str
    before: Any
    after: Any
    line: str


def version_differences(record: GoldenRecord, older: int, newer: int, *, readable: Collection[str]) -> list[Differing]:
    """What changed from one version to the other, in either direction of time; nothing of what stayed.

    References to golden records of the `readable` entity types are told with their titles, others by their ids.
    Raises NotFound where the golden record has no such version.
    """
    found = {each.version: each for each in GoldenVersion.objects.filter(id=record.pk, version__in=[older, newer])}
    for number in (older, newer):
        if number not in found:
            raise NotFound(f"There is no version {number} of {record.public_id}.")
    before, after = found[older], found[newer]
    titles = titles_of(public_ids_in([before.document["attributes"], after.document["attributes"]]), among=readable)
    known = attributes_ever(record.entity_type)
    return [
        *_status(before.document, after.document),
        *(
            Differing(
                each.attribute,
                each.label,
                each.before,
                each.after,
                change_line(known[each.attribute], each.before, each.after, titles=titles),
            )
            for each in changes_between(before, after)
        ),
    ]


def change_line(attribute: Attribute, before: Any, after: Any, *, titles: Titles) -> str:
    """`Name: Nordlicht → Nordlicht GmbH`. Of a collection only the items that came and went are told."""
    old, new = value_lines(attribute, before, titles=titles), value_lines(attribute, after, titles=titles)
    if attribute.type is AttributeType.COLLECTION:
        return f"{attribute.label}: {_came_and_went(old, new)}"
    return f"{attribute.label}: {', '.join(old) or NOTHING} → {', '.join(new) or NOTHING}"


def _came_and_went(old: Sequence[str], new: Sequence[str]) -> str:
    came, went = (Counter(new) - Counter(old)).elements(), (Counter(old) - Counter(new)).elements()
    # Lines may hide a detail in which items differ.
    return (
        ", ".join([*(f"now {line}" for line in came), *(f"no longer {line}" for line in went)]) or "told in other words"
    )


def _status(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Differing]:
    old, new = _standing(before), _standing(after)
    if old == new:
        return []
    return [Differing("status", "Status", before["status"], after["status"], f"Status: {old} → {new}")]


def _standing(document: Mapping[str, Any]) -> str:
    label = str(GoldenStatus(document["status"]).label)
    return f"{label} into {document['merged_into']}" if document["merged_into"] else label
