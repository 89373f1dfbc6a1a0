"""Tax ids that the hub verified, by source record: two that differ in one jurisdiction are two taxpayers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mdm.models import SourceRecord, TaxVerification
from mdm.selectors.tax_verdicts import verdicts_in
from mdm.tax.registrations import registration_of
from mdm.tax.verdicts import REGISTRATIONS, Outcome, Status

VETO = "verified_tax_ids_differ"
CUSTOMER = "customer"

Ids = Mapping[tuple[str, str], frozenset[str]]  # kind and jurisdiction → numbers


@dataclass(frozen=True, slots=True)
class VerifiedIds:
    """The verified ids of source records that have any."""

    by_record: Mapping[int, Ids] = field(default_factory=dict)

    def differ(self, left: int, right: int) -> bool:
        """Whether both have verified ids of one kind in one jurisdiction, and none in common there."""
        ours, theirs = self.by_record.get(left), self.by_record.get(right)
        if not ours or not theirs:
            return False
        return any(ours[place].isdisjoint(theirs[place]) for place in ours.keys() & theirs.keys())

    def among(self, pairs: Iterable[Sequence[int]]) -> set[tuple[int, int]]:
        """Those of the pairs whose ids differ."""
        return {(left, right) for left, right in pairs if self.differ(left, right)} if self.by_record else set()


def verified_ids(entity_type: str, source_record_ids: Sequence[int] | None = None) -> VerifiedIds:
    """Of these source records, or of all of the entity type. Where nothing was ever verified it costs one look."""
    if entity_type != CUSTOMER or not TaxVerification.objects.filter(outcome=Outcome.VALID).exists():
        return VerifiedIds()
    records = SourceRecord.objects.filter(entity_type=entity_type, accepted__has_key=REGISTRATIONS)
    if source_record_ids is not None:
        records = records.filter(pk__any=list(source_record_ids))
    told = {pk: items or () for pk, items in records.values_list("pk", f"accepted__{REGISTRATIONS}")}
    verdicts = verdicts_in({REGISTRATIONS: items} for items in told.values())
    found: dict[int, Ids] = {}
    for pk, items in told.items():
        ids: dict[tuple[str, str], set[str]] = {}
        for item in items:
            if verdicts.status_of(item) is Status.VERIFIED:
                each = registration_of(item)
                ids.setdefault((each.kind, each.jurisdiction), set()).add(each.number)
        if ids:
            found[pk] = {place: frozenset(numbers) for place, numbers in ids.items()}
    return VerifiedIds(found)
