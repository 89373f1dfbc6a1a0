"""Change requests, by number and as pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from mdm.errors import NotFound
from mdm.models import ChangeRequest


@dataclass(frozen=True, slots=True)
class Sender:
    """A source system, and by what name a client of it proposes besides."""

    system: str
    actor: str

    def sent(self, request: ChangeRequest) -> bool:
        """Whether it comes from either."""
        return self.system == request.origin_system or self.actor == request.proposed_by


def change_request_by_id(number: int) -> ChangeRequest:
    """The change request with its parts, their approvals and its golden record. Raises NotFound."""
    found = _whole().filter(pk=number).first()
    if found is None:
        raise NotFound("There is no change request with this number.")
    return found


def change_requests_page(
    kinds: Sequence[str],
    *,
    before: int,
    limit: int,
    state: str = "",
    origin: str = "",
    golden_record_id: int | None = None,
    sender: Sender | None = None,
) -> list[ChangeRequest]:
    """Newest first, with numbers below `before` (0: from the newest), on golden records of these entity types.

    `sender`: only those that it sent.
    """
    found = _whole().filter(golden_record__entity_type__in=kinds)
    if before:
        found = found.filter(pk__lt=before)
    if state:
        found = found.filter(state=state)
    if origin:
        found = found.filter(origin_system=origin)
    if golden_record_id is not None:
        found = found.filter(golden_record=golden_record_id)
    if sender is not None:
        found = found.filter(Q(origin_system=sender.system) | Q(proposed_by=sender.actor))
    return list(found.order_by("-pk")[:limit])


def _whole() -> QuerySet[ChangeRequest]:
    return ChangeRequest.objects.select_related("golden_record", "source_record").prefetch_related(
        "parts__approvals", "comments"
    )
