"""What an interface document says, as frozen dataclasses: how one system is called and what its answers mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mdm.mapping.conditions import Condition
from mdm.mapping.paths import Path
from sync.connectors.base import Tier
from sync.connectors.generic.templates import Template
from sync.connectors.generic.times import RemoteTime
from sync.outcomes import Outcome


class Proof(StrEnum):
    """How the hub proves who it is."""

    NONE = "none"
    HEADER = "header"
    BEARER = "bearer"
    BASIC = "basic"
    LOGIN = "login"
    CLIENT_CREDENTIALS = "client_credentials"


class Style(StrEnum):
    """How a list is read to its end. `whole` lists come in one answer."""

    WHOLE = "whole"
    PAGE = "page"
    OFFSET = "offset"
    CURSOR = "cursor"
    LINK = "link"


class Verify(StrEnum):
    """What is compared when a record is read after a write.

    `present`: every attribute that was sent is there. `equal`: and says the same, but for case, blanks and punctuation.
    """

    NONE = "none"
    PRESENT = "present"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request. `path` begins with a slash and is taken under the system's address; `form` sends no JSON.

    `only_if` and `unless` name places in what is known, as in placeholders: the call is made when all of the former are
    filled and the latter is not.
    """

    method: str
    path: Template
    query: Template
    headers: Template
    body: Template
    form: bool = False
    only_if: tuple[Path, ...] = ()
    unless: Path | None = None

    def mentions(self, name: str) -> bool:
        """Whether any part of it asks for that value."""
        parts = (self.path, self.query, self.headers, self.body)
        roots = {step for place in (*self.only_if, self.unless) if place for step in place.steps[:1]}
        return name in roots or any(name in part.names for part in parts)


@dataclass(frozen=True, slots=True)
class Authentication:
    """`header` carries `prefix` and the secret, or the token that a call yields for it.

    `token` is where that call's answer holds the token, `token_header` the header that does; `token_url` is the address
    of an OAuth server. `in_form` sends the client's secret in the form instead of a Basic header.
    """

    proof: Proof
    header: str = "Authorization"
    prefix: str = ""
    user: str = ""
    login: Call | None = None
    token: Path | None = None
    token_header: str = ""
    token_url: str = ""
    scope: str = ""
    in_form: bool = False

    @property
    def renewable(self) -> bool:
        """Whether a token that was refused can be replaced by asking for another."""
        return self.proof in {Proof.LOGIN, Proof.CLIENT_CREDENTIALS}


@dataclass(frozen=True, slots=True)
class ErrorPlace:
    """Where an answer tells of an error; any of the places may be filled. `candidates` lists records like ours."""

    code: Path | None
    text: Path | None
    field: Path | None
    candidates: Path | None
    candidate_key: Path | None


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """What an error means, when everything that is given here holds. `text` is part of the message, in any case."""

    outcome: Outcome
    statuses: frozenset[int]
    codes: frozenset[str]
    text: str
    candidates: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """When an answer is a success: by status **and** by what stands in it; and what it means otherwise."""

    statuses: frozenset[int]
    conditions: tuple[Condition, ...]
    errors: tuple[ErrorPlace, ...]
    outcomes: tuple[OutcomeRule, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A call for one record. `record` is where it stands; for a list, more than one entry is ambiguous."""

    call: Call
    record: Path


@dataclass(frozen=True, slots=True)
class Creation:
    """Calls in order; `key` is where the first one's answer holds the new key, else it ends the header `key_header`."""

    calls: tuple[Call, ...]
    key: Path | None
    key_header: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A call for records. `more` and `total` are where the answer says whether, and how many, there are in all.

    `next` is where the next cursor or link stands; a link may come in the header `Link` instead. `ordered` says that
    records come in order of their time of change, `inclusive` that the time asked for is itself included.
    """

    call: Call
    records: Path
    style: Style
    first: int
    next: Path | None
    more: Path | None
    total: Path | None
    ordered: bool
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Description:
    """A call that tells what the system has: a list of attributes, and where each one's facts stand in it."""

    call: Call
    attributes: Path
    name: Path
    type: Path | None
    length: Path | None
    required: Path | None
    writable: Path | None


@dataclass(frozen=True, slots=True)
class RemoteType:
    """One entity type of the system. Paths lead into a record of it; `version_header` holds its version token."""

    key: Path
    hub_key: Path
    changed_at: Path | None
    version: Path | None
    version_header: str
    verify: Verify
    create: Creation | None
    update: tuple[Call, ...]
    erase: tuple[Call, ...]
    read: Lookup | None
    find: Lookup | None
    listing: Listing | None
    description: Description | None


@dataclass(frozen=True, slots=True)
class Interface:
    """How one system is spoken to."""

    tier: Tier
    authentication: Authentication
    answers: Answers
    time: RemoteTime
    page_cap: int | None
    calls_per_second: float | None
    headers: Mapping[str, str]
    entity_types: Mapping[str, RemoteType] = field(default_factory=dict)
