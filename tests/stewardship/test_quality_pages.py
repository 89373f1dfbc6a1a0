"""Quality on the stewards' pages: scores, lists of failing records, and letting a held record go."""

from datetime import date, timedelta

import pytest
from django.test import Client

from mdm.models import FailedRule, GoldenRecord, QualityScore, ScoreScope
from mdm.services.quality_scores import measure_quality
from stewardship.pages.quality.sparkline import sparkline
from stewardship.selectors.golden_list import PAGE_SIZE, golden_page
from stewardship.services.roles import Role, ensure_roles
from tests.builders import NOON, a_customer, load
from tests.builders import a_hub as a_plain_hub
from tests.mdm.services.test_quality import CODES, ask_for
from tests.stewardship.builders import signed_in

pytestmark = pytest.mark.django_db
RULE = "segment:one_of"


@pytest.fixture
def steward(db: None) -> Client:
    """Of two customers, the second is held."""
    a_plain_hub()
    ensure_roles()
    ask_for({**CODES, "blocks": "publish"})
    load("crm", a_customer("1", segment="A"), a_customer("2", segment="X"), at=NOON)
    return signed_in(Role.STEWARD)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_scores_lead_to_the_records_that_fail(steward: Client) -> None:
    for days in range(3):
        measure_quality("customer", at=NOON - timedelta(days=days))
    text = page(steward, "/quality/")
    assert "Segment must be one of A, B" in text
    assert f"/golden/?entity_type=customer&amp;failing={RULE.replace(':', '%3A')}" in text

    listed = page(steward, f"/golden/?entity_type=customer&failing={RULE}")
    assert "Company 2" in listed
    assert "Company 1" not in listed
    assert "50 %" in page(steward, "/")


def test_a_held_record_says_so_and_can_be_let_go(steward: Client) -> None:
    record = GoldenRecord.objects.get(title="Company 2")
    address = f"/golden/{record.public_id}/"
    assert "Publish anyway" in page(steward, address)
    assert address in page(steward, "/queue/")

    steward.post(f"{address}release/", {"reason": ""})
    assert FailedRule.objects.filter(released_at=None).count() == 1
    steward.post(f"{address}release/", {"reason": "Agreed by phone"})
    after = page(steward, address)
    assert "Publish anyway" not in after
    assert "Agreed by phone" in after


def test_only_those_who_mend_may_let_go(steward: Client) -> None:
    record = GoldenRecord.objects.get(title="Company 2")
    reader = signed_in(None)
    assert reader.post(f"/golden/{record.public_id}/release/", {"reason": "x"}).status_code == 403
    assert FailedRule.objects.filter(released_at=None).count() == 1


def test_failing_records_come_in_pages(steward: Client) -> None:
    load("crm", *(a_customer(str(number), segment="X") for number in range(10, 10 + PAGE_SIZE)), at=NOON)
    first = golden_page(entity_type="customer", failing=RULE)
    assert len(first.records) == PAGE_SIZE
    assert first.following is not None
    rest = golden_page(entity_type="customer", failing=RULE, after=first.following)
    assert len(rest.records) == 1
    assert rest.following is None


def test_a_line_spans_its_days_and_its_scores() -> None:
    assert sparkline([]) is None
    line = sparkline([(date(2026, 1, 1), 0.5), (date(2026, 1, 3), 1.0), (date(2026, 1, 2), 0.75)][:2])
    assert line is not None
    assert line.points == "4.0,44.0 236.0,4.0"
    assert (line.low, line.high) == (0.5, 1.0)


def test_only_the_last_day_stands_in_the_tables(steward: Client) -> None:
    measure_quality("customer", at=NOON)
    QualityScore.objects.create(
        day=NOON.date() - timedelta(days=1),
        entity_type="customer",
        scope=ScoreScope.RULE,
        name="former",
        records=1,
        failing=1,
        score=0,
    )
    assert "former" not in page(steward, "/quality/")
