"""Change requests from clients that may have read an older version than the one in force."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mdm.actors import Actor
from mdm.errors import MdmError
from mdm.models import ChangeRequest, GoldenRecord
from mdm.services.change_requests import propose_change
from mdm.services.retries import atomically


class VersionMismatch(MdmError):
    """The golden record has moved on since the client read it."""

    code = "version_mismatch"

    def __init__(self, public_id: str, current: int) -> None:
        super().__init__(f"{public_id} is at version {current} by now; read it again and decide anew.")


@atomically
def propose_change_to_version(
    golden_record_id: int,
    values: Mapping[str, Any],
    *,
    version: int,
    reason: str,
    actor: Actor,
    at: datetime,
    pin: bool = False,
    pin_until: datetime | None = None,
    accept_price_conflicts: bool = False,
) -> ChangeRequest:
    """As `propose_change`, for the version the client has seen. Raises VersionMismatch when another is in force."""
    golden = GoldenRecord.objects.select_for_update().get(pk=golden_record_id)
    if golden.version != version:
        raise VersionMismatch(golden.public_id, golden.version)
    return propose_change(
        golden,
        values,
        reason=reason,
        actor=actor,
        at=at,
        pin=pin,
        pin_until=pin_until,
        accept_price_conflicts=accept_price_conflicts,
    )
