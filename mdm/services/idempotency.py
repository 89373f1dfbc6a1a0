"""Requests that may safely be sent twice: the answer is kept in the transaction of the work, and given again."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from mdm.errors import MdmError
from mdm.models import IdempotentAnswer
from mdm.services.retries import atomically

KEPT_FOR = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client is told. `replayed` when it was told so before."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request of one client under an idempotency key; `fingerprint` is equal for equal requests only."""

    client: str
    key: str
    fingerprint: bytes


class KeyUsedForAnother(MdmError):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key belongs to another request; take a new key for a new request.")


class AnswerUnderWay(MdmError):
    code = "request_in_flight"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is being worked on; ask again in a moment.")


def fingerprint(*parts: bytes) -> bytes:
    """SHA-256 over the parts, told apart by their lengths."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


@atomically
def answer_once(request: Request, work: Callable[[], Answer], *, at: datetime, wait: bool = False) -> Answer:
    """Do the work and keep its answer, or give the answer kept before. When the work raises, nothing is kept.

    Raises KeyUsedForAnother, and AnswerUnderWay while another transaction works on the key unless `wait` is set.
    """
    _lock(request, wait=wait)
    kept = IdempotentAnswer.objects.filter(client=request.client, key=request.key).first()
    if kept is not None and kept.created_at > at - KEPT_FOR:
        if bytes(kept.request_hash) != request.fingerprint:
            raise KeyUsedForAnother
        return Answer(kept.status, bytes(kept.body), kept.headers, replayed=True)
    if kept is not None:
        kept.delete()
    answer = work()
    IdempotentAnswer.objects.create(
        client=request.client,
        key=request.key,
        request_hash=request.fingerprint,
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        created_at=at,
    )
    return answer


def forget_old_answers(*, at: datetime) -> int:
    """Delete answers nobody may ask for again; returns how many."""
    return IdempotentAnswer.objects.filter(created_at__lte=at - KEPT_FOR).delete()[0]


def _lock(request: Request, *, wait: bool) -> None:
    named = hashlib.sha256(f"{request.client}\n{request.key}".encode()).digest()
    number = int.from_bytes(named[:8], "big", signed=True)
    with connection.cursor() as cursor:
        if wait:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
            return
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if cursor.fetchone() != (True,):
            raise AnswerUnderWay
