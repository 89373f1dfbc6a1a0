"""Price conflicts on the stewards' pages: shown, and in the way of a merge until somebody says why not."""

import re

import pytest

from mdm.actors import SYSTEM
from mdm.models import ChangeRequest, PriceConflict, SourceSystem
from mdm.services.systems import put_mapping
from stewardship.models import Task, TaskKind, TaskState
from stewardship.selectors.price_lines import told_conflicts
from stewardship.services.roles import Role, ensure_roles
from tests.price_world import PriceWorld, a_line
from tests.stewardship.builders import NOON, a_person, golden, mapping, open_reviews, receive, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> PriceWorld:
    """A father and a son, each with a price of his own for one product, and a review about whether they are one."""
    world = PriceWorld()
    ensure_roles()
    put_mapping(SourceSystem.objects.get(name="crm"), mapping("crm"), actor=SYSTEM, at=NOON)
    world.product("P1")
    receive("crm", a_person("C0", "Heinz Lachmann", "1950-04-01"), a_person("C1", "Heinz Lachmann", "1982-11-23"))
    world.agreement("ONE", a_line("10", product="P1"), customer="C0")
    world.agreement("TWO", a_line("11", product="P1"), customer="C1")
    return world


def test_a_merge_that_collides_is_refused_on_the_page_until_it_is_accepted_with_a_reason(world: PriceWorld) -> None:
    (review,) = open_reviews()
    client = signed_in(Role.STEWARD)
    address = f"/reviews/{review.pk}/decide/"
    assert "accept_price_conflicts" in client.get(f"/reviews/{review.pk}/").content.decode()

    refused = client.post(address, {"verdict": "merge"}, follow=True)
    assert "prices of equal rank that differ" in refused.content.decode()
    assert golden("crm", "C0") != golden("crm", "C1")
    unsaid = client.post(address, {"verdict": "merge", "accept_price_conflicts": "on"}, follow=True)
    assert "say why" in unsaid.content.decode()
    assert open_reviews() == [review]

    client.post(address, {"verdict": "merge", "accept_price_conflicts": "on", "reason": "Renegotiated tomorrow"})
    assert golden("crm", "C0") == golden("crm", "C1")
    task = Task.objects.get(kind=TaskKind.PRICE_CONFLICT, state=TaskState.OPEN)
    conflict = PriceConflict.objects.get(pk=task.subject_id)
    assert f"/price-conflicts/{conflict.pk}/" in client.get("/queue/?kind=price_conflict").content.decode()
    page = client.get(f"/price-conflicts/{conflict.pk}/").content.decode()
    assert conflict.left.public_id in page
    assert conflict.right.public_id in page
    assert "Product P1" in page
    assert "per piece" in page
    assert "Product P1" in task.reason
    assert "|" not in task.reason + re.sub("<[^>]*>", "", page.split("<tbody>")[1])
    assert "<strong>net 10</strong>" in page
    assert "<strong>net 11</strong>" in page


def test_it_is_asked_only_where_prices_collide(world: PriceWorld) -> None:
    world.agreement("TWO", a_line("10", product="P1"), customer="C1")
    (review,) = open_reviews()
    assert "accept_price_conflicts" not in signed_in(Role.STEWARD).get(f"/reviews/{review.pk}/").content.decode()


def test_lines_are_told_in_words() -> None:
    sides = {"left_line": "brand:A|B||piece|2026-01-01", "right_line": "brand:A|B|LOC-0000009-9|pack|"}
    (told,) = told_conflicts([{**sides, "product_scope": "brand:A|B", "valid_from": "2026-01-01", "valid_to": ""}])
    assert told.thing == "Brand A|B"
    assert told.left.terms == "per piece, from 2026-01-01"
    assert told.right.terms == "per pack, shipped from LOC-0000009-9"


def test_a_settled_conflict_says_so(world: PriceWorld) -> None:
    world.agreement("TWO", a_line("11", product="P1"), customer="C0")
    conflict = PriceConflict.objects.get()
    world.agreement("TWO", a_line("11", product="P1"), customer="C0", precedence=5)

    page = signed_in(Role.STEWARD).get(f"/price-conflicts/{conflict.pk}/").content.decode()
    assert "Settled" in page
    assert signed_in(None, "nobody").get(f"/price-conflicts/{conflict.pk}/").status_code in {302, 403}


def test_a_way_out_is_chosen_on_the_page_and_asked_of_the_owner(world: PriceWorld) -> None:
    world.agreement("TWO", a_line("11", product="P1", **{"from": "2026-06-01"}), customer="C0")
    conflict = PriceConflict.objects.get()
    client = signed_in(Role.STEWARD)
    page = client.get(f"/price-conflicts/{conflict.pk}/").content.decode()
    assert "end the line: it keeps 2026-01-01 … 2026-06-01" in page
    (line,) = conflict.lines
    form = {"left_line": line["left_line"], "right_line": line["right_line"], "plan": "left:truncate"}

    refused = client.post(f"/price-conflicts/{conflict.pk}/plan/", {**form, "plan": "left:none"}, follow=True)
    assert "open no more" in refused.content.decode()
    client.post(f"/price-conflicts/{conflict.pk}/plan/", form)

    request = ChangeRequest.objects.get()
    assert request.golden_record == conflict.left
    assert request.parts.get().value[0]["valid_to"] == "2026-06-01"
    (part,) = request.parts.all()
    assert (part.effect, part.state) == ("correction", "open")
