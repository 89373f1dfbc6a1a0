"""`python -m benchmarks.hub --count 1000000 --out DIR`: fill the hub of the environment; probes go to DIR/probes.json.

It switches off foreign keys while it fills, so it connects as PostgreSQL's superuser. Nothing else does.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import django


def main() -> int:
    """0 when everything is in."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hub", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="source records (100000)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--probes", type=int, default=2_000, help="records to look up later (2000)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    given = parser.parse_args()
    django.setup()
    # The models exist only now.
    from django.db import connection

    from benchmarks.hub.filling import fill
    from mdm.bulk import few_collections

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
    with few_collections():
        probes = fill(count=given.count, seed=given.seed, probes=given.probes)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    (given.out / "probes.json").write_text(json.dumps(probes, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
