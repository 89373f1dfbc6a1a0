"""Whether a golden value that others would give needs nobody's consent: it has it, or it stood there before."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q

from mdm.entity_types.base import Document
from mdm.models import (
    HUB,
    AttributePin,
    ChangeEffect,
    ChangePart,
    ChangeRequestState,
    CrosswalkEntry,
    GoldenRecord,
    GoldenVersion,
)
from mdm.survivorship.candidates import Pin, SourceValues
from mdm.survivorship.standing import Giver, Shift, keys_told

# Parts of a mass change name no consents of their own: consent is to the whole.
_CONSENTED = ~Q(consents=[]) | Q(change_request__mass_change__isnull=False)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a golden record is made from: the source records linked to it, what those that count say, its open pins."""

    linked: Collection[int]
    told: Sequence[SourceValues]
    pins: Sequence[Pin]


class Past:
    """What was consented to and what was said before, of one golden record; read when first asked for."""

    def __init__(self, golden_record: GoldenRecord, ground: Callable[[], Ground]) -> None:
        self._golden = golden_record
        self._read = ground

    def explains(self, shift: Shift, *, was_empty: bool) -> bool:
        """Whether it needs no consent of its own. `was_empty`: the attribute has no value as yet.

        A value may appear where there is none, unless others consented to none. A value is welcome for which its record
        or pin has the consent of others, and goes where others consented to its record's taking it back. Where a record
        or pin is gone that gave what stands, what stood there before comes back.
        """
        if was_empty:
            return not self._none_was_consented_to(shift.attribute.name)
        some_left = any(map(self._is_gone, shift.former))
        return self._is_consented(shift) or (some_left and self._stood(shift))

    def _is_consented(self, shift: Shift) -> bool:
        giver, name = shift.by or shift.was, shift.attribute.name
        if giver is None or (shift.by is None and self._tells_still(shift)):
            return False
        parts = ChangePart.objects.filter(_CONSENTED, attribute=name, state=ChangeRequestState.APPLIED)
        if giver.pin_id is not None:
            requests = AttributePin.objects.filter(pk=giver.pin_id).values("change_request")
            return shift.by is not None and parts.filter(change_request__in=requests).exists()
        parts = parts.filter(change_request__golden_record__in=self._homes)
        if giver.origin == HUB:
            parts = parts.filter(effect=ChangeEffect.VALUE)
        else:
            parts = parts.filter(effect=ChangeEffect.ACCEPT, change_request__source_record=giver.source_record_id)
        return _says(({name: value} for value in parts.values_list("value", flat=True)), shift)

    def _tells_still(self, shift: Shift) -> bool:
        return any(
            shift.was is not None
            and source.source_record_id == shift.was.source_record_id
            and _tells(source.values, shift)
            for source in self._ground.told
        )

    def _is_gone(self, giver: Giver) -> bool:
        if giver.pin_id is not None:
            return all(pin.pin_id != giver.pin_id for pin in self._ground.pins)
        return giver.source_record_id not in self._ground.linked

    def _stood(self, shift: Shift) -> bool:
        return _says((document.get("attributes", {}) for document in self._documents), shift)

    def _none_was_consented_to(self, name: str) -> bool:
        parts = ChangePart.objects.filter(
            attribute=name, state=ChangeRequestState.APPLIED, change_request__golden_record__in=self._homes
        )
        last = parts.order_by("-decided_at", "-pk").values_list("value", "consents").first()
        return last is not None and last[0] is None and bool(last[1])

    @cached_property
    def _ground(self) -> Ground:
        return self._read()

    @cached_property
    def _homes(self) -> list[int]:
        """The golden records that ever held one of its source records: consent was given to what it said there."""
        entries = CrosswalkEntry.objects.filter(source_record__any=sorted(self._ground.linked))
        return sorted({self._golden.pk, *entries.values_list("golden_record_id", flat=True)})

    @cached_property
    def _documents(self) -> list[dict[str, Any]]:
        """Of its versions; any: canonical JSON."""
        versions = GoldenVersion.objects.filter(id=self._golden.pk).order_by("version")
        return list(versions.values_list("document", flat=True))


def _tells(values: Document, shift: Shift) -> bool:
    """Whether these attribute values have any value, or any item of that key, in the place of the shift."""
    if shift.key is None:
        return values.get(shift.attribute.name) is not None
    return shift.key in keys_told(shift.attribute, values)


def _says(documents: Iterable[Document], shift: Shift) -> bool:
    """Whether one of these, attribute values by name, says what the shift would bring: of a list its item, or none."""
    name = shift.attribute.name
    if shift.new is None:
        return any(not _tells(values, shift) for values in documents)
    if shift.key is None:
        return any(values.get(name) == shift.new for values in documents)
    return any(shift.new in (values.get(name) or []) for values in documents)
