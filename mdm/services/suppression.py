"""Source records that were erased stay away: known by keyed commitments, from a later pull, file or backup."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from mdm.commitments import commitment
from mdm.errors import MdmError
from mdm.models import SourceRecord, SourceSystem, SuppressionEntry

BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Suppression:
    """One entry as it travels between hubs that share a key."""

    commitment: bytes
    entity_type: str
    suppressed_at: datetime

    def to_document(self) -> dict[str, str]:
        """As JSON."""
        return {
            "commitment": self.commitment.hex(),
            "entity_type": self.entity_type,
            "suppressed_at": self.suppressed_at.isoformat(),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, str]) -> "Suppression":
        """Raises NotASuppression."""
        try:
            read = bytes.fromhex(document["commitment"])
            entry = cls(read, str(document["entity_type"]), datetime.fromisoformat(document["suppressed_at"]))
        except (KeyError, TypeError, ValueError) as error:
            raise NotASuppression from error
        if len(entry.commitment) != 32 or entry.suppressed_at.tzinfo is None:
            raise NotASuppression
        return entry


class NotASuppression(MdmError):
    code = "not_a_suppression"

    def __init__(self) -> None:
        super().__init__("The file is not one that `erase --export` wrote.")


def identity_commitment(system: str, entity_type: str, key: str) -> bytes:
    """What stands for a source record's identity once it is erased."""
    return commitment(["suppressed", system, entity_type, key], key=settings.ASSAY_COMMITMENT_KEY.encode())


def suppressed_keys(system: SourceSystem, entity_type: str, keys: Sequence[str]) -> set[str]:
    """Those of these keys whose record was erased."""
    if not keys or not SuppressionEntry.objects.filter(entity_type=entity_type).exists():
        return set()
    known = {identity_commitment(system.name, entity_type, key): key for key in keys}
    found = SuppressionEntry.objects.filter(commitment__in=list(known)).values_list("commitment", flat=True)
    return {known[bytes(each)] for each in found}


def suppress(identities: Iterable[tuple[str, str, str]], *, at: datetime) -> int:
    """Keep these (system, entity type, key) away from now on; returns how many."""
    entries = [
        Suppression(identity_commitment(system, entity_type, key), entity_type, at)
        for system, entity_type, key in identities
    ]
    return add_suppressions(entries)


def add_suppressions(entries: Sequence[Suppression]) -> int:
    """Repeating it changes nothing."""
    SuppressionEntry.objects.bulk_create(
        [
            SuppressionEntry(commitment=e.commitment, entity_type=e.entity_type, suppressed_at=e.suppressed_at)
            for e in entries
        ],
        ignore_conflicts=True,
        batch_size=BATCH,
    )
    return len(entries)


def suppressions() -> list[Suppression]:
    """All of them, in the order they were made."""
    rows = SuppressionEntry.objects.order_by("pk").values_list("commitment", "entity_type", "suppressed_at")
    return [Suppression(bytes(kept), kind, at) for kept, kind, at in rows]


def present_despite(entries: Sequence[Suppression]) -> list[int]:
    """Source records that are here although these entries forbid it: a backup brought them back. Reads every key."""
    forbidden = {entry.commitment for entry in entries}
    records = SourceRecord.objects.filter(entity_type__in={entry.entity_type for entry in entries}, erased_at=None)
    rows = records.order_by("pk").values_list("pk", "source_system__name", "entity_type", "key")
    return [pk for pk, *identity in rows.iterator() if identity_commitment(*identity) in forbidden]
