"""Certificates that lapse, as tasks: one a certificate and band, closed by a renewal, never doubled."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from mdm.actors import SYSTEM
from mdm.models import CertificateNotice, SourceSystem
from mdm.services.certificates import note_expiring_certificates
from mdm.services.decisions import merge_pair
from mdm.services.erasure import erase_golden_record
from mdm.services.systems import put_mapping
from stewardship.models import Task, TaskKind, TaskState
from stewardship.services.roles import Role, ensure_roles
from tests.builders import STEWARD, Clock, a_customer, a_hub, customer_mapping, golden_of, load, source_record
from tests.stewardship.builders import signed_in

pytestmark = pytest.mark.django_db

CERTIFICATES = {
    "items": "certificates",
    "components": {"number": "number", "jurisdiction": "state", "valid_from": "from", "valid_to": "to"},
}
END = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    a_hub()
    ensure_roles()
    mapping = customer_mapping("crm", exemption_certificates=CERTIFICATES)
    put_mapping(SourceSystem.objects.get(name="crm"), mapping, actor=SYSTEM, at=clock())
    _tell(clock, {"number": "K-1", "state": "US-TX", "to": "2026-09-01"})
    return clock


def _tell(clock: Clock, *certificates: dict[str, Any], key: str = "1") -> None:
    """The CRM's whole list; none at all is an empty one."""
    load("crm", a_customer(key, name=f"Sandhof {key}", certificates=list(certificates)), at=clock())


def _look(days_before: int) -> int:
    return note_expiring_certificates(at=datetime.combine(END - timedelta(days=days_before), time(1), UTC))


def _open() -> list[int]:
    """The bands of the open tasks."""
    tasks = Task.objects.filter(kind=TaskKind.CERTIFICATE, state=TaskState.OPEN).order_by("pk")
    bands = CertificateNotice.objects.in_bulk([task.subject_id for task in tasks])
    return [bands[task.subject_id].band_days for task in tasks]


def test_each_band_is_told_once_and_takes_the_place_of_the_wider_one(clock: Clock) -> None:
    told = {}
    for days in range(70, -3, -1):
        _look(days)
        _look(days)  # a second run on the same day
        told[days] = _open()

    assert [days for days in told if told[days] == [60]] == list(range(60, 30, -1))
    assert [days for days in told if told[days] == [30]] == list(range(30, 7, -1))
    assert [days for days in told if told[days] == [7]] == list(range(7, -3, -1))
    assert Task.objects.filter(kind=TaskKind.CERTIFICATE).count() == CertificateNotice.objects.count() == 3


@pytest.mark.parametrize(
    "renewed",
    [
        [{"number": "K-1", "state": "US-TX", "to": "2027-09-01"}],
        [
            {"number": "K-1", "state": "US-TX", "to": "2026-09-01"},
            {"number": "K-2", "state": "US", "from": "2026-09-01"},
        ],
    ],
)
def test_a_renewal_closes_the_task_by_itself(clock: Clock, renewed: list[dict[str, Any]]) -> None:
    _look(10)
    assert _open() == [30]

    _tell(clock, *renewed)
    _look(10)

    assert _open() == []
    assert Task.objects.get(kind=TaskKind.CERTIFICATE).state == TaskState.WITHDRAWN


def test_a_steward_sees_to_it_and_is_asked_again_only_by_the_next_band(clock: Clock) -> None:
    _look(10)
    notice = CertificateNotice.objects.get()
    client = signed_in(Role.STEWARD)
    assert f"/certificates/{notice.pk}/" in client.get("/queue/?kind=certificate").content.decode()
    page = client.get(f"/certificates/{notice.pk}/").content.decode()
    assert "K-1" in page
    assert "2026-09-01" in page

    client.post(f"/certificates/{notice.pk}/close/")
    _look(10)
    assert _open() == []
    assert Task.objects.get(kind=TaskKind.CERTIFICATE).closed_by == "steward"
    assert "was settled meanwhile" in client.post(f"/certificates/{notice.pk}/close/", follow=True).content.decode()

    _look(7)
    assert _open() == [7]


def test_an_approver_reads_the_page_and_closes_nothing(clock: Clock) -> None:
    _look(10)
    notice = CertificateNotice.objects.get()
    client = signed_in(Role.APPROVER)

    assert client.get(f"/certificates/{notice.pk}/").status_code == 200
    assert client.post(f"/certificates/{notice.pk}/close/").status_code == 403


def test_a_merge_takes_the_notice_along(clock: Clock) -> None:
    _tell(clock, {"number": "K-9", "state": "US-OK", "to": "2030-01-01"}, key="2")
    _look(10)

    merge_pair(source_record("crm:1").pk, source_record("crm:2").pk, actor=STEWARD, at=clock())
    _look(10)

    assert _open() == [30]
    open_notice = CertificateNotice.objects.get(closed_at=None)
    assert open_notice.golden_record == golden_of("crm:1")


def test_an_erased_customer_is_asked_about_no_more(clock: Clock) -> None:
    _look(10)

    erase_golden_record(golden_of("crm:1").public_id, reason="Case 4", actor=STEWARD, at=clock(), force=True)

    assert _open() == []
    assert not CertificateNotice.objects.exists()
    assert Task.objects.get(kind=TaskKind.CERTIFICATE).title == "Erased"
    assert _look(10) == 0
