"""Who had to wait for the locks comes with an earlier time, and is not written down as having left earlier."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from django.db.models import F

from mdm.models import CrosswalkEntry, GoldenRecord
from mdm.services.decisions import keep_apart, merge_pair
from tests.builders import STEWARD, Clock, a_customer, golden_of, load, source_record, the_same_customer
from tests.laws.observed import led_astray

pytestmark = pytest.mark.django_db


def moved_late_and_then_early() -> GoldenRecord:
    """One of two records leaves a golden record; the other, whose decision was made before, merges it away after."""
    clock = Clock()
    load("crm", the_same_customer("1"), the_same_customer("2"), at=clock())
    kies = {"name": "Kiesgrube West", "phone": "+49511765432", "street": "Ring", "city": "Trier", "postcode": "54290"}
    load("crm", a_customer("8", **kies), a_customer("9", **kies), at=clock())
    assert golden_of("crm:8") == golden_of("crm:9")
    former, early = golden_of("crm:1"), clock() + timedelta(hours=1)
    keep_apart(source_record("crm:1").pk, source_record("crm:2").pk, actor=STEWARD, at=early + timedelta(hours=1))
    stays = next(name for name in ("crm:1", "crm:2") if golden_of(name) == former)
    merge_pair(source_record(stays).pk, source_record("crm:9").pk, actor=STEWARD, at=early)
    former.refresh_from_db()
    return former


def test_a_merged_id_leads_to_what_it_held_last(hub: None) -> None:
    former = moved_late_and_then_early()

    assert former.status == "merged"
    assert led_astray() == []
    assert not CrosswalkEntry.objects.filter(unlinked_at__lt=F("linked_at")).exists()


def test_with_times_as_they_come_it_would_lead_elsewhere(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""

    def as_they_come(homes: Mapping[int, int], *, at: datetime) -> dict[int, datetime]:
        CrosswalkEntry.objects.filter(source_record__in=homes, unlinked_at=None).update(unlinked_at=at)
        return {}

    monkeypatch.setattr("mdm.services.crosswalk_entries._close_entries", as_they_come)

    assert led_astray() == []
    former = moved_late_and_then_early()
    assert led_astray() == [former.public_id]
