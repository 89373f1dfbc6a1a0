"""`python -m benchmarks.single_record --count 1000000`: what one record costs, decided and explained, among so many.

Fills a hub of its own under var/benchmarks/ with invented customers (`benchmarks.hub`), unless an earlier run did, and
sends 2,000 records through `find_matches`: half are other records of stored customers, half of unknown ones. Prints
percentiles in all and by phase, and what PostgreSQL alone takes for the same: a round trip, the bare look-up by key.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, RunFailed, measured
from mdm.project.supervisor.guard import Kind, forget, hold
from mdm.project.supervisor.places import Places

HEAD = f"{'milliseconds':<20}{'p50':>9}{'p90':>9}{'p99':>9}{'max':>9}"
WARMING = 200  # probes that come first and are not counted: a hub in use has its rules and caches at hand
_SUPERUSER = "postgres"


def percentiles(values: Sequence[int]) -> list[int]:
    """p50, p90, p99 and the greatest: the least value that so many percent don't exceed. `values` has at least one."""
    ordered = sorted(values)
    return [ordered[-(-len(ordered) * share // 100) - 1] for share in (50, 90, 99, 100)]


def line(name: str, nanoseconds: Sequence[int]) -> str:
    """One row under HEAD."""
    return f"{name:<20}" + "".join(f"{each / 1e6:>9.2f}" for each in percentiles(nanoseconds))


def _fill(places: Places, *, count: int, seed: int, probes: int) -> None:
    log = places.state / "filling.log"
    print(f"filling a hub with {count} source records, which takes a while; progress is in {log}", flush=True)
    measured([sys.executable, "manage.py", "migrate", "--verbosity", "0"], log=log)
    os.environ["DATABASE_URL"] = places.database_url(_SUPERUSER)
    fill = [sys.executable, "-m", "benchmarks.hub", "--count", str(count), "--seed", str(seed)]
    run = measured([*fill, "--probes", str(probes + WARMING), "--out", str(places.state)], log=log)
    os.environ["DATABASE_URL"] = places.database_url()
    print(f"filled in {run.seconds:.0f} s", flush=True)


def _measure(probes: Sequence[Mapping[str, Any]]) -> None:
    """Print everything."""
    # Django is set up only now, so its models cannot be imported above.
    from benchmarks.hub.probing import timed_probes

    timed = list(timed_probes(probes))
    first, counted, asked = timed[0], timed[WARMING:], probes[WARMING:]
    print(f"{len(counted)} probes; the very first of the process took {first.total_ns / 1e6:.0f} ms", HEAD, sep="\n")
    print(line("find_matches", [each.total_ns for each in counted]))
    for phase in dict.fromkeys(name for each in counted for name in each.phases_ns):
        print(line(f"  {phase}", [each.phases_ns.get(phase, 0) for each in counted]))
    print(line("  its own work alone", [each.own_work_ns for each in counted]))
    for name in counted[0].least_ns:
        print(line(name, [each.least_ns[name] for each in counted]))
    known = [
        ([match.golden_id for match in each.matches], probe["golden_id"])
        for each, probe in zip(counted, asked, strict=True)
        if probe["golden_id"]
    ]
    print(
        f"of {len(known)} records of stored customers {sum(wanted in found for found, wanted in known)} find theirs, "
        f"{sum(found[:1] == [wanted] for found, wanted in known)} before all others"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0 when it measured, 2 when something did not run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.single_record", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="source records in the hub (100000)")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--probes", type=int, default=2_000)
    parser.add_argument("--refill", action="store_true", help="forget the hub of an earlier run")
    given = parser.parse_args(arguments)
    places = Places(state=ROOT / "var" / "benchmarks" / f"hub-{given.count}-{given.seed}", for_tests=False)
    places.state.mkdir(parents=True, exist_ok=True)
    if given.refill or not (places.state / "probes.json").exists():
        (places.state / "probes.json").unlink(missing_ok=True)
        forget(places=places)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "mdm.project.settings",
        "ASSAY_STATE_DIR": str(places.state),
        "DATABASE_URL": places.database_url(),
        "ASSAY_OWNER_DATABASE_URL": places.owner_database_url,
        "ASSAY_STATEMENT_TIMEOUT_SECONDS": "3600",
    }
    try:
        with hold(Kind.POSTGRES, places=places):
            return _run(places, given)
    except RunFailed as failed:
        print("\n".join(failed.args), file=sys.stderr)
        print("make bench-single-record: FAILED, the hub could not be filled; the reason stands above")
        return 2


def _run(places: Places, given: argparse.Namespace) -> int:
    stored: Path = places.state / "probes.json"
    if not stored.exists():
        _fill(places, count=given.count, seed=given.seed, probes=given.probes)
    import django  # after the environment names the hub

    django.setup()
    from benchmarks.hub.probing import stored_keys_are_current

    if not stored_keys_are_current():
        print("make bench-single-record: FAILED, the stored keys are another version's; run it with --refill")
        return 2
    probes = json.loads(stored.read_text(encoding="utf-8"))
    _measure(probes[: given.probes + WARMING])
    return 0


if __name__ == "__main__":
    sys.exit(main())
