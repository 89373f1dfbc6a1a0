"""Mass changes on the stewards' pages: rehearsed in a form, submitted, approved by somebody else, undone."""

import re

import pytest

from mdm.models import MassChange
from stewardship.models import Task, TaskKind, TaskState
from stewardship.services.roles import Role, ensure_roles
from tests.price_world import PriceWorld, a_line
from tests.stewardship.builders import signed_in

pytestmark = pytest.mark.django_db
FORM = {"begins": "2027-01-01", "ends": "2028-01-01", "percent": "3", "reason": "Renewal 2027"}


@pytest.fixture
def world(db: None) -> PriceWorld:
    world = PriceWorld()
    ensure_roles()
    world.product("P1", cost="9.5")
    world.customer("A1")
    world.agreement("ONE", a_line("10", product="P1"), customer="A1", floor="20")
    return world


def test_a_change_is_rehearsed_submitted_approved_by_another_and_undone(world: PriceWorld) -> None:
    steward, approver = signed_in(Role.STEWARD), signed_in(Role.APPROVER)
    page = steward.post("/mass-changes/rehearse/", FORM, follow=True).content.decode()
    change = MassChange.objects.get()
    assert "under the floor margin" in page
    assert re.search(r"10\.3\b", page)
    assert not Task.objects.filter(kind=TaskKind.MASS_CHANGE).exists()

    address = f"/mass-changes/{change.public_id}/"
    steward.post(f"{address}answer/", {"answer": "submit"})
    task = Task.objects.get(kind=TaskKind.MASS_CHANGE, state=TaskState.OPEN)
    assert address in approver.get("/queue/?kind=mass_change").content.decode()
    assert "somebody else must decide" in steward.get(address).content.decode()
    table = approver.get(f"{address}lines/")
    assert (table["Content-Type"], table.content.decode().count("\r\n")) == ("text/csv; charset=utf-8", 2)

    seen = re.search(r'name="payload_hash" value="([0-9a-f]{64})"', approver.get(address).content.decode())
    assert seen is not None
    approver.post(f"{address}answer/", {"answer": "approve", "payload_hash": "0" * 64})
    assert MassChange.objects.get().state == "open"
    approver.post(f"{address}answer/", {"answer": "approve", "payload_hash": seen.group(1)})
    assert MassChange.objects.get().state == "applied"
    task.refresh_from_db()
    assert task.state == TaskState.DONE

    steward.post(f"{address}answer/", {"answer": "undo", "reason": "No"})
    assert MassChange.objects.get().state == "applied"
    approver.post(f"{address}answer/", {"answer": "undo"})
    assert MassChange.objects.get().state == "applied"
    approver.post(f"{address}answer/", {"answer": "undo", "reason": "Wrong year"})
    assert MassChange.objects.get().state == "undone"


def test_a_form_that_cannot_be_read_says_why_and_keeps_what_was_typed(world: PriceWorld) -> None:
    page = signed_in(Role.STEWARD).post("/mass-changes/rehearse/", {**FORM, "percent": "three"}).content.decode()

    assert "percent is a number" in page
    assert 'value="three"' in page
    assert not MassChange.objects.exists()


def test_who_may_not_propose_sees_no_form_and_cannot_rehearse(world: PriceWorld) -> None:
    nobody = signed_in(None, "nobody")
    assert nobody.get("/mass-changes/").status_code in {302, 403}
    assert nobody.post("/mass-changes/rehearse/", FORM).status_code in {302, 403}
    assert not MassChange.objects.exists()
