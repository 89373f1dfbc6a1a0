"""A way out of a price conflict, chosen by a person: an ordinary proposal, with its owners and approvals."""

from datetime import datetime

from mdm.actors import Actor
from mdm.errors import NotFound, StateConflict
from mdm.models import ChangeRequest, GoldenRecord, PriceConflict
from mdm.pricing.plans import Plan
from mdm.public_ids import parse_public_id
from mdm.selectors.price_conflicts import LineConflict
from mdm.selectors.price_plans import plans_of
from mdm.services.change_requests import propose_change
from mdm.services.retries import atomically


@atomically
def choose_price_plan(
    conflict_id: int, *, left_line: str, right_line: str, key: str, reason: str, actor: Actor, at: datetime
) -> ChangeRequest:
    """Propose what the plan with that key says for these two lines of an open conflict, as things are now.

    Raises NotFound, StateConflict where the conflict is settled or the plan is none by now, and what a proposal raises:
    NotOwner where the owner takes no word from others.
    """
    conflict = PriceConflict.objects.filter(pk=conflict_id).first()
    if conflict is None:
        raise NotFound("There is no such price conflict.")
    if conflict.closed_at is not None:
        raise StateConflict("The conflict is settled already.")
    plan = _plan(conflict, left_line, right_line, key)
    agreement = GoldenRecord.objects.get(pk=parse_public_id(plan.agreement)[1])
    why = reason.strip() or f"To settle price conflict {conflict_id}: {plan.kind.value.replace('_', ' ')}"
    return propose_change(agreement, plan.values, reason=why, actor=actor, at=at)


def _plan(conflict: PriceConflict, left_line: str, right_line: str, key: str) -> Plan:
    for line in conflict.lines:
        if (line["left_line"], line["right_line"]) == (left_line, right_line):
            for plan in plans_of(LineConflict(**line)):
                if plan.key == key:
                    return plan
    raise StateConflict("That way out is open no more; look at the conflict again.")
