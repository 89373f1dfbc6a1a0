"""Ways out of a price conflict, from the agreements as they are."""

from mdm.entity_types.pricing_agreement import AgreementTerms
from mdm.models import GoldenRecord
from mdm.pricing.plans import Plan, Side, plans
from mdm.selectors.price_conflicts import LineConflict


def plans_of(conflict: LineConflict) -> list[Plan]:
    """Every way out; none for two tellings of one line, of which the agreement has but one."""
    if conflict.left == conflict.right and conflict.left_line == conflict.right_line:
        return []
    records = {each.public_id: each for each in GoldenRecord.objects.filter(public_id__in=_names(conflict))}
    left, right = (
        Side(name, records[name].document.get("attributes", {}), line)
        for name, line in ((conflict.left, conflict.left_line), (conflict.right, conflict.right_line))
    )
    return plans(left, right, taken=_precedences_beside([each.pk for each in records.values()]))


def _names(conflict: LineConflict) -> set[str]:
    return {conflict.left, conflict.right}


def _precedences_beside(agreement_ids: list[int]) -> set[int]:
    """Precedences of other agreements for the same buyers: to take one of them might bring the next conflict."""
    known = AgreementTerms.objects.filter(closed_version=None)
    mine = known.filter(golden_record__in=agreement_ids).values_list("scope_kind", "scope")
    found: set[int] = set()
    for scope_kind, scope in set(mine):
        others = known.filter(scope_kind=scope_kind, scope=scope).exclude(golden_record__in=agreement_ids)
        found |= set(others.values_list("precedence", flat=True))
    return found
