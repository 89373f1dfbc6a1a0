"""`python -m benchmarks.hub.linking`: a labelled set through the hub's own doors, and what it links.

    python -m benchmarks.hub.linking take-in SET FOLDER [--one-system | --declared]
    python -m benchmarks.hub.linking link SET FOLDER OUT.json

`take-in` receives the records under the set's mapping, each source as a system of its own, and trains the match model;
with `--declared` the rules say first that each system is free of duplicates.
`link` settles every record under the profile that ASSAY_MATCH_PROFILE names, and judges the golden records by the
set's true pairs; it may be repeated under another profile.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import django
import yaml

from benchmarks.labelled_sets import SETS, file_of
from matching.evaluation import pairwise
from matching.files import read_pairs

AT_ONCE = 5_000
MAPPINGS = Path(__file__).resolve().parents[1] / "mappings"


def take_in(name: str, folder: Path, *, one_system: bool, declared: bool) -> None:
    """Receive a set into the empty hub that DATABASE_URL names, and train on it."""
    from django.utils import timezone  # after setup, as what follows

    from mdm.actors import SYSTEM
    from mdm.files import in_batches
    from mdm.models import SystemMode
    from mdm.services.intake import receive_payloads
    from mdm.services.rule_set_versions import ensure_rule_sets, publish_rule_set
    from mdm.services.rule_sets import published_rules
    from mdm.services.systems import connect_system, put_mapping
    from mdm.services.training import train_match_model

    ensure_rule_sets(actor=SYSTEM, at=timezone.now())
    mapping = yaml.safe_load(_mapping_file(name).read_text(encoding="utf-8"))
    payloads_of_system = _by_system(folder, one_system=one_system)
    if declared:
        document = published_rules(mapping["entity_type"]).document.to_document()
        said = {**document, "match": {**document["match"], "unique_sources": sorted(payloads_of_system)}}
        publish_rule_set(mapping["entity_type"], said, model=None, actor=SYSTEM, at=timezone.now())
    for system_name, payloads in payloads_of_system.items():
        system = connect_system(
            system_name,
            label=system_name,
            connector="",
            base_url="",
            credentials_reference="",
            settings={},
            mode=SystemMode.LIVE,
            actor=SYSTEM,
            at=timezone.now(),
        )
        put_mapping(system, {**mapping, "system": system_name}, actor=SYSTEM, at=timezone.now())
        for batch in in_batches(iter(payloads), AT_ONCE):
            receive_payloads(system, mapping["entity_type"], batch, actor=SYSTEM, at=timezone.now())
    trained = train_match_model(mapping["entity_type"], actor=SYSTEM, at=timezone.now())
    print(trained.note if trained else "too few records to train on")


def link(name: str, folder: Path) -> dict[str, Any]:
    """Settle everything anew, and judge it. Any: numbers and lists of names, for JSON."""
    from django.conf import settings
    from django.utils import timezone

    from mdm.actors import SYSTEM
    from mdm.models import SourceRecord
    from mdm.services.rule_sets import published_rules
    from mdm.services.settlement import settle_pending

    entity_type = next(each.entity_type for each in SETS if each.name == name)
    records = SourceRecord.objects.filter(entity_type=entity_type)
    records.filter(pending_since=None).update(pending_since=timezone.now())
    settle_pending(entity_type, actor=SYSTEM, at=timezone.now())
    scores = pairwise(list(_linked()), read_pairs(file_of(folder, "truth") or folder / "truth.csv"))
    return {
        "profile": settings.ASSAY_MATCH_PROFILE,
        "records": records.count(),
        "precision": scores.precision,
        "recall": scores.recall,
        "f1": scores.f1,
        "asked": _asked(),
        "unique_sources": list(published_rules(entity_type).model.unique_sources),
    }


def _linked() -> Iterator[tuple[str, str]]:
    """Every two records under one golden record, by their keys."""
    from mdm.models import CrosswalkEntry

    held: dict[int, list[str]] = defaultdict(list)
    for golden, key in CrosswalkEntry.objects.filter(unlinked_at=None).values_list(
        "golden_record_id", "source_record__key"
    ):
        held[golden].append(key)
    for keys in held.values():
        yield from combinations(sorted(keys), 2)


def _asked() -> int:
    """Pairs that stewards were asked about, and still are."""
    from stewardship.models import Task, TaskKind, TaskState

    return Task.objects.filter(kind=TaskKind.MATCH_REVIEW, state=TaskState.OPEN).count()


def _by_system(folder: Path, *, one_system: bool) -> dict[str, list[dict[str, Any]]]:
    from mdm.files import payloads_of

    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for payload in payloads_of(file_of(folder, "records") or folder / "records.csv"):
        found["together" if one_system else re.sub(r"\W", "_", payload["source"]).lower()].append(payload)
    return found


def _mapping_file(name: str) -> Path:
    return MAPPINGS / f"{name.replace('-', '_')}.yaml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hub.linking", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("take-in", "link"):
        one = verbs.add_parser(verb)
        one.add_argument("set")
        one.add_argument("folder", type=Path)
    how = verbs.choices["take-in"].add_mutually_exclusive_group()
    how.add_argument("--one-system", action="store_true")
    how.add_argument("--declared", action="store_true")
    verbs.choices["link"].add_argument("out", type=Path)
    given = parser.parse_args(arguments)
    django.setup()
    if given.verb == "take-in":
        take_in(given.set, given.folder, one_system=given.one_system, declared=given.declared)
    else:
        given.out.write_text(json.dumps(link(given.set, given.folder)) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
