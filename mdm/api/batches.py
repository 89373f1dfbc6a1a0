"""NDJSON batches: spooled and hashed first, then taken in chunks that each commit and may each be sent again."""

import hashlib
import logging
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from http import HTTPStatus
from itertools import islice
from typing import IO, Any

import orjson
from django.http import HttpRequest
from django.utils import timezone

from mdm.actors import Actor
from mdm.api.access import Client
from mdm.api.problems import Problem, Refused, problem_of
from mdm.api.requests import decode
from mdm.services.idempotency import Answer, Request, answer_once, fingerprint
from mdm.services.submissions import Submission, submit_payloads

logger = logging.getLogger(__name__)

NDJSON = "application/x-ndjson"
LINES_A_CHUNK = 1000
MOST_BYTES = 500_000_000
LONGEST_LINE = 1_000_000
_IN_MEMORY = 2_000_000

Line = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Spool:
    """A batch on disk: key and line number are the unit of sending it again."""

    file: IO[bytes]
    client: str
    key: str
    body_hash: bytes

    @classmethod
    def of(cls, request: HttpRequest, *, key: str, client: Client) -> "Spool":
        """Read the whole body. Raises Refused (413) when it is too large."""
        file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # the answer closes it
        digest, size = hashlib.sha256(), 0
        while piece := request.read(65_536):
            size += len(piece)
            if size > MOST_BYTES:
                raise Refused(
                    "body_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The batch is too large; send it in parts."
                )
            digest.update(piece)
            file.write(piece)
        file.seek(0)
        return cls(file, client.name, key, digest.digest())

    def chunks(self) -> Iterator[list[Line]]:
        """Numbered lines, a chunk at a time; empty lines are passed over."""
        numbered = enumerate(iter(lambda: self.file.readline(LONGEST_LINE + 1), b""), start=1)
        lines = ((number, line) for number, line in numbered if line.strip())
        while chunk := list(islice(lines, LINES_A_CHUNK)):
            yield chunk

    def request(self, first_line: int) -> Request:
        """The chunk that starts at a line, under the key."""
        return Request(self.client, f"{self.key}:{first_line}", fingerprint(b"batch", self.body_hash))


def batch_lines(spool: Spool, parse: Callable[[Any], Submission], *, actor: Actor) -> Iterator[bytes]:
    """One answer a line, in order, each chunk after it has committed. A chunk answered before is answered the same.

    A failure ends the answer with a line {"problem": ...}: sent again under its key, the batch goes on from there.
    """
    with spool.file:
        for chunk in spool.chunks():
            try:
                work = partial(_take, chunk, parse, actor)
                answer = answer_once(spool.request(chunk[0][0]), work, at=timezone.now(), wait=True)
            except Exception as error:  # noqa: BLE001  # told to the client and logged below
                problem = problem_of(error)
                yield _line({"problem": (problem or _FAILED).body("/api/v1/source-records")})
                if problem is None:
                    # Not raised: the error's own text, which may hold values, would go into the server's log.
                    trace = "".join(traceback.format_tb(error.__traceback__))
                    logger.error("Batch failed with %s\n%s", type(error).__name__, trace)  # noqa: TRY400
                return
            yield answer.body


_FAILED = Problem("internal_error", HTTPStatus.INTERNAL_SERVER_ERROR, "The hub failed; send the batch again.")


def _take(chunk: list[Line], parse: Callable[[Any], Submission], actor: Actor) -> Answer:
    answers: dict[int, dict[str, Any]] = {}
    given: dict[int, Submission] = {}
    for number, line in chunk:
        try:
            given[number] = _parsed(line, parse)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            answers[number] = {"outcome": "refused", "problem": problem.body("/api/v1/source-records")}
    receipts = submit_payloads(list(given.values()), actor=actor, at=timezone.now())
    for number, receipt in zip(given, receipts, strict=True):
        answers[number] = asdict(receipt)
    return Answer(HTTPStatus.OK, b"".join(_line({"line": number, **answers[number]}) for number, _ in chunk))


def _parsed(line: bytes, parse: Callable[[Any], Submission]) -> Submission:
    if len(line) > LONGEST_LINE:
        raise Refused("line_too_long", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "A line holds a million bytes at most.")
    return parse(decode(line))


def _line(value: Any) -> bytes:
    return orjson.dumps(value) + b"\n"
