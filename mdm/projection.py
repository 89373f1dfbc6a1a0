"""Typed rows of golden documents, written set-wise: current rows by upsert, dated facts by closing and adding."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.db.models import F, Func, Value
from django.db.models.functions import Lower

from mdm.bulk import add_objects, upsert_objects
from mdm.canonical import value_hash
from mdm.models.bitemporal import Fact
from mdm.models.prices import PriceChange

Columns = dict[str, Any]  # column values of one row, as Django's fields take them
Children = Mapping[int, Mapping[str, Columns]]  # golden record id → item key → columns


def upsert_rows(model: type[models.Model], rows: Mapping[int, Columns]) -> None:
    """One current row per golden record; an existing row is updated in place."""
    if not rows:
        return
    columns = sorted(next(iter(rows.values())))
    known = set(model._default_manager.filter(golden_record__any=list(rows)).values_list("golden_record_id", flat=True))
    objects = [model(golden_record_id=golden_id, **values) for golden_id, values in sorted(rows.items())]
    add_objects([each for each in objects if each.pk not in known])
    upsert_objects([each for each in objects if each.pk in known], unique=["golden_record"], update=columns)


def upsert_children(model: type[models.Model], wanted: Children, *, golden_ids: Sequence[int]) -> None:
    """Child rows by item key: what is known keeps its row id, what has gone is deleted."""
    stored = model._default_manager.filter(golden_record__any=golden_ids).values_list(
        "golden_record_id", "item_key", "pk"
    )
    known = {(golden_id, item_key): pk for golden_id, item_key, pk in stored}
    gone = [pk for (golden_id, item_key), pk in known.items() if item_key not in wanted.get(golden_id, {})]
    if gone:
        model._default_manager.filter(pk__any=gone).delete()
    objects = {
        (golden_id, item_key): model(golden_record_id=golden_id, item_key=item_key, **columns)
        for golden_id, items in sorted(wanted.items())
        for item_key, columns in sorted(items.items())
    }
    if not objects:
        return
    add_objects([each for key, each in objects.items() if key not in known], ids=False)
    columns_of_first = sorted(next(iter(next(items for items in wanted.values() if items).values())))
    changed = [each for key, each in objects.items() if key in known]
    upsert_objects(changed, unique=["golden_record", "item_key"], update=columns_of_first)


def record_facts(model: type[Fact], wanted: Children, *, versions: Mapping[int, int], at: datetime) -> None:
    """Bring what the hub knows about these golden records to `wanted`; nothing known before is lost.

    Facts that say the same stay open; others are closed at `at` and what is new is added. `versions` holds, for every
    golden record that is told of, the version that this transaction publishes.
    """
    hashes = {
        (golden_id, item_key): value_hash(_plain(columns))
        for golden_id, items in wanted.items()
        for item_key, columns in items.items()
    }
    known: set[tuple[int, str]] = set()
    outdated: dict[int, int] = {}
    stored = model._default_manager.filter(golden_record__any=list(versions), recorded__upper_inf=True)
    for golden_id, item_key, pk, stored_hash in stored.values_list(
        "golden_record_id", "item_key", "pk", "content_hash"
    ):
        if hashes.get((golden_id, item_key)) == bytes(stored_hash):
            known.add((golden_id, item_key))
        else:
            outdated[pk] = versions[golden_id]
    _close(model, outdated, at=at)
    added = [
        model(
            golden_record_id=golden_id,
            item_key=item_key,
            recorded=DateTimeTZRange(at, None),
            content_hash=hashes[golden_id, item_key],
            opened_version=versions[golden_id],
            **columns,
        )
        for golden_id, items in sorted(wanted.items())
        for item_key, columns in sorted(items.items())
        if (golden_id, item_key) not in known
    ]
    add_objects(added, ids=False)
    if outdated or added:
        # A row of its own for each writer: a counter would make them wait for each other.
        PriceChange.objects.create()


def date_range(valid_from: str | None, valid_to: str | None) -> DateRange:
    """Half-open range of ISO dates; a missing end is unbounded."""
    return DateRange(
        date.fromisoformat(valid_from) if valid_from else None, date.fromisoformat(valid_to) if valid_to else None
    )


def decimal_or_none(value: str | None) -> Decimal | None:
    """The document's decimal text as a number."""
    return None if value is None else Decimal(value)


def _close(model: type[Fact], outdated: Mapping[int, int], *, at: datetime) -> None:
    """End these rows (primary key → the version that ends them)."""
    if not outdated:
        return
    recorded = Func(
        Lower(F("recorded")),
        Func(Value(at), Lower(F("recorded")), function="GREATEST"),
        function="tstzrange",
        output_field=DateTimeRangeField(),
    )
    by_version: dict[int, list[int]] = defaultdict(list)
    for pk, version in outdated.items():
        by_version[version].append(pk)
    for version, pks in sorted(by_version.items()):
        model._default_manager.filter(pk__any=pks).update(recorded=recorded, closed_version=version)


def _plain(columns: Columns) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in columns.items()}


def _plain_value(value: Any) -> Any:  # column values come in every type a field takes
    match value:
        case DateRange() | DateTimeTZRange():
            return [str(value.lower), str(value.upper)]
        case Decimal() | date():
            return str(value)
        case _:
            return value
