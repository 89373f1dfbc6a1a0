"""What every connector promises, told against a running system. A test class of it per system, with its `peer`.

    class TestShop(ConnectorContract):
        connector_name = "shop"

        @pytest.fixture(scope="class")
        @classmethod
        def peer(cls) -> Iterator[Peer]: ...

A hub key is new in every test, so tests share one running system.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import Any, ClassVar

import pytest

from sync.connectors import Connector, DeliveryError, Held, Tier, connector_for, connectors
from sync.connectors.base import Record
from sync.outcomes import CONFIRMED, Outcome
from tests.contracts.connectors.faults import Call, FaultyProxy
from tests.contracts.connectors.peers import Peer, deliver, outgoing

_numbers = count(1)
UNREACHABLE = "http://127.0.0.1:9"  # the discard port, where nothing listens


def _anything(call: Call) -> bool:
    return True


class ConnectorContract:
    """One system's connector, through a proxy that can spoil any call."""

    connector_name: ClassVar[str]

    @pytest.fixture(scope="class")
    @classmethod
    def proxy(cls, peer: Peer) -> Iterator[FaultyProxy]:
        proxy = FaultyProxy(peer.url)
        yield proxy
        proxy.close()

    @pytest.fixture
    def connector(self, peer: Peer, proxy: FaultyProxy) -> Iterator[Connector]:
        connector = connector_for(peer.system(proxy.url))
        yield connector
        proxy.heal()
        connector.close()

    @pytest.fixture
    def number(self) -> int:
        return next(_numbers)

    @pytest.fixture
    def hub_key(self, number: int) -> str:
        return f"C-{number:06d}"

    def test_it_is_registered_and_says_what_it_is(self, peer: Peer, connector: Connector) -> None:
        assert peer.connector == self.connector_name
        assert peer.connector in connectors
        assert connector.tier in Tier
        assert peer.entity_type in connector.entity_types
        assert connector.limits.batch_size >= 1

    def test_it_describes_what_the_system_has(self, peer: Peer, connector: Connector) -> None:
        told = connector.describe(peer.entity_type)

        if not peer.describes:
            assert told is None, "it can tell: name the attributes in `describes`"
            return
        assert told is not None
        names = [attribute.name for attribute in told.attributes]
        assert told.entity_type == peer.entity_type
        assert set(peer.describes) <= set(names)
        assert len(names) == len(set(names))

    def test_a_record_is_created_under_our_key(
        self, peer: Peer, connector: Connector, hub_key: str, number: int
    ) -> None:
        before = peer.count()

        receipt = connector.push(outgoing(peer, hub_key, peer.body(number)))

        assert receipt.outcome is Outcome.CREATED
        assert peer.count() == before + 1
        held = self._held(peer, connector, receipt.remote_key)
        assert peer.shows(held.record, peer.body(number))
        assert connector.hub_key_of(held.record) == hub_key
        found = connector.find_by_hub_key(peer.entity_type, hub_key)
        assert found is not None
        assert found.key == held.key == receipt.remote_key

    def test_a_record_is_updated(self, peer: Peer, connector: Connector, hub_key: str, number: int) -> None:
        key = self._created(peer, connector, hub_key, number)

        receipt = connector.push(outgoing(peer, hub_key, peer.changed(number), version=2, key=key))

        assert receipt.outcome in CONFIRMED
        assert receipt.remote_key == key
        held = self._held(peer, connector, key)
        assert peer.shows(held.record, peer.changed(number))
        assert connector.hub_key_of(held.record) == hub_key

    def test_what_does_not_exist_is_not_found(self, peer: Peer, connector: Connector, hub_key: str) -> None:
        assert connector.find_by_hub_key(peer.entity_type, hub_key) is None

    def test_a_repeated_creation_leaves_one_record(
        self, peer: Peer, connector: Connector, hub_key: str, number: int
    ) -> None:
        before = peer.count()
        message = outgoing(peer, hub_key, peer.body(number))

        keys = {deliver(connector, message).remote_key for _ in range(3)}

        assert len(keys) == 1
        assert peer.count() == before + 1

    def test_a_repeated_update_changes_nothing(
        self, peer: Peer, connector: Connector, hub_key: str, number: int
    ) -> None:
        key = self._created(peer, connector, hub_key, number)
        message = outgoing(peer, hub_key, peer.changed(number), version=2, key=key)

        for _ in range(2):
            assert connector.push(message).outcome in CONFIRMED

        assert peer.shows(self._held(peer, connector, key).record, peer.changed(number))

    def test_an_older_version_that_comes_late_is_refused_or_replaced_again(
        self, peer: Peer, connector: Connector, hub_key: str, number: int
    ) -> None:
        key = self._created(peer, connector, hub_key, number)
        newest = outgoing(peer, hub_key, peer.changed(number), version=3, key=key)
        connector.push(newest)
        late = outgoing(peer, hub_key, peer.body(number), version=2, key=key)

        if peer.guards_versions:
            with pytest.raises(DeliveryError) as refusal:
                connector.push(late)
            assert refusal.value.outcome is Outcome.CONFLICT
        else:
            connector.push(late)
            connector.push(outgoing(peer, hub_key, peer.changed(number), version=4, key=key))

        assert peer.shows(self._held(peer, connector, key).record, peer.changed(number))

    def test_a_version_sent_again_replaces_what_came_between(
        self, peer: Peer, connector: Connector, hub_key: str, number: int
    ) -> None:
        key = self._created(peer, connector, hub_key, number)
        peer.edit(key)

        again = outgoing(peer, hub_key, peer.body(number), version=1, key=key, again=True)
        assert connector.push(again).outcome in CONFIRMED

        assert peer.shows(self._held(peer, connector, key).record, peer.body(number))

    def test_an_edit_that_was_quicker_is_a_conflict_where_the_system_guards_edits(
        self, peer: Peer, connector: Connector, proxy: FaultyProxy, hub_key: str, number: int
    ) -> None:
        key = self._created(peer, connector, hub_key, number)
        proxy.next(peer.is_write, meanwhile=lambda: peer.edit(key))
        message = outgoing(peer, hub_key, peer.changed(number), version=2, key=key)

        if not peer.guards_edits:
            assert connector.push(message).outcome in CONFIRMED
            return
        with pytest.raises(DeliveryError) as refusal:
            connector.push(message)

        assert refusal.value.outcome is Outcome.CONFLICT
        assert not peer.shows(self._held(peer, connector, key).record, peer.changed(number))

    def test_what_the_system_refuses_is_told_in_its_words(self, peer: Peer, connector: Connector, hub_key: str) -> None:
        before = peer.count()

        with pytest.raises(DeliveryError) as refusal:
            connector.push(outgoing(peer, hub_key, peer.refused()))

        assert refusal.value.outcome is Outcome.REJECTED
        assert len(refusal.value.message) > 10
        assert peer.secret not in refusal.value.message
        assert peer.count() == before

    def test_an_attribute_that_the_system_does_not_have_is_never_confirmed(
        self, peer: Peer, connector: Connector, hub_key: str
    ) -> None:
        with pytest.raises(DeliveryError) as refusal:
            connector.push(outgoing(peer, hub_key, peer.unknown()))

        assert refusal.value.outcome is Outcome.REJECTED

    @pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
    def test_throttling_is_told_with_the_time_to_wait(
        self, peer: Peer, connector: Connector, proxy: FaultyProxy, hub_key: str, number: int, *, as_date: bool
    ) -> None:
        # An hour slow on purpose: both dates are the remote's.
        now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        wait = format_datetime(now + timedelta(seconds=40), usegmt=True) if as_date else "40"
        headers = {"Retry-After": wait, "Date": format_datetime(now, usegmt=True)}
        proxy.next(peer.is_write, status=429, headers=headers)

        with pytest.raises(DeliveryError) as refusal:
            connector.push(outgoing(peer, hub_key, peer.body(number)))

        assert refusal.value.outcome is Outcome.THROTTLED
        assert refusal.value.retry_after == timedelta(seconds=40)
        assert connector.push(outgoing(peer, hub_key, peer.body(number))).outcome is Outcome.CREATED

    @pytest.mark.parametrize("fault", [{"cut": True}, {"cut_unheard": True}, {"delay_seconds": 3}], ids=str)
    def test_a_creation_without_an_answer_is_unclear_and_takes_effect_once(
        self, peer: Peer, proxy: FaultyProxy, hub_key: str, number: int, *, fault: dict[str, Any]
    ) -> None:
        connector = connector_for(peer.system(proxy.url, timeout_seconds=2))
        connector.find_by_hub_key(peer.entity_type, hub_key)  # sessions and caches are warm
        before = peer.count()
        message = outgoing(peer, hub_key, peer.body(number))
        proxy.next(peer.is_write, **fault)

        with pytest.raises(DeliveryError) as unclear:
            connector.push(message)
        receipt = deliver(connector, message)
        connector.close()

        assert unclear.value.outcome is Outcome.UNKNOWN
        assert peer.count() == before + 1
        found = held_under(peer, connector_for(peer.system(peer.url)), hub_key)
        assert found.key == receipt.remote_key

    def test_an_update_without_an_answer_is_unclear_and_takes_effect(
        self, peer: Peer, connector: Connector, proxy: FaultyProxy, hub_key: str, number: int
    ) -> None:
        key = self._created(peer, connector, hub_key, number)
        message = outgoing(peer, hub_key, peer.changed(number), version=2, key=key)
        proxy.next(peer.is_write, cut=True)

        with pytest.raises(DeliveryError) as unclear:
            connector.push(message)

        assert unclear.value.outcome is Outcome.UNKNOWN
        assert deliver(connector, message).outcome in CONFIRMED
        assert peer.shows(self._held(peer, connector, key).record, peer.changed(number))

    def test_a_system_that_cannot_be_reached_is_tried_again_later(self, peer: Peer, hub_key: str, number: int) -> None:
        connector = connector_for(peer.system(UNREACHABLE))

        with pytest.raises(DeliveryError) as failure:
            connector.push(outgoing(peer, hub_key, peer.body(number)))
        connector.close()

        assert failure.value.outcome is Outcome.TRANSIENT
        assert peer.secret not in failure.value.message

    def test_a_session_that_ran_out_is_renewed_once(
        self, peer: Peer, connector: Connector, hub_key: str, number: int
    ) -> None:
        key = self._created(peer, connector, hub_key, number)
        if not peer.end_sessions():
            pytest.skip(f"{peer.connector} knows no sessions")

        receipt = connector.push(outgoing(peer, hub_key, peer.changed(number), version=2, key=key))

        assert receipt.outcome in CONFIRMED

    def test_a_secret_that_is_refused_is_told_as_such(
        self, peer: Peer, connector: Connector, proxy: FaultyProxy, hub_key: str, number: int
    ) -> None:
        before = len(proxy.calls)
        proxy.always(_anything, status=401)

        with pytest.raises(DeliveryError) as refusal:
            connector.push(outgoing(peer, hub_key, peer.body(number)))

        assert refusal.value.outcome is Outcome.AUTH
        assert peer.secret not in refusal.value.message
        assert len(proxy.calls) - before <= 4, "it is asked again and again"

    def test_a_redirect_is_not_followed(
        self, peer: Peer, connector: Connector, proxy: FaultyProxy, hub_key: str, number: int
    ) -> None:
        elsewhere = FaultyProxy(peer.url)
        proxy.next(peer.is_write, status=307, headers={"Location": f"{elsewhere.url}/elsewhere"})

        with pytest.raises(DeliveryError) as refusal:
            connector.push(outgoing(peer, hub_key, peer.body(number)))
        elsewhere.close()

        assert refusal.value.outcome is Outcome.REJECTED
        assert elsewhere.calls == []

    def test_a_record_deleted_over_there_is_gone_and_not_made_again(
        self, peer: Peer, connector: Connector, hub_key: str, number: int
    ) -> None:
        key = self._created(peer, connector, hub_key, number)
        peer.delete(key)
        before = peer.count()

        with pytest.raises(DeliveryError) as refusal:
            connector.push(outgoing(peer, hub_key, peer.changed(number), version=2, key=key))

        assert refusal.value.outcome is Outcome.GONE
        assert peer.count() == before
        assert peer.keeps_deleted or connector.read_back(peer.entity_type, key) is None

    def test_a_record_is_erased_and_erasing_again_does_no_harm(
        self, peer: Peer, connector: Connector, hub_key: str, number: int
    ) -> None:
        key = self._created(peer, connector, hub_key, number)
        message = outgoing(peer, hub_key, {}, version=2, key=key)

        outcomes = [connector.erase(message).outcome for _ in range(2)]

        assert outcomes == [Outcome.UPDATED, Outcome.UNCHANGED]
        assert connector.read_back(peer.entity_type, key) is None

    def test_what_changed_since_a_token_is_read_and_a_rewound_token_reads_it_again(
        self, peer: Peer, connector: Connector, hub_key: str, number: int
    ) -> None:
        first = self._created(peer, connector, hub_key, number)
        _, token = self._pulled(peer, connector, None)
        peer.edit(first)

        again, later = self._pulled(peer, connector, connector.rewind(token, timedelta()))
        overlapped, _ = self._pulled(peer, connector, connector.rewind(later, timedelta(hours=1)))

        assert hub_key in again
        assert hub_key in overlapped

    def test_one_bad_record_of_a_batch_fails_alone_and_pages_skip_none(
        self, peer: Peer, connector: Connector, hub_key: str, number: int
    ) -> None:
        self._created(peer, connector, hub_key, number)  # so that there is a time to start from
        before = peer.count()
        numbers = [next(_numbers) for _ in range(peer.batch)]
        keys = {f"C-{each:06d}" for each in numbers}
        _, start = self._pulled(peer, connector, None)

        for place, each in enumerate(numbers):
            if place == peer.batch // 2:
                with pytest.raises(DeliveryError):
                    connector.push(outgoing(peer, "C-BAD", peer.refused()))
            connector.push(outgoing(peer, f"C-{each:06d}", peer.body(each)))

        assert peer.count() == before + peer.batch
        seen, _ = self._pulled(peer, connector, connector.rewind(start, timedelta()), limit=max(peer.batch // 7, 2))
        assert keys - seen == set()

    def _created(self, peer: Peer, connector: Connector, hub_key: str, number: int) -> str:
        return connector.push(outgoing(peer, hub_key, peer.body(number))).remote_key

    def _held(self, peer: Peer, connector: Connector, key: str) -> Held:
        held = connector.read_back(peer.entity_type, key)
        assert held is not None
        return held

    def _pulled(self, peer: Peer, connector: Connector, token: Any, *, limit: int = 500) -> tuple[set[str], Any]:
        """Our keys of everything read since the token, and the last token. Any: tokens are the connector's own."""
        records: list[Record] = []
        while True:
            page = connector.pull(peer.entity_type, token, limit)
            assert len(page.records) <= limit
            records += page.records
            token = page.next_token or token
            if page.next_token is None or not page.more:
                return {key for record in records if (key := connector.hub_key_of(record))}, token


def held_under(peer: Peer, connector: Connector, hub_key: str) -> Held:
    """The record under our key. The connector is closed."""
    found = connector.find_by_hub_key(peer.entity_type, hub_key)
    connector.close()
    assert found is not None
    return found
