"""Tables of delivery and of reading other systems."""

from sync.models.attempt import Attempt
from sync.models.breaker import Breaker, BreakerState
from sync.models.delivery import Delivery, DeliveryState
from sync.models.hub_epoch import HubEpoch
from sync.models.inbound import Checkpoint, PullRun, ReconcileRun
from sync.models.stream import Stream, StreamState

__all__ = [
    "Attempt",
    "Breaker",
    "BreakerState",
    "Checkpoint",
    "Delivery",
    "DeliveryState",
    "HubEpoch",
    "PullRun",
    "ReconcileRun",
    "Stream",
    "StreamState",
]
