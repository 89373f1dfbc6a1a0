"""A rollout, however it is interrupted and whatever arrives meanwhile, ends where a fresh hub under its rules would."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import combinations, pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.actors import SYSTEM
from mdm.models import (
    BlockingKey,
    CandidatePair,
    CrosswalkEntry,
    Rollout,
    RolloutPair,
    RolloutRecord,
    RolloutState,
    SourceRecord,
)
from mdm.selectors.rollouts import changed_since, not_as_before, open_rollouts
from mdm.services.rollouts.steering import roll_back
from mdm.services.rule_set_versions import publish_draft, publish_rule_set, put_in_force, version_of
from mdm.services.rule_sets import PublishedRules, published_rules, rules_of
from mdm.services.settlement import settle_pending, settle_source_records
from tests.builders import Clock, Payload, crosswalk, golden_values, groups, load, passing, roll_out, the_same_customer
from tests.laws.foretelling import CHANGES, LOOSER, Change, drafted
from tests.laws.observed import dangling, homeless_or_doubled, load_all, load_batch
from tests.laws.test_workers import crowd
from tests.laws.threads import all_at_once
from tests.laws.universe import LAWS, Told, tellings, universes

# Other vetoes make another match section: every blocking key and every pair is made anew.
OTHER_KEYS = Change(None, None, vetoes=False, trust=None, strategy="most_trusted")
STRICTER = Change(60.0, None, vetoes=False, trust=None, strategy="most_trusted")


def publish(change: Change, clock: Clock) -> PublishedRules:
    draft = drafted(change, clock)
    publish_draft("customer", draft.number, actor=SYSTEM, at=clock(), without_rehearsal="A test")
    return rules_of(draft)


def fresh(rules: PublishedRules, told: Mapping[str, Told]) -> Any:
    """What a hub says that never knew other rules; compared by names of source records."""
    with passing() as clock:
        document = rules.document.to_document()
        publish_rule_set("customer", document, model=rules.model, actor=SYSTEM, at=clock())
        load_batch([told[name] for name in sorted(told)], clock)
        return golden_values()


def left_of_other_rules() -> list[Any]:
    """Work, staged pairs, and what matching made under rules that are not in force any more."""
    rules = published_rules("customer")
    left = (
        RolloutRecord.objects.all(),
        RolloutPair.objects.all(),
        BlockingKey.objects.exclude(section=rules.key_section),
        CandidatePair.objects.exclude(rule_set=rules.rule_set_id),
    )
    return [each for rows in left for each in rows]


@pytest.mark.django_db
@LAWS
@given(data=st.data())
def test_however_interrupted_it_ends_where_a_fresh_hub_would(hub: None, data: st.DataObject) -> None:
    with passing() as clock:
        universe = data.draw(universes())
        load_all([universe], clock)
        told = {each.name: each for each in universe}
        rules = publish(data.draw(CHANGES), clock)
        for _ in range(data.draw(st.integers(0, 3))):
            roll_out(clock, at_once=data.draw(st.integers(1, 3)), batches=data.draw(st.integers(0, 4)))
            arrived = data.draw(tellings())
            load_batch([arrived], clock)
            told[arrived.name] = arrived
        roll_out(clock, at_once=data.draw(st.integers(1, 3)))

        assert not open_rollouts().exists()
        assert homeless_or_doubled() == []
        assert dangling() == []
        assert not RolloutRecord.objects.exists()
        assert not RolloutPair.objects.exists()
        came = golden_values()
    assert came == fresh(rules, told)


def retold_while_matching() -> tuple[Any, Any]:
    """A record says other things when its pairs under the next rules are made already."""
    now = Told("crm", the_same_customer("2"))
    told = {"crm:1": Told("crm", the_same_customer("1")), "crm:2": now}
    with passing() as clock:
        load("crm", told["crm:1"].payload, the_same_customer("2", **ELSEWHERE), at=clock())
        rules = publish(LOOSER, clock)
        roll_out(clock, at_once=1, batches=2)
        load_batch([now], clock)
        roll_out(clock)
        came = golden_values()
    return came, fresh(rules, told)


ELSEWHERE: Payload = {
    "name": "Zementwerk Ost",
    "phone": "+49731555666",
    "email": None,
    "street": "Am Kai",
    "city": "Ulm",
    "postcode": "89073",
    "vat": "DE811569869",
}


@pytest.mark.django_db
def test_what_is_told_while_pairs_are_made_counts(hub: None) -> None:
    came, wanted = retold_while_matching()
    assert came == wanted


@pytest.mark.django_db
def test_what_is_told_while_pairs_are_made_would_be_lost_unmarked(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a record told anew that is not matched again keeps the pairs of what it said before."""
    monkeypatch.setattr("mdm.services.settlement.match_anew", lambda *_: None)
    came, wanted = retold_while_matching()
    assert came != wanted


def moves(since: Any) -> Counter[str]:
    """How often each source record came under a golden record."""
    entries = CrosswalkEntry.objects.filter(linked_at__gte=since).select_related("source_record__source_system")
    return Counter(f"{e.source_record.source_system.name}:{e.source_record.key}" for e in entries)


def a_crowd(clock: Clock) -> None:
    load("crm", *(the_same_customer(key) for key in "123"), at=clock())
    load("erp", *(the_same_customer(key) for key in "123"), the_same_customer("4", **ELSEWHERE), at=clock())


def together() -> frozenset[frozenset[str]]:
    """Every two source records that one golden record holds."""
    return frozenset(frozenset(two) for members in groups().values() for two in combinations(members, 2))


def most_turns(seen: Sequence[frozenset[frozenset[str]]]) -> int:
    """How often any two records were joined or parted, whichever two it happened to most."""
    turns = Counter(two for before, after in pairwise(seen) for two in before ^ after)
    return max(turns.values(), default=0)


@pytest.mark.django_db
@LAWS
@given(data=st.data())
def test_nothing_is_parted_and_joined_again_on_the_way(hub: None, data: st.DataObject) -> None:
    with passing() as clock:
        load_all([data.draw(universes())], clock)
        began, seen = clock(), [together()]
        publish(data.draw(CHANGES), clock)
        while open_rollouts().exists():
            roll_out(clock, at_once=1, batches=1)
            seen.append(together())

        assert most_turns(seen) <= 1
        assert max(moves(began).values(), default=0) <= 1
        assert dangling() == []


@pytest.mark.django_db
def test_what_belongs_together_before_and_after_keeps_its_id(hub: None) -> None:
    with passing() as clock:
        a_crowd(clock)
        before, began = crosswalk(), clock()
        publish(OTHER_KEYS, clock)
        roll_out(clock, at_once=1)

        assert crosswalk() == before
        assert not moves(began)
        assert left_of_other_rules() == []


@pytest.mark.django_db
def test_settled_in_portions_it_would_be_parted(hub: None) -> None:
    """Negative control: matched again one by one, records leave neighbors that are not matched again yet."""
    with passing() as clock:
        a_crowd(clock)
        before, seen = crosswalk(), [together()]
        put_in_force(drafted(OTHER_KEYS, clock), version_of("customer"), actor=SYSTEM, at=clock())
        SourceRecord.objects.update(pending_since=clock())
        for pk in list(SourceRecord.objects.order_by("pk").values_list("pk", flat=True)):
            settle_source_records("customer", [pk], actor=SYSTEM, at=clock())
            seen.append(together())

        assert together() == seen[0]
        assert most_turns(seen) > 1
        assert crosswalk() != before


@pytest.mark.django_db
def test_all_that_wait_are_matched_before_any_is_placed(hub: None) -> None:
    with passing() as clock:
        a_crowd(clock)
        before, seen = crosswalk(), [together()]
        put_in_force(drafted(OTHER_KEYS, clock), version_of("customer"), actor=SYSTEM, at=clock())
        SourceRecord.objects.update(pending_since=clock())
        settle_pending("customer", actor=SYSTEM, at=clock(), batch=1, progress=lambda _: seen.append(together()))

        assert most_turns(seen) == 0
        assert crosswalk() == before


@pytest.mark.django_db
@LAWS
@given(data=st.data())
def test_rolled_back_all_is_as_it_was(hub: None, data: st.DataObject) -> None:
    with passing() as clock:
        load_all([data.draw(universes())], clock)
        before = crosswalk(), golden_values()
        publish(data.draw(CHANGES), clock)
        batches = data.draw(st.none() | st.integers(0, 6))
        (rollout,) = roll_out(clock, at_once=1, batches=batches) or [Rollout.objects.latest("pk")]

        back = roll_back(rollout.pk, reason="Wrong", actor=SYSTEM, at=clock())
        roll_out(clock, at_once=data.draw(st.integers(1, 3)))

        assert (crosswalk(), golden_values()) == before
        assert not_as_before(rollout) == changed_since(rollout) == []
        assert not open_rollouts().exists()
        back.refresh_from_db()
        assert back.state == (RolloutState.WITHDRAWN if back.pk == rollout.pk else RolloutState.FINISHED)
        assert not RolloutRecord.objects.exists()
        assert not RolloutPair.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [LOOSER, STRICTER], ids=["looser", "stricter"])
def test_arrivals_at_the_same_moment_end_the_same(committed_hub: None, change: Change) -> None:
    universe = crowd(Random(3))
    clock = Clock()
    load_batch(universe[:16], clock)
    rules = publish(change, clock)

    def arrive(share: list[Told]) -> None:
        own = Clock()
        for told in share:
            load(told.system, told.payload, at=own())

    all_at_once(
        [
            partial(roll_out, Clock(), at_once=2),
            partial(roll_out, Clock(), at_once=1),
            partial(arrive, universe[8:]),
            partial(arrive, universe[12:]),
        ]
    )
    roll_out(clock)

    assert not open_rollouts().exists()
    assert homeless_or_doubled() == []
    assert dangling() == []
    assert golden_values() == fresh(rules, {told.name: told for told in universe})
