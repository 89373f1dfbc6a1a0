"""Places in the hub: suites and distances keep apart, shared sites are told, a move asks for a new GLN."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from mdm.actors import SYSTEM
from mdm.models import AuditEntry, CandidatePair, GlnQuestion
from mdm.services.rule_set_versions import ensure_rule_sets
from stewardship.models import Task, TaskKind, TaskState
from stewardship.services.roles import Role
from tests.builders import Clock, golden_of, load
from tests.stewardship.builders import NOON, someone
from tests.tree_world import tell, tell_place, tell_trees

STREET = {"street": "Hafenstraße", "house_number": "12", "postcode": "20457", "city": "Hamburg", "country": "DE"}
POINT = {"latitude": "53.5436", "longitude": "9.9881"}
GLN = "4012345000009"


@pytest.fixture
def clock(hub: None) -> Clock:
    """A group G with a daughter D, and a stranger S."""
    ensure_rule_sets(actor=SYSTEM, at=NOON)
    tell_trees()
    clock = Clock()
    for key, parent in (("G", None), ("D", "G"), ("S", None)):
        tell(key, parent=parent, clock=clock)
    return clock


def place(key: str, customer: str, clock: Clock, **fields: Any) -> None:
    role = {"customer": customer, "role": "ship_to"}
    tell_place(key, clock=clock, **{"name": f"Werk {key}", **STREET, **POINT, "roles": [role], **fields})


def steward() -> Client:
    """One person, however often the pages are looked at."""
    client = Client()
    client.force_login(User.objects.filter(username="steward").first() or someone(Role.STEWARD))
    return client


def page(key: str) -> str:
    golden = golden_of(f"crm:{key}", "location")
    return steward().get(f"/golden/{golden.public_id}/").content.decode()


def test_one_place_of_two_legal_parties_is_shown_as_a_shared_site(clock: Clock) -> None:
    place("P", "D", clock, name="Nordlager")
    place("Q", "S", clock, name="Zementwerk Tor 3", unit="3")
    place("R", "G", clock, name="Kantine Ost", unit="9")

    shown = page("P").split('id="site"')[1]

    assert "Hafenstraße 12" in shown
    assert "20457 HAMBURG" in shown
    lines = {name: next(line for line in shown.split("<li>") if name in line) for name in ("Zementwerk", "Kantine Ost")}
    assert "shared site" in lines["Zementwerk"]
    assert "shared site" not in lines["Kantine Ost"]
    assert shown.count("used by another legal party") == 1


def test_a_place_far_away_or_of_another_number_is_no_neighbor(clock: Clock) -> None:
    place("P", "D", clock, name="Nordlager")
    place("Q", "S", clock, name="Zementwerk", house_number="90", latitude="53.6", longitude="9.7")

    assert "No other location is known at this place" in page("P")


def test_another_suite_is_not_linked_and_another_town_neither(clock: Clock) -> None:
    at = clock()
    places = [
        {"id": "U1", "unit": "1", **STREET, **POINT},
        {"id": "U2", "unit": "2", **STREET, **POINT},
        {"id": "V1", "latitude": "48.1", "longitude": "11.5"},
        {"id": "V2", "latitude": "53.5", "longitude": "9.9"},
    ]
    said = [
        {"name": "Nordlager Spedition" if each["id"][0] == "U" else "Zementwerk", "modified": at.isoformat(), **each}
        for each in places
    ]
    load("crm", *said, at=at, entity_type="location")

    assert len({golden_of(f"crm:{each['id']}", "location").pk for each in places}) == len(places)
    explained = str(list(CandidatePair.objects.filter(entity_type="location").values_list("explanation", flat=True)))
    assert "other_unit" in explained


def test_a_review_of_two_places_says_that_they_share_a_site(clock: Clock) -> None:
    place("P", "D", clock, name="Nordlager Hamburg", unit="1")
    place("Q", "S", clock, name="Nordlager Hamburg", unit="2")

    reviews = Task.objects.filter(kind=TaskKind.MATCH_REVIEW, entity_type="location", state=TaskState.OPEN)

    assert reviews
    shown = steward().get(f"/reviews/{reviews[0].pk}/").content.decode()
    assert "shared site, hardly a duplicate" in shown
    place("Q", "G", clock, name="Nordlager Hamburg", unit="2")
    shown = steward().get(f"/reviews/{reviews[0].pk}/").content.decode()
    assert "shared site" not in shown


def test_a_move_asks_for_a_new_gln_and_its_telling_settles_it(clock: Clock) -> None:
    place("P", "D", clock, gln=GLN)
    place("P", "D", clock, gln=GLN, city="Bremen", postcode="28195", latitude="53.0793", longitude="8.8017")

    task = Task.objects.get(kind=TaskKind.RELOCATION, state=TaskState.OPEN)
    assert "should it not have a new GLN" in page("P")
    assert (GlnQuestion.objects.get().meters or 0) > 90_000
    place("P", "D", clock, gln="4012345000016", city="Bremen", postcode="28195", latitude="53.0793", longitude="8.8017")

    task.refresh_from_db()
    assert task.state == TaskState.DONE
    assert "should it not have a new GLN" not in page("P")


def test_a_steward_says_why_a_place_keeps_its_gln(clock: Clock) -> None:
    place("P", "D", clock, gln=GLN, latitude=None)
    place("P", "D", clock, gln=GLN, latitude=None, street="Neue Straße", house_number="1")
    golden = golden_of("crm:P", "location")
    client = steward()

    unsaid = client.post(f"/golden/{golden.public_id}/keep-gln/", {"reason": " "}, follow=True).content.decode()
    assert "Say why" in unsaid
    client.post(f"/golden/{golden.public_id}/keep-gln/", {"reason": "The town renamed the street"})

    question = GlnQuestion.objects.get()
    assert (question.closed_by, question.answer) != ("", "")
    assert AuditEntry.objects.filter(action="location.gln_kept", subject_id=golden.pk).exists()
    assert not Task.objects.filter(kind=TaskKind.RELOCATION, state=TaskState.OPEN).exists()
    again = client.post(f"/golden/{golden.public_id}/keep-gln/", {"reason": "Again"}, follow=True).content.decode()
    assert "Nothing is asked" in again


def test_a_renumbered_street_asks_nothing(clock: Clock) -> None:
    place("P", "D", clock, gln=GLN)
    place("P", "D", clock, gln=GLN, house_number="14")

    assert not GlnQuestion.objects.exists()
