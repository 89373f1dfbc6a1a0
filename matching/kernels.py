"""The two costly steps of a run for engines that spread records over machines: Arrow batches in, Arrow batches out.

A record's keys depend on that record, the rules and the model alone, and a pair's weight on its two records besides:
any cut of records or pairs into batches gives the same rows. Nothing is kept between two calls. An engine makes keys of
each batch, joins rows that share one, and has the pairs weighed; clusters and thresholds are not its business.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matching.arrow import ArrowBatch, pa
from matching.blocking import blocking_keys
from matching.cells import arrow_texts
from matching.model import MatchModel
from matching.oversize import storable_keys
from matching.records import MatchRecord, RecordBatch
from matching.rule_tree import MatchRules
from matching.scoring import score_pairs
from matching.standardize import standardize_batch

_ID, _SOURCE = "id", "source"


def key_batch(records: ArrowBatch, rules: MatchRules, model: MatchModel) -> ArrowBatch:
    """The blocking keys of records, columns `id` and `key` (64 bits), as the hub stores them.

    Columns of `records`: `id`, `source`, and the attributes as texts or lists of alternative texts; null is none.
    Raises DuplicateRecordId.
    """
    batch = RecordBatch.from_records(_records(records, ""))
    keys = blocking_keys(standardize_batch(batch, rules), rules)
    rows, hashes = storable_keys(keys.rows, keys.hashes, model.oversize)
    ids = arrow_texts(batch.ids).take(pa.array(rows))
    return pa.RecordBatch.from_arrays([ids, pa.array(hashes, pa.int64())], names=["id", "key"])


def weight_batch(pairs: ArrowBatch, rules: MatchRules, model: MatchModel) -> ArrowBatch:
    """Weight and evidence of pairs, in their order.

    Columns of `pairs`: those of `key_batch` twice, each name ending in `_l` or `_r`. Answers `id_l`, `id_r`,
    `weight_bits`, `probability`, `vetoes` (bit i is the rules' veto i, bit 0 another kind of record) and for each
    attribute rule its level, `level_ATTRIBUTE`, null where it says nothing.
    """
    ends = [_records(pairs, suffix) for suffix in ("_l", "_r")]
    # A record stands in many pairs: by its place, since another batch may tell of the same id.
    every = [MatchRecord(str(place), each.source, each.values) for place, each in enumerate([*ends[0], *ends[1]])]
    standardized = standardize_batch(RecordBatch.from_records(every), rules)
    left = np.arange(len(ends[0]), dtype=np.int32)
    scored = score_pairs(standardized, left, left + np.int32(len(ends[0])), rules, model)
    columns: dict[str, object] = {
        "id_l": arrow_texts([each.id for each in ends[0]]),
        "id_r": arrow_texts([each.id for each in ends[1]]),
        "weight_bits": pa.array(scored.weight_bits, pa.float64()),
        "probability": pa.array(scored.probability, pa.float64()),
        "vetoes": pa.array(scored.vetoes, pa.int64()),
    }
    for rule, levels in zip(rules.attributes, scored.levels.T, strict=True):
        columns[f"level_{rule.attribute}"] = _known(levels)
    return pa.RecordBatch.from_pydict(columns)


def _known(levels: NDArray[np.int16]) -> object:
    return pa.array(levels, pa.int16(), mask=levels < 0)


def _records(batch: ArrowBatch, suffix: str) -> Sequence[MatchRecord]:
    """The records of a batch whose column names end in `suffix`."""
    names = [name for name in batch.schema.names if name.endswith(suffix)]
    columns = {name.removesuffix(suffix): batch.column(name).to_pylist() for name in names}
    ids, sources = columns.pop(_ID), columns.pop(_SOURCE)
    rows = zip(*columns.values(), strict=True) if columns else [()] * len(ids)
    return [
        MatchRecord(
            id=id_,
            source=source,
            values={
                name: value if isinstance(value, str) else tuple(value)
                for name, value in zip(columns, row, strict=True)
                if value is not None
            },
        )
        for id_, source, row in zip(ids, sources, rows, strict=True)
    ]
