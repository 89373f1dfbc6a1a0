"""Customers of a hub by COPY, as if they had been loaded and matched.

Source records, golden records and crosswalk are the truth the customers were made from. Keys, model and rule set come
from the functions the hub itself uses; the model is trained on the first records, its oversize keys are found among
all, as a hub's are that learned from what it holds.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice, repeat
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
from django.conf import settings
from django.db import connection, models

from benchmarks.customers.copies import COPIES_OF_EACH, Row, customers_with_copies, world_of
from benchmarks.customers.noise import FIELDS, SOURCES, written_down
from benchmarks.customers.world import Customer
from benchmarks.hub.documents import CUSTOMER, customer_document
from matching.blocking import blocking_keys
from matching.key_hashes import record_hashes
from matching.model import MatchModel
from matching.oversize import find_oversize, storable_keys
from matching.records import MatchRecord, RecordBatch
from matching.standardize import standardize_batch
from matching.training import train_standardized
from mdm.actors import SYSTEM
from mdm.bulk import copy_rows
from mdm.canonical import value_hash
from mdm.entity_types import entity_types
from mdm.models import BlockingKey, CrosswalkEntry, GoldenRecord, SourceRecord, SourceSystem
from mdm.public_ids import public_id
from mdm.services.rule_set_versions import ensure_rule_sets, publish_rule_set
from mdm.services.rule_sets import PublishedRules, published_rules
from mdm.services.training import LARGEST_BLOCK, MOST_PAIRS

AT = datetime(2026, 11, 25, tzinfo=UTC)
TRAINED_ON = 100_000
_CUSTOMERS_AT_ONCE = 20_000
_KEYS_OF_AT_ONCE = 50_000

Told = list[tuple[Customer, list[Row]]]
Numbers = npt.NDArray[np.int64]


def fill(*, count: int, seed: int, probes: int) -> list[dict[str, Any]]:
    """Fill a migrated, empty hub. Foreign keys must be switched off on the connection.

    Returns probes, mixed: more records of stored customers, with their golden id, and as many of unknown ones.
    """
    ensure_rule_sets(actor=SYSTEM, at=AT)
    rules = published_rules(CUSTOMER)
    systems = {name: _system(name) for name in SOURCES}
    random, noise = Random(seed), Random(seed + 1)
    world = world_of(random, records=count)
    known: list[dict[str, Any]] = []
    learned_from: list[MatchRecord] = []
    owners, hashes = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    of_records = [np.zeros(1, dtype=np.int64)]  # primary keys begin with 1
    every = max(int(count / COPIES_OF_EACH / (probes // 2)), 1)
    for told in _chunks(customers_with_copies(world, random, records=count), _CUSTOMERS_AT_ONCE):
        golden_pks = _ids(GoldenRecord, len(told))
        pks, records = _store(told, golden_pks, systems=systems, rules=rules)
        standardized = standardize_batch(RecordBatch.from_records(records), rules.match_rules)
        keys = blocking_keys(standardized, rules.match_rules)
        owners.append(pks[keys.rows])
        hashes.append(keys.hashes)
        of_records.append(record_hashes(standardized, np.arange(len(records), dtype=np.int32)))
        learned_from += records[: max(TRAINED_ON - len(learned_from), 0)]
        known += [
            {"values": _document(customer, noise), "golden_id": public_id("CUS", pk)}
            for (customer, _), pk in zip(told[::every], golden_pks[::every], strict=True)
        ]
        print(f"  {pks[-1]} source records", flush=True)
    unknown = [{"values": _document(each, noise), "golden_id": None} for each in world.customers(probes // 2)]
    keys_of, keys_made, told_of = (np.concatenate(each) for each in (owners, hashes, of_records))
    _publish_and_store_keys(keys_of, keys_made, told_of, learned_from, rules)
    both = [*known[: probes // 2], *unknown]
    noise.shuffle(both)
    return both


def _publish_and_store_keys(
    owners: Numbers,
    hashes: Numbers,
    of_records: Numbers,
    learned_from: Sequence[MatchRecord],
    rules: PublishedRules,
) -> None:
    model = replace(
        _trained(learned_from, rules), oversize=find_oversize(owners.astype(np.int32), hashes, cap=LARGEST_BLOCK)
    )
    publish_rule_set(CUSTOMER, rules.document.to_document(), model=model, actor=SYSTEM, at=AT, note="Benchmark")
    print("  model trained and published", flush=True)
    _store_keys(owners, hashes, of_records, published_rules(CUSTOMER))


def _trained(records: Sequence[MatchRecord], rules: PublishedRules) -> MatchModel:
    batch = RecordBatch.from_records(records).in_order_of_ids()
    standardized = standardize_batch(batch, rules.match_rules)
    learned, _ = train_standardized(
        standardized,
        rules.match_rules,
        key=settings.ASSAY_COMMITMENT_KEY.encode(),
        block_cap=LARGEST_BLOCK,
        most_pairs=MOST_PAIRS,
    )
    return learned


def _store(
    told: Told, golden_pks: Sequence[int], *, systems: dict[str, SourceSystem], rules: PublishedRules
) -> tuple[Numbers, list[MatchRecord]]:
    """Source records, golden records and crosswalk of these customers; keys of the records and what matching sees."""
    kind = entity_types.get(CUSTOMER)
    rows = [(pk, row) for (_, rows), pk in zip(told, golden_pks, strict=True) for row in rows]
    documents = [customer_document(dict(zip(FIELDS, row[2:], strict=True))) for _, row in rows]
    first_of = {golden: document for (golden, _), document in zip(reversed(rows), reversed(documents), strict=True)}
    copy_rows(
        GoldenRecord,
        ("id", "entity_type", "public_id", "status", "version", "title", "document", "lineage", "quality", "rule_set",
         "effective_at", "created_at", "updated_at"),
        (
            (pk, CUSTOMER, public_id("CUS", pk), "active", 1, kind.title(document), _json({"attributes": document}),
             "{}", 1.0, rules.rule_set_id, AT, AT, AT)
            for pk, document in sorted(first_of.items())
        ),
    )  # fmt: skip
    pks = _ids(SourceRecord, len(rows))
    copy_rows(
        SourceRecord,
        ("id", "source_system", "entity_type", "key", "payload", "canonical", "accepted", "payload_hash", "value_hash",
         "received_at", "correlation_id"),
        (
            (pk, systems[row[1]].pk, CUSTOMER, row[0], _json(dict(zip(FIELDS, row[2:], strict=True))), _json(document),
             _json(document), b"\0" * 32, value_hash(document), AT, uuid.UUID(int=pk))
            for pk, (_, row), document in zip(pks, rows, documents, strict=True)
        ),
    )  # fmt: skip
    copy_rows(
        CrosswalkEntry,
        ("source_record", "golden_record", "linked_at"),
        ((pk, golden, AT) for pk, (golden, _) in zip(pks, rows, strict=True)),
    )
    records = [
        MatchRecord(f"{systems[row[1]].name}:{row[0]}", systems[row[1]].name, kind.match_view(document))
        for (_, row), document in zip(rows, documents, strict=True)
    ]
    return np.array(pks, dtype=np.int64), records


def _store_keys(owners: Numbers, hashes: Numbers, of_records: Numbers, rules: PublishedRules) -> None:
    """All keys as a load would store them; the indexes come last, which is several times faster."""
    with connection.schema_editor() as editor:
        for index in BlockingKey._meta.indexes:
            editor.remove_index(BlockingKey, index)
    order = np.argsort(owners, kind="stable")
    owners, hashes = owners[order], hashes[order]
    for start in range(1, int(owners[-1]) + 1, _KEYS_OF_AT_ONCE):
        first, last = np.searchsorted(owners, [start, start + _KEYS_OF_AT_ONCE])
        rows, kept = storable_keys(
            owners[first:last].astype(np.int32),
            hashes[first:last],
            rules.model.oversize,
            record_hashes=of_records.__getitem__,
        )
        copy_rows(
            BlockingKey,
            ("source_record", "section", "key_hash"),
            zip(rows.tolist(), repeat(rules.key_section), kept.tolist(), strict=False),
        )
    print("  blocking keys stored", flush=True)
    with connection.schema_editor() as editor:
        for index in BlockingKey._meta.indexes:
            editor.add_index(BlockingKey, index)


def _document(customer: Customer, noise: Random) -> dict[str, Any]:
    return customer_document(written_down(customer, noise))


def _system(name: str) -> SourceSystem:
    return SourceSystem.objects.create(name=name.lower(), label=name, mode="off")


def _ids(model: type[models.Model], count: int) -> list[int]:
    """So many new primary keys, rising."""
    with connection.cursor() as cursor:
        sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(sequence, [model._meta.db_table, count])
        return sorted(pk for (pk,) in cursor.fetchall())


def _chunks(told: Iterator[tuple[Customer, list[Row]]], size: int) -> Iterable[Told]:
    while chunk := list(islice(told, size)):
        yield chunk


def _json(value: Any) -> str:  # Any: a JSON value
    return orjson.dumps(value).decode()
