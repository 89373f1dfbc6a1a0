"""Reading an interface document: checked whole, refused with the path of every mistake."""

from collections.abc import Mapping
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from matching.errors import RuleMistake
from mdm.entity_types import JsonValue
from mdm.mapping.conditions import Condition
from mdm.mapping.paths import Path
from mdm.rules.errors import InvalidDocument
from mdm.rules.reading import Reader
from sync.connectors.base import Tier
from sync.connectors.generic.documents import (
    Answers,
    Authentication,
    ErrorPlace,
    Interface,
    OutcomeRule,
    Proof,
)
from sync.connectors.generic.parsing_calls import call_of, path_of, template_of
from sync.connectors.generic.parsing_types import remote_type_of
from sync.connectors.generic.templates import texts_of
from sync.connectors.generic.times import RemoteTime
from sync.outcomes import CONFIRMED, Outcome

_KEYS = (
    "tier", "authentication", "success", "errors", "outcomes", "time", "page_cap", "calls_per_second", "headers",
    "entity_types",
)  # fmt: skip
_PROOF_KEYS: Mapping[Proof, tuple[str, ...]] = {
    Proof.NONE: (),
    Proof.HEADER: ("header", "prefix"),
    Proof.BEARER: (),
    Proof.BASIC: ("user",),
    Proof.LOGIN: ("user", "call", "token", "token_header", "header", "prefix"),
    Proof.CLIENT_CREDENTIALS: ("user", "token_url", "scope", "in_form"),
}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class InvalidInterface(InvalidDocument):
    """An interface document that cannot be used."""

    code = "invalid_interface"


def parse_interface(document: JsonValue) -> Interface:
    """The interface in a document. Raises InvalidInterface with every mistake."""
    mistakes: list[RuleMistake] = []
    read = Reader(document, mistakes=mistakes)
    read.known_keys(_KEYS)
    tier = read.enum("tier", Tier, default=Tier.C)
    types = read.section("entity_types")
    interface = Interface(
        tier=tier,
        authentication=_authentication(read.section("authentication", required=False)),
        answers=_answers(read),
        time=_time(read.section("time", required=False)),
        page_cap=read.integer("page_cap", low=1, high=100_000) if "page_cap" in read else None,
        calls_per_second=_rate(read),
        headers=texts_of(template_of(read, "headers", names=()).raw),
        entity_types={name: remote_type_of(types.section(name), tier=tier) for name in types},
    )
    if mistakes:
        raise InvalidInterface(mistakes)
    return interface


def _authentication(read: Reader) -> Authentication:
    proof = read.enum("kind", Proof, default=Proof.NONE)
    read.known_keys(("kind", *_PROOF_KEYS[proof]))
    login = call_of(read.section("call"), names=("user", "secret")) if proof is Proof.LOGIN else None
    token_url = read.text("token_url") if proof is Proof.CLIENT_CREDENTIALS else ""
    if token_url and not _is_safe(token_url):
        read.mistake("token_url", "must be a path, or an https address")
    if proof is Proof.LOGIN and ("token" in read) == ("token_header" in read):
        read.mistake("token", "must be there, or token_header in its place")
    bearing = proof in {Proof.BEARER, Proof.CLIENT_CREDENTIALS}
    return Authentication(
        proof,
        header=read.text("header") if proof is Proof.HEADER or "header" in read else "Authorization",
        prefix="Bearer " if bearing else _prefix(read, default="Bearer " if proof is Proof.LOGIN else ""),
        user=read.text("user") if "user" in _PROOF_KEYS[proof] else "",
        login=login,
        token=path_of(read, "token"),
        token_header=read.text_or_none("token_header") or "",
        token_url=token_url,
        scope=read.text_or_none("scope") or "",
        in_form=read.flag("in_form", default=False),
    )


def _prefix(read: Reader, *, default: str) -> str:
    value = read.value("prefix")
    if "prefix" not in read or isinstance(value, str):
        return value if isinstance(value, str) else default
    read.mistake("prefix", "must be a text")
    return default


def _is_safe(url: str) -> bool:
    """A secret goes there: in the clear only within this machine, or where the system itself lives."""
    told = urlsplit(url)
    if not told.scheme and not told.netloc:
        return url.startswith("/") and not url.startswith("//") and ".." not in url.split("/")
    return bool(told.hostname) and (told.scheme == "https" or (told.scheme == "http" and told.hostname in _LOOPBACK))


def _answers(read: Reader) -> Answers:
    success = read.section("success", required=False)
    success.known_keys(("status", "body"))
    return Answers(
        statuses=_statuses(success),
        conditions=tuple(_condition(each) for each in success.items("body", required=False)),
        errors=tuple(_error_place(each) for each in read.items("errors", required=False)),
        outcomes=tuple(_outcome_rule(each) for each in read.items("outcomes", required=False)),
    )


def _statuses(read: Reader) -> frozenset[int]:
    told = read.value("status")
    if told is None:
        return frozenset()
    if isinstance(told, list) and told and all(type(each) is int and 100 <= each <= 599 for each in told):
        return frozenset(told)
    read.mistake("status", "must be a list of HTTP statuses")
    return frozenset()


def _condition(read: Reader) -> Condition:
    read.known_keys(("path", "one_of", "none_of", "filled"))
    if not any(test in read for test in ("one_of", "none_of", "filled")):
        read.mistake("path", "needs one_of, none_of or filled beside it")
    return Condition(
        path_of(read, "path", required=True) or Path(()),
        one_of=_listed(read, "one_of"),
        none_of=_listed(read, "none_of"),
        filled=read.flag("filled", default=True) if "filled" in read else None,
    )


def _listed(read: Reader, key: str) -> tuple[JsonValue, ...]:
    told = read.value(key)
    if told is None or isinstance(told, list):
        return tuple(told or ())
    read.mistake(key, "must be a list")
    return ()


def _error_place(read: Reader) -> ErrorPlace:
    read.known_keys(("code", "text", "field", "candidates", "candidate_key"))
    if not read.present_keys():
        read.mistake("code", "must be there, or text, or candidates")
    if ("candidates" in read) != ("candidate_key" in read):
        read.mistake("candidate_key", "must stand beside candidates")
    return ErrorPlace(*(path_of(read, key) for key in ("code", "text", "field", "candidates", "candidate_key")))


def _outcome_rule(read: Reader) -> OutcomeRule:
    read.known_keys(("outcome", "status", "code", "text", "candidates"))
    failures = [outcome.value for outcome in Outcome if outcome not in CONFIRMED]
    if not any(test in read for test in ("status", "code", "text", "candidates")):
        read.mistake("outcome", "needs status, code, text or candidates beside it")
    named = read.one_of("outcome", failures)
    return OutcomeRule(
        Outcome(named) if named else Outcome.REJECTED,
        statuses=_statuses(read),
        codes=frozenset(read.names("code", required=False)),
        text=read.text_or_none("text") or "",
        candidates=read.flag("candidates", default=False),
    )


def _time(read: Reader) -> RemoteTime:
    read.known_keys(("format", "zone"))
    form, zone = read.text_or_none("format") or "iso", read.text_or_none("zone") or "UTC"
    if form not in {"iso", "epoch_seconds", "epoch_ms"} and "%" not in form:
        read.mistake("format", "must be iso, epoch_seconds, epoch_ms or a strptime format")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        read.mistake("zone", "is not a time zone such as Europe/Berlin")
        zone = "UTC"
    return RemoteTime(form, zone)


def _rate(read: Reader) -> float | None:
    value = read.value("calls_per_second")
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 10_000:
        return float(value)
    read.mistake("calls_per_second", "must be a number above 0, at most 10000")
    return None
