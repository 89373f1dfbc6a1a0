"""The error tree of the hub. Errors carry ids, never attribute values, and know nothing of HTTP."""

from matching.errors import HubError


class MdmError(HubError):
    """`detail` is one sentence for a person: what is wrong and how to mend it."""

    code = "mdm_error"

    def __init__(self, detail: str) -> None:
        super().__init__()
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class NotFound(MdmError):
    """What was asked for is not in the hub."""

    code = "not_found"


class RecordErased(NotFound):
    """It was in the hub and was erased. Its id is never given out again."""

    code = "erased"

    def __init__(self, public_id: str) -> None:
        super().__init__(f"{public_id} was erased; forget it as well.")


class UnknownSourceSystem(NotFound):
    code = "unknown_source_system"

    def __init__(self, name: str) -> None:
        super().__init__(f"No source system named {name!r} is connected.")


class MappingMissing(MdmError):
    """The system has no mapping for the entity type, so its payloads cannot be read."""

    code = "mapping_missing"

    def __init__(self, system: str, entity_type: str) -> None:
        super().__init__(f"Source system {system!r} has no mapping for {entity_type!r}; add one and send again.")


class RuleSetMissing(MdmError):
    code = "rule_set_missing"

    def __init__(self, entity_type: str) -> None:
        super().__init__(f"No rule set is published for {entity_type!r}; `manage.py load` publishes the shipped one.")


class SourceRecordPending(MdmError):
    """The record is not placed yet, so nothing can be decided about it."""

    code = "source_record_pending"

    def __init__(self, source_record_id: int) -> None:
        super().__init__(f"Source record {source_record_id} has not been matched yet; try again in a moment.")


class ContradictsDecision(MdmError):
    """A decision would join what another decision keeps apart, or the reverse."""

    code = "contradicts_decision"

    def __init__(self, decision_ids: list[int]) -> None:
        self.decision_ids = decision_ids
        path = ", ".join(str(pk) for pk in decision_ids)
        super().__init__(f"Earlier decisions stand against this ({path}); undo one of them first.")


class AlreadyDecided(MdmError):
    code = "already_decided"

    def __init__(self, decision_id: int) -> None:
        super().__init__(f"Decision {decision_id} stands for these records already; undo it first.")


class FourEyesViolated(MdmError):
    """The approver proposed or last edited the change."""

    code = "four_eyes_violated"

    def __init__(self, change_request_id: int) -> None:
        super().__init__(
            f"Change request {change_request_id} must be decided by someone who did not propose or edit it."
        )


class NotApprover(MdmError):
    """None of the groups that must consent is the person's."""

    code = "not_approver"

    def __init__(self, groups: list[str]) -> None:
        self.groups = groups
        asked = ", ".join(group or "any approver" for group in groups) or "nobody any more"
        super().__init__(f"Consent is asked of others here: {asked}.")


class StateConflict(MdmError):
    """The thing is no longer in the state the action needs."""

    code = "state_conflict"


class NotOwner(MdmError):
    """The attribute belongs to a system of record that refuses values from elsewhere."""

    code = "not_owner"

    def __init__(self, attribute: str, owner: str) -> None:
        self.attribute, self.owner = attribute, owner
        super().__init__(f"{attribute} is owned by {owner}; change it there.")


class InvalidValues(MdmError):
    """Attribute values were refused. `problems` is a list of {pointer, code, detail}."""

    code = "invalid_values"

    def __init__(self, problems: list[dict[str, str]]) -> None:
        self.problems = problems
        super().__init__("Some attributes were refused; see the problems for what to mend.")


__all__ = [
    "AlreadyDecided",
    "ContradictsDecision",
    "FourEyesViolated",
    "HubError",
    "InvalidValues",
    "MappingMissing",
    "MdmError",
    "NotApprover",
    "NotFound",
    "NotOwner",
    "RecordErased",
    "RuleSetMissing",
    "SourceRecordPending",
    "StateConflict",
    "UnknownSourceSystem",
]
