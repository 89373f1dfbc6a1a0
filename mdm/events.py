"""What happened, told to the apps above. Subscribers run in the same transaction and their errors propagate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Event = TypeVar("Event")

_subscribers: dict[type, list[Callable[[Any], None]]] = {}  # each subscriber takes its own event class


@dataclass(frozen=True, slots=True)
class GoldenVersionsPublished:
    """Golden records have a new version; their outbox messages stand in the same transaction."""

    golden_record_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReviewRequested:
    """Candidate pairs across clusters that a steward should settle."""

    candidate_pair_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReviewSettled:
    """Candidate pairs that no longer need a steward: decided, inside one cluster, or gone below the floor."""

    candidate_pair_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RepartitionHeld:
    """Automation would join or divide golden records that systems or stewards rely on; a steward must confirm.

    `source_record_ids` are the records of the component; `computed` and `current` list their grouping.
    """

    entity_type: str
    source_record_ids: tuple[int, ...]
    computed: tuple[tuple[int, ...], ...]
    current: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class PayloadsQuarantined:
    """Payloads did not map or validate."""

    quarantine_entry_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QuarantineClosed:
    """Quarantined payloads were replayed or discarded."""

    quarantine_entry_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """A change request waits for an approver."""

    change_request_id: int


@dataclass(frozen=True, slots=True)
class ApprovalSettled:
    """Nothing of a change request waits any more; `decided_by` decided the last of it."""

    change_request_id: int
    decided_by: str


@dataclass(frozen=True, slots=True)
class MassChangeSubmitted:
    """A change of many pricing agreements waits for an approver."""

    mass_change_id: int


@dataclass(frozen=True, slots=True)
class MassChangeSettled:
    """It waits no more; `decided_by` applied, rejected or withdrew it."""

    mass_change_id: int
    decided_by: str


@dataclass(frozen=True, slots=True)
class PinQuestioned:
    """A steward must look at a pin again; `question` says why (`mdm.survivorship.pins.Question`)."""

    pin_id: int
    question: str


@dataclass(frozen=True, slots=True)
class PinSettled:
    """A pin is over, or a steward keeps it: nothing is asked about it any more."""

    pin_id: int
    settled_by: str


@dataclass(frozen=True, slots=True)
class DecisionQuestioned:
    """Conditions under which decisions are to be looked at again are met."""

    condition_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DecisionSettled:
    """A steward keeps the decisions or has taken them back: nothing is asked under these conditions any more."""

    condition_ids: tuple[int, ...]
    settled_by: str


@dataclass(frozen=True, slots=True)
class QualityBreached:
    """Golden records fail rules that a person is to be told of; which ones may have changed since they were told."""

    golden_record_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QualityRestored:
    """Golden records fail no such rule any more."""

    golden_record_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class QualityReleased:
    """A person lets a golden record go as it is."""

    golden_record_id: int
    released_by: str


@dataclass(frozen=True, slots=True)
class PriceConflictsFound:
    """Prices stand against each other; a conflict that is told again concerns other lines than before."""

    price_conflict_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PriceConflictsSettled:
    """These prices no longer stand against each other."""

    price_conflict_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CertificatesExpiring:
    """Exemption certificates lapse soon, and nothing takes their place."""

    notice_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CertificatesSettled:
    """Notices whose reason went away: renewed, gone, or told by a narrower band; or that `settled_by` closed."""

    notice_ids: tuple[int, ...]
    settled_by: str = ""


@dataclass(frozen=True, slots=True)
class RolloutFailed:
    """A rollout has stopped at an error; nothing else can be published until somebody resumes it or rolls it back."""

    rollout_id: int


@dataclass(frozen=True, slots=True)
class RolloutSteered:
    """Somebody has resumed, paused or ended a rollout: its failure waits for nobody."""

    rollout_id: int
    steered_by: str


@dataclass(frozen=True, slots=True)
class PriceFindingsTold:
    """The price radar found these groups of findings, or another number of them than before."""

    radar_group_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PriceFindingsOver:
    """Nothing is left of these groups of findings."""

    radar_group_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ParentsHeld:
    """Golden records tell parents that would close a circle: these do not count until the circle is broken."""

    held_edge_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ParentsReleased:
    """These parents are told no longer, or count by now."""

    held_edge_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GlnQuestioned:
    """Locations moved and kept their GLN."""

    question_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GlnSettled:
    """They have another GLN, or somebody says why they keep it."""

    question_ids: tuple[int, ...]
    settled_by: str


@dataclass(frozen=True, slots=True)
class DeliveriesParked:
    """Deliveries that a person must look at: `sync` streams by id, with a line in plain words for each."""

    stream_ids: tuple[int, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveriesResumed:
    """Parked streams that go on: repaired, superseded by a newer version, or skipped."""

    stream_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GoldenRecordsErased:
    """Golden records and all that was kept about them lost their values; whoever keeps copies blanks them now.

    Hashes of what was erased become SHA-256 over `salt` and the hash: nobody without the hub's key can guess from them.
    """

    golden_record_ids: tuple[int, ...]
    source_record_ids: tuple[int, ...]
    candidate_pair_ids: tuple[int, ...]
    change_request_ids: tuple[int, ...]
    pin_ids: tuple[int, ...]
    condition_ids: tuple[int, ...]
    quarantine_entry_ids: tuple[int, ...]
    salt: bytes


@dataclass(frozen=True, slots=True)
class DeliveriesErased:
    """Streams of erased golden records: what remote systems said about them is to be forgotten."""

    stream_ids: tuple[int, ...]


def subscribe(event_type: type[Event], subscriber: Callable[[Event], None]) -> None:
    """Call `subscriber` for every event of that type. Registering the same one twice keeps one."""
    known = _subscribers.setdefault(event_type, [])
    if subscriber not in known:
        known.append(subscriber)


def emit(event: object) -> None:
    """Hand the event to its subscribers, in the order they registered, inside the current transaction."""
    for subscriber in _subscribers.get(type(event), ()):
        subscriber(event)
