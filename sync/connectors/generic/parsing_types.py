"""Reading what an interface document says of one entity type."""

from mdm.mapping.paths import Path
from mdm.rules.reading import Reader
from sync.connectors.base import Tier
from sync.connectors.generic.documents import (
    Call,
    Creation,
    Description,
    Listing,
    Lookup,
    RemoteType,
    Style,
    Verify,
)
from sync.connectors.generic.parsing_calls import call_of, path_of

_KEYS = (
    "key", "hub_key", "changed_at", "version", "version_header", "verify", "create", "update", "read", "find", "list",
    "erase", "describe",
)  # fmt: skip
_MESSAGE = ("hub_key", "hub_version", "idempotency_key", "correlation_id", "body")
# A record that is being created is not read first; calls shared with an update may still name it.
_WRITE = (*_MESSAGE, "key", "answers", "record", "remote_version")
_LIST_KEYS = ("records", "paging", "ordered", "inclusive")
_DESCRIBE_KEYS = ("attributes", "name", "type", "length", "required", "writable")


def remote_type_of(read: Reader, *, tier: Tier) -> RemoteType:
    """The entity type in a section."""
    read.known_keys(_KEYS)
    remote = RemoteType(
        key=path_of(read, "key", required=True) or Path(()),
        hub_key=path_of(read, "hub_key", required=True) or Path(()),
        changed_at=path_of(read, "changed_at"),
        version=path_of(read, "version"),
        version_header=read.text_or_none("version_header") or "",
        verify=read.enum("verify", Verify, default=Verify.PRESENT),
        create=_creation(read.section("create")) if "create" in read else None,
        update=_calls(read, "update", names=_WRITE),
        erase=_calls(read, "erase", names=_WRITE),
        read=_lookup(read.section("read"), names=("key",)) if "read" in read else None,
        find=_lookup(read.section("find"), names=("hub_key",)) if "find" in read else None,
        listing=_listing(read.section("list")) if "list" in read else None,
        description=_description(read.section("describe")) if "describe" in read else None,
    )
    _check_together(read, remote, tier=tier)
    return remote


def _check_together(read: Reader, remote: RemoteType, *, tier: Tier) -> None:
    writes = (*(remote.create.calls if remote.create else ()), *remote.update)
    reads_first = any(call.mentions("record") or call.mentions("remote_version") for call in (*writes, *remote.erase))
    if remote.listing is None:
        read.mistake("list", "must be there: the hub reads what it writes, and reconciles it")
    if writes and remote.read is None and (reads_first or remote.verify is not Verify.NONE):
        read.mistake("read", "must be there: what is written is read, to compare it or to fill in its places")
    if remote.create and remote.find is None:
        read.mistake("find", "must be there: after a broken connection a record made is looked up by our key")
    if remote.create and not any(call.mentions("hub_key") for call in remote.create.calls[:1]):
        read.mistake("create", "must write hub_key with its first call: the record is found by it")
    guards = ("idempotency_key", "hub_version")
    if tier is Tier.A and not all(any(call.mentions(guard) for guard in guards) for call in writes):
        read.mistake("create", "and update must send idempotency_key or hub_version with every call in tier A")
    if remote.listing and remote.listing.call.mentions("since") and remote.changed_at is None:
        read.mistake("changed_at", "must be there: the list asks for what changed since")
    if remote.listing and remote.listing.ordered and remote.changed_at is None:
        read.mistake("changed_at", "must be there: the list is ordered by it")


def _calls(read: Reader, key: str, *, names: tuple[str, ...]) -> tuple[Call, ...]:
    """One call, or a list of calls that are made in order."""
    if key not in read:
        return ()
    if not isinstance(read.value(key), list):
        return (call_of(read.section(key), names=names),)
    calls = tuple(call_of(each, names=names) for each in read.items(key))
    if not calls:
        read.mistake(key, "must hold a call")
    return calls


def _creation(read: Reader) -> Creation:
    """`calls` are several; one alone stands there directly."""
    if ("key" in read) == ("key_header" in read):
        read.mistake("key", "must be there, or key_header in its place")
    if "calls" in read:
        read.known_keys(("calls", "key", "key_header"))
        calls = _calls(read, "calls", names=_WRITE)
    else:
        calls = (call_of(read, names=_WRITE, beside=("key", "key_header")),)
    return Creation(calls, path_of(read, "key"), read.text_or_none("key_header") or "")


def _lookup(read: Reader, *, names: tuple[str, ...]) -> Lookup:
    call = call_of(read, names=names, beside=("record",))
    return Lookup(call, path_of(read, "record") or Path(()))


def _listing(read: Reader) -> Listing:
    paging = read.section("paging", required=False)
    paging.known_keys(("style", "first", "next", "more", "total"))
    style = paging.enum("style", Style, default=Style.WHOLE)
    place = {Style.PAGE: ("page",), Style.OFFSET: ("offset",), Style.CURSOR: ("cursor",)}.get(style, ())
    call = call_of(read, names=("limit", "since", *place), beside=_LIST_KEYS)
    for name in place:
        if not call.mentions(name):
            paging.mistake("style", f"needs {{{{{name}}}}} somewhere in the call")
    if style is Style.CURSOR and "next" not in paging:
        paging.mistake("next", "must say where the next cursor stands")
    first = paging.integer("first", low=0, high=1) if "first" in paging else 1
    return Listing(
        call=call,
        records=path_of(read, "records", required=True) or Path(()),
        style=style,
        first=first if style is Style.PAGE else 0,
        next=path_of(paging, "next"),
        more=path_of(paging, "more"),
        total=path_of(paging, "total"),
        ordered=read.flag("ordered", default=False) and call.mentions("since"),
        inclusive=read.flag("inclusive", default=True),
    )


def _description(read: Reader) -> Description:
    call = call_of(read, names=(), beside=_DESCRIBE_KEYS)
    return Description(
        call,
        attributes=path_of(read, "attributes", required=True) or Path(()),
        name=path_of(read, "name", required=True) or Path(()),
        type=path_of(read, "type"),
        length=path_of(read, "length"),
        required=path_of(read, "required"),
        writable=path_of(read, "writable"),
    )
