"""Events open and withdraw tasks, set-wise."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from mdm.actors import person
from mdm.events import (
    DeliveriesParked,
    DeliveriesResumed,
    QuarantineClosed,
    RepartitionHeld,
    ReviewRequested,
    ReviewSettled,
    emit,
)
from mdm.models import CandidatePair, SourceRecord
from mdm.services.change_requests import propose_change, withdraw_change
from stewardship.models import Task, TaskKind, TaskState
from tests.stewardship.builders import NOON, a_person, father_and_son, golden, names_need_approval, receive

pytestmark = pytest.mark.django_db


def _open(kind: TaskKind) -> list[Task]:
    return list(Task.objects.filter(kind=kind, state=TaskState.OPEN))


def test_a_pair_across_two_golden_records_asks_a_steward(hub: None) -> None:
    task = father_and_son()

    pair = CandidatePair.objects.get(pk=task.subject_id)
    assert task.title == "Heinz Lachmann ⇄ Heinz Lachmann"
    assert task.weight_bits == pair.weight_bits
    assert pair.vetoed


def test_asking_again_keeps_the_one_open_task_and_takes_the_new_weight(hub: None) -> None:
    task = father_and_son()
    CandidatePair.objects.filter(pk=task.subject_id).update(weight_bits=99.5)

    emit(ReviewRequested((task.subject_id,)))

    (kept,) = _open(TaskKind.MATCH_REVIEW)
    assert (kept.pk, kept.weight_bits, kept.order_bits) == (task.pk, 99.5, 99.5)


def test_a_settled_pair_withdraws_its_task(hub: None) -> None:
    task = father_and_son()

    emit(ReviewSettled((task.subject_id,)))

    task.refresh_from_db()
    assert task.state == TaskState.WITHDRAWN


def test_many_reviews_open_with_as_many_queries_as_one(hub: None) -> None:
    tasks = [father_and_son(number) for number in range(3)]
    ids = [task.subject_id for task in tasks]
    counts = []
    for asked in (ids[:1], ids):
        Task.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            emit(ReviewRequested(tuple(asked)))
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert len(_open(TaskKind.MATCH_REVIEW)) == 3


def test_a_subject_has_one_open_task_by_constraint(hub: None) -> None:
    task = father_and_son()
    task.pk = None

    with pytest.raises(IntegrityError, match="subject_has_one_open_task"), transaction.atomic():
        task.save(force_insert=True)


def test_a_quarantined_payload_asks_until_it_is_closed(hub: None) -> None:
    receive("crm", a_person("C1", "Heinz Lachmann", "1.4.50"))

    (task,) = _open(TaskKind.QUARANTINE)
    assert task.title == "CRM C1"
    assert task.reason
    emit(QuarantineClosed((task.subject_id,)))
    assert _open(TaskKind.QUARANTINE) == []


def test_a_held_regrouping_told_twice_is_one_task_with_the_newest_grouping(hub: None) -> None:
    father_and_son()
    first, second = SourceRecord.objects.order_by("pk").values_list("pk", flat=True)
    told: dict[str, Any] = {"entity_type": "customer", "source_record_ids": (first, second)}

    emit(RepartitionHeld(**told, computed=((first, second),), current=((first,), (second,))))
    emit(RepartitionHeld(**told, computed=((first,), (second,)), current=((first, second),)))

    (task,) = _open(TaskKind.REPARTITION)
    assert task.details["current"] == [[first, second]]


def test_parked_deliveries_ask_until_they_go_on(db: None) -> None:
    emit(DeliveriesParked((7, 8), ("CRM refused the name.", "ERP is read-only.")))

    assert {task.reason for task in _open(TaskKind.DELIVERY)} == {"CRM refused the name.", "ERP is read-only."}
    emit(DeliveriesResumed((7,)))
    assert [task.subject_id for task in _open(TaskKind.DELIVERY)] == [8]


def test_an_approval_asks_until_the_change_request_is_settled(hub: None) -> None:
    father_and_son()
    names_need_approval()

    request = propose_change(
        golden("crm", "C0"), {"name": "Heinz Lachmann sen."}, reason="He asked", actor=person("sam"), at=NOON
    )

    (task,) = _open(TaskKind.APPROVAL)
    assert (task.subject_id, task.reason) == (request.pk, "sam proposes to change Name.")
    withdraw_change(request.pk, actor=person("sam"), at=NOON)
    assert _open(TaskKind.APPROVAL) == []
