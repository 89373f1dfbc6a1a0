"""Law: no two prices of one rank stand side by side unseen, however many write at once."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mdm.entity_types.pricing_agreement import AgreementTerms, PriceLine
from mdm.models import GoldenRecord, PriceConflict
from mdm.projection import record_facts
from mdm.selectors.price_conflicts import price_conflicts_of
from mdm.services import price_conflicts
from mdm.services.price_conflicts import note_price_conflicts
from tests.builders import golden_of
from tests.laws.threads import all_at_once
from tests.price_world import PriceWorld, a_line

WRITERS = 8


@pytest.fixture
def drafts(transactional_db: None) -> list[GoldenRecord]:
    """Agreements for one buyer that price one product, each another way; none holds yet."""
    world = PriceWorld()
    world.product("P1")
    world.customer("A1")
    for number in range(WRITERS):
        world.agreement(f"K{number}", a_line(f"1{number}", product="P1"), customer="A1", status="draft")
    assert not PriceConflict.objects.exists()
    return [golden_of(f"erp:K{number}", "pricing_agreement") for number in range(WRITERS)]


def activate(record: GoldenRecord) -> None:
    """As publishing the agreement with another status does, whatever else it would wait for."""
    terms = AgreementTerms.objects.get(golden_record=record, closed_version=None)
    columns = {
        name: getattr(terms, name)
        for name in ("currency", "scope_kind", "scope", "parent_key", "inherits", "precedence", "floor_margin", "valid")
    }
    wanted = {record.pk: {"terms": {**columns, "status": "active"}}}
    with transaction.atomic():
        record_facts(AgreementTerms, wanted, versions={record.pk: record.version + 1}, at=record.updated_at)
        note_price_conflicts([record], at=record.updated_at)


def pairs() -> int:
    return PriceConflict.objects.filter(closed_at=None).count()


@pytest.mark.django_db(transaction=True)
def test_eight_writers_leave_no_conflict_untold(drafts: list[GoldenRecord]) -> None:
    all_at_once([partial(activate, record) for record in drafts])

    assert pairs() == WRITERS * (WRITERS - 1) // 2


def held_up(read: Callable[..., Any], together: Barrier) -> Callable[..., Any]:
    """Read, then wait a moment for the others to have read as well."""

    def reading(*given: Any) -> Any:
        found = read(*given)
        with suppress(BrokenBarrierError):
            together.wait(timeout=2)
        return found

    return reading


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [True, False])
def test_they_wait_for_each_other_and_without_that_it_would_not_hold(
    drafts: list[GoldenRecord], monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    monkeypatch.setattr(price_conflicts, "price_conflicts_of", held_up(price_conflicts_of, Barrier(2)))
    if not guarded:
        monkeypatch.setattr(price_conflicts, "lock_price_scopes", lambda _: None)

    all_at_once([partial(activate, record) for record in drafts[:2]])

    assert pairs() == (1 if guarded else 0)


@pytest.mark.django_db(transaction=True)
def test_of_eight_lines_for_one_thing_the_database_takes_one(drafts: list[GoldenRecord]) -> None:
    agreement, line = drafts[0], PriceLine.objects.get(golden_record=drafts[0])
    columns = {
        name: getattr(line, name)
        for name in (
            "product_scope",
            "product_id",
            "ship_from_id",
            "currency",
            "method",
            "value",
            "per",
            "break_mode",
            "valid",
        )
    }
    refused = []

    def write(number: int) -> None:
        try:
            PriceLine.objects.create(
                golden_record=agreement,
                item_key=f"of writer {number}",
                recorded=line.recorded,
                content_hash=b"\0" * 32,
                opened_version=agreement.version + 1,
                unit="box",
                **columns,
            )
        except IntegrityError as error:
            refused.append("price_lines_of_one_scope_never_overlap" in str(error))

    all_at_once([partial(write, number) for number in range(WRITERS)])

    assert refused == [True] * (WRITERS - 1)
    assert PriceLine.objects.filter(golden_record=agreement, unit="box").count() == 1
