"""What a rehearsal foretells and what then happens, in one form."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from matching.model import MatchModel
from mdm.actors import SYSTEM
from mdm.models import CandidatePair, GoldenRecord, RuleSet, SourceRecord
from mdm.services.rehearsal import rehearse
from mdm.services.rehearsal.differences import Difference, Kind
from mdm.services.rule_set_versions import draft_rule_set, publish_draft
from mdm.services.rule_sets import published_rules, rules_of
from mdm.services.settlement import settle_pending
from stewardship.models import Task, TaskKind, TaskState
from tests.builders import Clock, Group, crosswalk, groups, roll_out


@dataclass(frozen=True, slots=True)
class Change:
    """What a draft changes: thresholds in bits (None as they are), vetoes or not, and whom names are taken from."""

    link_bits: float | None
    review_bits: float | None
    vetoes: bool
    trust: Mapping[str, int] | None
    strategy: str


CHANGES = st.builds(
    Change,
    link_bits=st.sampled_from([None, None, 2.0, 10.0, 60.0]),
    review_bits=st.sampled_from([None, -5.0, 8.0]),
    vetoes=st.booleans(),
    trust=st.sampled_from([None, {"crm": 90, "erp": 10}, {"crm": 10, "erp": 90}]),
    strategy=st.sampled_from(["most_trusted", "most_complete", "most_recent"]),
)
LOOSER = Change(2.0, None, vetoes=False, trust=None, strategy="most_trusted")


@dataclass(frozen=True, slots=True)
class Came:
    """What a hub says before and after, or was said to."""

    joined: frozenset[tuple[frozenset[str], Group]]
    split: frozenset[tuple[str, frozenset[Group]]]
    values: Mapping[tuple[str, str], tuple[Any, Any]]
    reviews: frozenset[Group]
    repartitions: frozenset[Group]


def drafted(change: Change, clock: Clock) -> RuleSet:
    rules = published_rules("customer")
    document = rules.document.to_document()
    if not change.vetoes:
        document["match"] = {**document["match"], "vetoes": []}
    survivorship = document["survivorship"]
    attributes = survivorship["attributes"]
    document["survivorship"] = {
        **survivorship,
        "trust": change.trust or survivorship["trust"],
        "attributes": {**attributes, "name": {**attributes["name"], "strategy": change.strategy}},
    }
    first = draft_rule_set("customer", document, model=None, actor=SYSTEM, at=clock())
    if change.link_bits is None and change.review_bits is None:
        return first
    model: MatchModel = rules_of(first).model
    bits = model.link_bits if change.link_bits is None else dict.fromkeys(model.link_bits, change.link_bits)
    review = model.review_bits if change.review_bits is None else change.review_bits
    model = replace(model, link_bits=bits, review_bits=review)
    return draft_rule_set("customer", document, model=model, actor=SYSTEM, at=clock())


def foretold(draft: RuleSet, clock: Clock) -> Came:
    found: dict[Kind, list[Difference]] = defaultdict(list)
    rehearse("customer", draft.number, actor=SYSTEM, clock=clock, sink=lambda each: found[each.kind].append(each))
    known = set(crosswalk().values())
    tasks = {
        name: [each for each in found[Kind.TASK] if each.about == name] for name in ("match_review", "repartition")
    }
    return Came(
        joined=frozenset((frozenset(each.golden_ids), frozenset(each.source_records)) for each in found[Kind.JOINED]),
        split=frozenset(
            (each.golden_ids[0], frozenset(map(frozenset, each.new.values()))) for each in found[Kind.SPLIT]
        ),
        values={
            (each.golden_ids[0], each.about): (_named(each.old, known), _named(each.new, known))
            for each in found[Kind.VALUE]
        },
        reviews=frozenset(frozenset(each.source_records) for each in tasks["match_review"]),
        repartitions=frozenset(frozenset(each.source_records) for each in tasks["repartition"]),
    )


def happened(draft: RuleSet, clock: Clock) -> Came:
    before, said, asked = crosswalk(), documents(), open_tasks()
    publish_draft("customer", draft.number, actor=SYSTEM, at=clock())
    roll_out(clock)
    settle_pending("customer", actor=SYSTEM, at=clock())
    after, says = crosswalk(), documents()
    now = open_tasks()
    known = set(before.values())
    parts: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, golden in before.items():
        parts[golden][after[name]].add(name)
    return Came(
        joined=frozenset(
            (old, members)
            for members in groups().values()
            if len(old := frozenset(before[name] for name in members if name in before)) > 1
        ),
        split=frozenset(
            (golden, frozenset(map(frozenset, homes.values()))) for golden, homes in parts.items() if len(homes) > 1
        ),
        values={
            (golden, name): change
            for golden in known & set(after.values())
            for name in said[golden].keys() | says[golden].keys()
            if (change := (_named(said[golden].get(name), known), _named(says[golden].get(name), known)))[0]
            != change[1]
        },
        reviews=now[TaskKind.MATCH_REVIEW] - asked[TaskKind.MATCH_REVIEW],
        repartitions=now[TaskKind.REPARTITION] - asked[TaskKind.REPARTITION],
    )


def documents() -> dict[str, dict[str, Any]]:
    return {record.public_id: record.document["attributes"] for record in GoldenRecord.objects.all()}


def open_tasks() -> dict[str, frozenset[Group]]:
    names = {r.pk: f"{r.source_system.name}:{r.key}" for r in SourceRecord.objects.select_related("source_system")}
    pairs = {pair.pk: frozenset((names[pair.left_id], names[pair.right_id])) for pair in CandidatePair.objects.all()}
    tasks = Task.objects.filter(state=TaskState.OPEN)
    return {
        TaskKind.MATCH_REVIEW: frozenset(pairs[task.subject_id] for task in tasks.filter(kind=TaskKind.MATCH_REVIEW)),
        TaskKind.REPARTITION: frozenset(
            frozenset(names[pk] for pk in task.details["source_record_ids"])
            for task in tasks.filter(kind=TaskKind.REPARTITION)
        ),
    }


def _named(value: Any, known: set[str]) -> Any:  # any part of a JSON document
    match value:
        case {"id": str(public_id), **rest} if public_id not in known:
            return {**rest, "id": "new"}
        case dict():
            return {name: _named(part, known) for name, part in value.items()}
        case list():
            return [_named(item, known) for item in value]
    return value
