"""What the page of one change request shows: each value with its consents, and what the reader may do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from mdm.models import Approval, ChangeEffect, ChangePart, ChangeRequest, ChangeRequestState
from mdm.services.consents import consent_asked_of, groups_of
from stewardship.models import Permission
from stewardship.selectors.golden_page import Change, proposal_changes


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent that a value needs: of which group (empty: any approver), and who gave it."""

    group: str
    approval: Approval | None


@dataclass(frozen=True, slots=True)
class Row:
    """One proposed value beside the one in force. `choosable`: the reader's consent is asked for."""

    part: ChangePart
    change: Change
    consents: Sequence[Consent]
    choosable: bool


def proposal_page(proposal: ChangeRequest, reader: User) -> dict[str, Any]:  # Any: a template's context
    """The context of the page. Expects parts, approvals and comments to be fetched with the proposal."""
    username = reader.get_username()
    groups = groups_of(username)
    parts = proposal.sorted_parts
    changes = proposal_changes(proposal.golden_record, proposal.payload)
    is_open = proposal.state == ChangeRequestState.OPEN
    follows = any(part.effect == ChangeEffect.SURVIVE for part in parts)
    may_approve = is_open and reader.has_perm(Permission.APPROVE)
    rows = [
        Row(
            part=part,
            change=change,
            consents=_consents(part),
            choosable=may_approve
            and username not in (proposal.proposed_by, part.edited_by)
            and consent_asked_of(part, username, groups),
        )
        for part, change in zip(parts, changes, strict=True)
    ]
    return {
        "proposal": proposal,
        "record": proposal.golden_record,
        "rows": rows,
        "payload_hash": bytes(proposal.payload_hash).hex(),
        "is_open": is_open,
        "is_own": username in {proposal.proposed_by, *(part.edited_by for part in parts)},
        "has_choice": any(row.choosable for row in rows),
        "may_withdraw": is_open and proposal.proposed_by == username and not follows,
        "may_comment": is_open and (reader.has_perm(Permission.PROPOSE) or reader.has_perm(Permission.APPROVE)),
        "moved_on": proposal.golden_record.version - proposal.base_version,
        "last": proposal.last_decided,
    }


def _consents(part: ChangePart) -> list[Consent]:
    given = {approval.place: approval for approval in part.valid_approvals}
    return [Consent(group, given.get(place)) for place, group in enumerate(part.consents)]
