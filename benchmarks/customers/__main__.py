"""`python -m benchmarks.customers --count 1000000 --out DIR`: records.csv and truth.csv."""

from __future__ import annotations

import argparse
import csv
import sys
from itertools import combinations
from pathlib import Path
from random import Random

from benchmarks.customers.copies import Row, customers_with_copies, world_of
from benchmarks.customers.noise import FIELDS

_SHUFFLED_TOGETHER = 20_000


def main() -> int:
    """Write both files; equal seed and count write equal bytes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.customers", description="Make customers to measure on.")
    parser.add_argument("--count", type=int, default=100_000, help="records (100000)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    with (
        (options.out / "records.csv").open("w", encoding="utf-8", newline="") as records_file,
        (options.out / "truth.csv").open("w", encoding="utf-8", newline="") as truth_file,
    ):
        records, truth = csv.writer(records_file), csv.writer(truth_file)
        records.writerow(("id", "source", *FIELDS))
        truth.writerow(("id_l", "id_r"))
        waiting: list[Row] = []
        random = Random(options.seed)
        world = world_of(random, records=options.count)
        for _, copies in customers_with_copies(world, random, records=options.count):
            truth.writerows(combinations([each[0] for each in copies], 2))
            waiting.extend(copies)
            if len(waiting) >= _SHUFFLED_TOGETHER:
                random.shuffle(waiting)
                records.writerows(waiting)
                waiting.clear()
        random.shuffle(waiting)
        records.writerows(waiting)
    sys.stdout.write(f"{options.count} records in {options.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
