"""Standardized batches put together as they come, so that the records of a large file are never all held at once."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from matching.standardize.batch import ABSENT, FeatureColumn, StandardizedBatch
from matching.standardize.kinds import Cell


def joined_batches(batches: Iterable[StandardizedBatch]) -> StandardizedBatch:
    """The rows of all batches, made under the same rules, one after the other; each distinct value is kept once."""
    ids: list[str] = []
    sources: list[str] = []
    segments = [np.empty(0, dtype=np.int32)]
    codes: dict[str, list[np.ndarray[tuple[int], np.dtype[np.int32]]]] = {}
    known: dict[str, dict[tuple[Cell, ...], int]] = {}
    for batch in batches:
        ids += batch.ids
        sources += batch.sources
        segments.append(batch.segments)
        for name, column in batch.features.items():
            of_value = known.setdefault(name, {})
            code_of = [of_value.setdefault(value, len(of_value)) for value in column.values]
            codes.setdefault(name, []).append(np.array([*code_of, ABSENT], dtype=np.int32)[column.codes])
    return StandardizedBatch(
        ids=tuple(ids),
        sources=tuple(sources),
        segments=np.concatenate(segments),
        features={
            name: FeatureColumn(name=name, codes=np.concatenate(codes[name]), values=tuple(of_value))
            for name, of_value in known.items()
        },
    )
