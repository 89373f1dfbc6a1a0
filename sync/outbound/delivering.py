"""One worker of one target: claim, send outside any transaction, acknowledge, again until nothing is due."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from logging import getLogger
from random import Random

from mdm.actors import Actor
from mdm.errors import MdmError
from mdm.models import SourceSystem
from mdm.services.intake import receive_payloads
from mdm.services.settlement import settle_source_records
from sync.clock import Clock
from sync.connectors import Connector, DeliveryError, Held, Outgoing
from sync.outbound.acknowledging import Result, acknowledge
from sync.outbound.breakers import admitted, give_back_probe
from sync.outbound.claims import Claim, claim_streams, release_claims
from sync.outbound.upkeep import NO_WORD_FOR
from sync.outcomes import OF_THE_TARGET, UNHEALTHY, Outcome

logger = getLogger(__name__)

RELAY = Actor("relay")
AT_ONCE = 20
ACKNOWLEDGE_EVERY = timedelta(milliseconds=250)


@dataclass(slots=True)
class Worker:
    """Delivers to one target until nothing is due. `stopping` is asked between sends; `name` marks its leases.

    `tally` hears of results by outcome, `refused` among them for acknowledgements that came under an old epoch.
    """

    target: SourceSystem
    connector: Connector
    name: str
    clock: Clock
    random: Random
    stopping: Callable[[], bool]
    tally: Callable[[Counter[str]], None]

    def drain(self) -> None:
        """Deliver what is due. Returns when nothing is, when the breaker is open, or when asked to stop."""
        while not self.stopping() and self._round():
            pass

    def _round(self) -> bool:
        at = self.clock()
        limit = admitted(self.target, wanted=AT_ONCE, at=at)
        if not limit:
            return False
        claims = claim_streams(self.target, worker=self.name, limit=limit, at=at)
        if not claims:
            give_back_probe(self.target, at=at)
            return False
        return self._deliver(claims)

    def _deliver(self, claims: list[Claim]) -> bool:
        """Send one after the other; False when the target turned out sick or a stop was asked for."""
        results: list[Result] = []
        acknowledged_at = self.clock()
        healthy = True
        for place, claim in enumerate(claims):
            # A lease about to run out is not worth a race with whoever takes it next.
            late = self.clock() > claim.lease_until - timedelta(seconds=30)
            if self.stopping() or not healthy or late:
                release_claims(claims[place:])
                break
            result = self._outcome_of(claim)
            results.append(result)
            healthy = result.outcome not in OF_THE_TARGET | UNHEALTHY
            if self.clock() - acknowledged_at >= ACKNOWLEDGE_EVERY:
                self._acknowledge(results)
                results, acknowledged_at = [], self.clock()
        self._acknowledge(results)
        return healthy

    def _acknowledge(self, results: list[Result]) -> None:
        if not results:
            return
        refused = acknowledge(results, target=self.target, random=self.random, at=self.clock())
        self.tally(Counter(str(result.outcome) for result in results) + Counter(refused=refused))

    def _outcome_of(self, claim: Claim) -> Result:
        started_at = self.clock()
        nothing_to_say = claim.remote_key is not None and not claim.differing and not claim.erases
        if nothing_to_say or claim.shadow:
            return Result(claim, Outcome.UNCHANGED, started_at, started_at, sent=False)
        if claim.rendered.wordless and not claim.erases:
            words = f"{NO_WORD_FOR} {', '.join(claim.rendered.wordless)}; with one, the delivery goes on by itself."
            return Result(claim, Outcome.REJECTED, started_at, started_at, message=words, sent=False)
        try:
            if claim.unclear and claim.remote_key is None and (found := self._look_up(claim)):
                return self._found(claim, found, started_at)
            send = self.connector.erase if claim.erases else self.connector.push
            receipt = send(_message(claim))
        except DeliveryError as error:
            return self._failed(claim, error, started_at)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            # The target answered, but not as its interface says: what it did is unknown.
            words = f"The answer made no sense ({type(error).__name__})."
            return self._failed(claim, DeliveryError(Outcome.UNKNOWN, words), started_at)
        return Result(
            claim,
            receipt.outcome,
            started_at,
            self.clock(),
            status_code=receipt.status_code,
            remote_key=receipt.remote_key,
            remote_version=receipt.remote_version,
        )

    def _failed(self, claim: Claim, error: DeliveryError, started_at: datetime) -> Result:
        if error.outcome is Outcome.CONFLICT:
            try:
                found = self._look_up(claim)
            except DeliveryError as second:
                error, found = second, None
            if found is not None and claim.remote_key is None:
                return self._found(claim, found, started_at)
            if found is not None:
                self._read_in(claim, found)
        return Result(
            claim,
            error.outcome,
            started_at,
            self.clock(),
            message=error.message,
            status_code=error.status_code,
            retry_after=error.retry_after,
        )

    def _found(self, claim: Claim, found: Held, started_at: datetime) -> Result:
        """The record we meant to make is there already: next time it is updated."""
        words = "The record was there already under our key."
        return Result(claim, Outcome.CONFLICT, started_at, self.clock(), message=words, remote_key=found.key)

    def _look_up(self, claim: Claim) -> Held | None:
        if claim.remote_key is None:
            return self.connector.find_by_hub_key(claim.entity_type, claim.public_id)
        return self.connector.read_back(claim.entity_type, claim.remote_key)

    def _read_in(self, claim: Claim, found: Held) -> None:
        """What was changed over there comes in the way everything does, and may make a new version."""
        at = self.clock()
        try:
            intake = receive_payloads(
                self.target, claim.entity_type, [found.record], actor=RELAY, at=at, correlation_id=claim.correlation_id
            )
            settle_source_records(claim.entity_type, intake.pending_ids, actor=RELAY, at=at)
        except MdmError as error:
            logger.warning("Could not read in a conflicting record of stream %d: %s", claim.stream_id, error.code)


def _message(claim: Claim) -> Outgoing:
    return Outgoing(
        entity_type=claim.entity_type,
        hub_key=claim.public_id,
        remote_key=claim.remote_key,
        body=claim.rendered.body,
        version=claim.version,
        idempotency_key=claim.idempotency_key,
        correlation_id=claim.correlation_id,
        again=claim.again,
    )
