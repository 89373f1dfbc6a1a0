"""What approvers do."""

from dataclasses import dataclass

from mdm.models import ChangeRequest, ChangeRequestState
from mdm.services.consents import approve_change, reject_change
from tests.builders import APPROVER
from tests.scenarios.world import World


@dataclass(frozen=True, slots=True)
class Consents:
    """An approver consents to everything that waits."""

    def happen(self, world: World) -> None:
        for request in _waiting():
            seen = bytes(request.payload_hash)
            approve_change(request.pk, payload_hash=seen, actor=APPROVER, at=world.clock(), groups=["approver"])

    def __str__(self) -> str:
        return "an approver consents to what waits"


@dataclass(frozen=True, slots=True)
class TurnsDown:
    """An approver rejects everything that waits."""

    def happen(self, world: World) -> None:
        for request in _waiting():
            reject_change(request.pk, actor=APPROVER, at=world.clock(), reason="No", groups=["approver"])

    def __str__(self) -> str:
        return "an approver turns down what waits"


def _waiting() -> list[ChangeRequest]:
    return list(ChangeRequest.objects.filter(state=ChangeRequestState.OPEN).order_by("pk"))
