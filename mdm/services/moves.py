"""A move in a dated tree, planned ahead: proposed like any other change, so that the policy says who consents."""

from datetime import date, datetime
from typing import Any

from mdm.actors import Actor
from mdm.errors import StateConflict
from mdm.models import ChangeRequest, GoldenRecord
from mdm.selectors.golden import golden_record_by_public_id, survivor_of
from mdm.services.change_requests import propose_change


def propose_move(
    record: GoldenRecord, *, tree: str, parent: str, from_day: date | None, reason: str, actor: Actor, at: datetime
) -> ChangeRequest:
    """Let it stand below the golden record with the public id `parent` from that day on; below nothing where empty.

    What was planned for the same day is replaced, what holds before it ends there by itself. `from_day` None: ever
    since. Raises what `propose_change` raises, NotFound and MistypedPublicId for the parent, and CircleArises.
    """
    item: dict[str, Any] = {"tree": tree}
    if parent:
        above = survivor_of(golden_record_by_public_id(parent, entity_type=record.entity_type))
        if above.status != "active":
            raise StateConflict(f"{above.public_id} is {above.status} and cannot be a parent.")
        item["parent"] = {"entity_type": above.entity_type, "id": above.public_id}
    if from_day is not None:
        item["valid_from"] = from_day.isoformat()
    told: list[dict[str, Any]] = record.document["attributes"].get("parents") or []
    key = tree, item.get("valid_from")
    others = [each for each in told if (each["tree"], each.get("valid_from")) != key]
    return propose_change(record, {"parents": [*others, item]}, reason=reason, actor=actor, at=at)
