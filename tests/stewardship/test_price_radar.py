"""The price radar on the stewards' pages: tasks by agreement and band, the report, its chart, the download."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from mdm.models import PricingAccuracy, RadarGroup
from mdm.radar import kinds
from mdm.services.price_radar import look_at_prices
from stewardship.models import Task, TaskKind, TaskState
from stewardship.pages.price_radar.chart import LEAST, WIDTH, bars
from stewardship.services.roles import Role, ensure_roles
from stewardship.services.tasks import ROUTING
from tests.price_world import PriceWorld, a_line
from tests.stewardship.builders import signed_in

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 6, 1, 3, tzinfo=UTC)
PRODUCTS = ("P1", "Q1", "R1", "S1")


@pytest.fixture
def world(db: None) -> PriceWorld:
    """An agreement of four lines; three end soon, the last in a month and a half."""
    ensure_roles()
    world = PriceWorld()
    for product in PRODUCTS:
        world.product(product)
    world.customer("A1")
    tell(world, "2026-06-05")
    look()
    return world


def tell(world: PriceWorld, end: str | None, **fields: str) -> None:
    ends = [end, end, end, "2026-07-15"]
    lines = [
        a_line("10", product=product, **({"to": until} if until else {}))
        for product, until in zip(PRODUCTS, ends, strict=True)
    ]
    world.agreement("E", *lines, customer="A1", **fields)


def look(days: int = 0) -> None:
    look_at_prices(at=MORNING + timedelta(days=days))


def tasks(state: TaskState = TaskState.OPEN) -> list[str]:
    found = Task.objects.filter(kind=TaskKind.PRICE_RADAR, state=state).order_by("pk")
    return [task.reason.split(". ")[0] for task in found]


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_one_task_asks_about_all_lines_of_an_agreement_and_band(world: PriceWorld) -> None:
    assert sorted(tasks()) == ["Ends soon, within 60 days: 1", "Ends soon, within 7 days: 3"]
    urgent, other = Task.objects.filter(kind=TaskKind.PRICE_RADAR).order_by("-priority")
    assert "within 7 days" in urgent.reason
    assert urgent.priority > ROUTING[TaskKind.MATCH_REVIEW].priority > other.priority
    look()
    assert len(tasks()) == 2

    tell(world, None)
    look()
    assert tasks() == ["Ends soon, within 60 days: 1"]
    assert tasks(TaskState.WITHDRAWN) == ["Ends soon, within 7 days: 3"]


def test_a_task_follows_how_many_lines_it_is_about(world: PriceWorld) -> None:
    task = Task.objects.get(reason__contains="within 7")
    world.agreement("E", a_line("10", product="P1", to="2026-06-05"), customer="A1")
    look()
    task.refresh_from_db()
    assert (task.state, task.reason.split(". ")[0]) == (TaskState.OPEN, "Ends soon, within 7 days: 1")


def test_overlaps_have_their_own_task_and_no_second_one(world: PriceWorld) -> None:
    world.agreement("F", a_line("11", product="P1"), customer="A1")
    look()
    assert RadarGroup.objects.filter(kind="overlap", closed_at=None).exists()
    assert not any("Overlap" in each for each in tasks())
    assert Task.objects.filter(kind=TaskKind.PRICE_CONFLICT, state=TaskState.OPEN).count() == 1


def test_the_report_counts_lists_and_leads_to_lines(world: PriceWorld) -> None:
    client = signed_in(Role.STEWARD)
    text = page(client, "/prices/radar/")
    assert "Pricing accuracy" in text
    assert text.count('height="18"') == 2  # a part of the bar for each band, beside the table's two samples
    assert text.count("<rect") == 4
    group = RadarGroup.objects.get(band="7", closed_at=None)
    assert f"/prices/radar/{group.pk}/" in text
    assert f"/golden/{group.agreement.public_id}/" in text

    assert f"/prices/radar/{group.pk}/" not in page(client, "/prices/radar/?kind=expiry&band=60")
    assert f"/prices/radar/{group.pk}/" not in page(client, "/prices/radar/?kind=gap")
    assert f"/prices/radar/{group.pk}/" in page(client, "/prices/radar/?kind=none&after=x")
    lines = page(client, f"/prices/radar/{group.pk}/")
    assert lines.count("2026-06-05") == 3
    assert "Renew the lines" in lines
    assert f"/prices/radar/{group.pk}/" in page(client, "/queue/?kind=price_radar")


def test_a_group_that_is_over_says_so(world: PriceWorld) -> None:
    group = RadarGroup.objects.get(band="7")
    tell(world, None)
    look()
    text = page(signed_in(Role.STEWARD), f"/prices/radar/{group.pk}/")
    assert "Over" in text
    assert "2026-06-05" not in text


def test_accuracy_of_several_days_is_a_line(world: PriceWorld) -> None:
    for days in range(1, 4):
        PricingAccuracy.objects.create(
            day=(datetime.now(UTC) - timedelta(days=days)).date(),
            lines=100,
            equal=90 + days,
            differing=10 - days,
            missing=0,
            untold=0,
            measured_at=MORNING,
        )
    text = page(signed_in(Role.STEWARD), "/prices/radar/")
    assert "<polyline" in text
    assert "91 %" in text


def test_every_finding_comes_as_csv_and_no_cell_is_a_formula(world: PriceWorld) -> None:
    world.agreement("=1+1", a_line("10", product="P1", to="2026-06-03"), customer="A1", precedence=5)
    look()
    client = signed_in(Role.STEWARD)
    answer = client.get("/prices/radar.csv?kind=expiry")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="price-radar-expiry.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert len(rows) == open_findings("expiry")
    assert {row["until"] for row in rows} == {"2026-06-05", "2026-07-15"}
    assert all(not row["title"].startswith("=") for row in rows)


def open_findings(kind: str) -> int:
    return sum(RadarGroup.objects.filter(kind=kind, closed_at=None).values_list("count", flat=True))


def test_only_stewards_see_it(world: PriceWorld) -> None:
    group = RadarGroup.objects.first()
    assert group is not None
    nobody = signed_in(None, "nobody")
    for address in ("/prices/radar/", "/prices/radar.csv", f"/prices/radar/{group.pk}/"):
        assert nobody.get(address).status_code == 403
        assert Client().get(address).status_code == 302


def test_nothing_is_told_before_the_first_look(db: None) -> None:
    ensure_roles()
    assert "Nobody has looked yet" in page(signed_in(Role.STEWARD), "/prices/radar/")


def test_a_bar_is_as_long_as_its_share_of_the_longest_and_every_band_can_be_seen() -> None:
    drawn = bars({"one": {"a": 300, "b": 1}, "none": {"a": 0}, "half": {"a": 0, "b": 150}})
    assert [bar.count for bar in drawn] == [301, 0, 150]
    assert drawn[0].segments[1].width == LEAST
    assert drawn[0].end == pytest.approx(WIDTH, abs=LEAST)
    assert drawn[1].segments == ()
    assert [(each.band, each.shade) for each in drawn[2].segments] == [("b", 1)]
    assert bars({}) == []


def test_every_kind_says_what_to_do_and_asks_only_about_bands_it_has() -> None:
    for name in kinds:
        kind = kinds.get(name)
        assert kind.label
        assert kind.advice.endswith(".")
        assert kind.urgent <= kind.asks <= set(kind.bands)
