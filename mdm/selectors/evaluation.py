"""How well the crosswalk agrees with a truth file."""

import csv
from collections import defaultdict
from itertools import combinations
from pathlib import Path

from matching.evaluation import PairwiseScores, pairwise
from mdm.models import HUB, CrosswalkEntry


def linked_pairs(entity_type: str) -> set[tuple[str, str]]:
    """Every pair of source records (`system:key`, sorted) under one golden record."""
    members: dict[int, list[str]] = defaultdict(list)
    entries = CrosswalkEntry.objects.filter(source_record__entity_type=entity_type, unlinked_at=None).exclude(
        source_record__source_system__name=HUB
    )
    for golden, system, key in entries.values_list(
        "golden_record_id", "source_record__source_system__name", "source_record__key"
    ):
        members[golden].append(f"{system}:{key}")
    return {pair for group in members.values() for pair in combinations(sorted(group), 2)}


def agreement_with_truth(entity_type: str, truth: Path) -> PairwiseScores:
    """Pairwise precision, recall and F1 of the crosswalk against a CSV of true pairs (`id_l,id_r`)."""
    with truth.open(encoding="utf-8", newline="") as text:
        wanted = {(min(row["id_l"], row["id_r"]), max(row["id_l"], row["id_r"])) for row in csv.DictReader(text)}
    return pairwise(linked_pairs(entity_type), wanted)
