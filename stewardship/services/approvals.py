"""Answers to change requests, given to `mdm` and closing the approver's task in one transaction."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from mdm.actors import Actor
from mdm.services.change_requests import approve_change, reject_change, withdraw_change
from stewardship.models import TaskKind
from stewardship.services.tasks import finish_tasks


class Answer(StrEnum):
    """What becomes of a proposal."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"

    @property
    def done_text(self) -> str:
        """What to tell the person who gave it."""
        texts = {
            Answer.APPROVE: _("Approved. The golden record has the new values."),
            Answer.REJECT: _("Rejected. The golden record stays as it is."),
            Answer.WITHDRAW: _("Withdrawn. The golden record stays as it is."),
        }
        return texts[self]


@transaction.atomic
def answer_proposal(
    change_request_id: int, answer: Answer, *, payload_hash: str, reason: str, actor: Actor, at: datetime
) -> None:
    """`payload_hash`, in hex, is of the proposal the person saw. Raises FourEyesViolated and StateConflict."""
    finish_tasks(TaskKind.APPROVAL, [change_request_id], actor=actor, at=at)
    if answer is Answer.APPROVE:
        approve_change(change_request_id, payload_hash=_hash_bytes(payload_hash), actor=actor, at=at, reason=reason)
    elif answer is Answer.REJECT:
        reject_change(change_request_id, actor=actor, at=at, reason=reason)
    else:
        withdraw_change(change_request_id, actor=actor, at=at, reason=reason)


def _hash_bytes(text: str) -> bytes:
    """A hash that is none fits no proposal."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
