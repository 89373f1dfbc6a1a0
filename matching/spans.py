"""Runs of many lists laid one after another in one array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def spread(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every entry of run i, which begins at `starts[i]` and has `sizes[i]` entries: the run's number and the place."""
    owner = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return owner, np.repeat(starts, sizes) + within
