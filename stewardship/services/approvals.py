"""Answers to change requests, as a person gives them on a page."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from mdm.actors import Actor
from mdm.services.change_requests import withdraw_change
from mdm.services.consents import approve_change, groups_of, reject_change
from mdm.services.renewal import renew_change


class Answer(StrEnum):
    """What becomes of a proposal."""

    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"

    @property
    def done_text(self) -> str:
        """What to tell the person who gave it."""
        texts = {
            Answer.APPROVE: _("Approved. What has every consent holds now."),
            Answer.REJECT: _("Rejected. These values stay as they are."),
            Answer.WITHDRAW: _("Withdrawn. The golden record stays as it is."),
        }
        return texts[self]


def answer_proposal(
    change_request_id: int,
    answer: Answer,
    *,
    payload_hash: str,
    attributes: Collection[str],
    reason: str,
    actor: Actor,
    at: datetime,
    accept_price_conflicts: bool = False,
) -> None:
    """`payload_hash`, in hex, is of the proposal the person saw, `attributes` are those the answer is about.

    Raises FourEyesViolated, NotApprover, StateConflict and PriceConflictsArise.
    """
    if answer is Answer.APPROVE:
        renew_change(change_request_id, at=at)  # kept even where the consent is then refused
        approve_change(
            change_request_id,
            payload_hash=_hash_bytes(payload_hash),
            actor=actor,
            at=at,
            reason=reason,
            attributes=attributes,
            groups=groups_of(actor.name),
            accept_price_conflicts=accept_price_conflicts,
        )
    elif answer is Answer.REJECT:
        reject_change(
            change_request_id, actor=actor, at=at, reason=reason, attributes=attributes, groups=groups_of(actor.name)
        )
    else:
        withdraw_change(change_request_id, actor=actor, at=at, reason=reason)


def _hash_bytes(text: str) -> bytes:
    """A hash that is none fits no proposal."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
