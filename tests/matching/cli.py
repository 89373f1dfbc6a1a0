"""Runs of the command line on a small file."""

import csv
from pathlib import Path

from matching.cli import main

RECORDS = """id,source,first,family_name,phone,shoe_size
1,crm,Anna,Abernathy,702 919 1300,38
2,erp,Ana,Abernathy,+1 702-919-1300,38
3,crm,Bob,Jones,503 555 0199,44
4,erp,Zoe,Quist,,41
"""


class Run:
    """Runs of the command line in one folder."""

    def __init__(self, folder: Path) -> None:
        self.pairs, self.clusters = folder / "pairs.csv", folder / "clusters.csv"
        self.folder = folder

    def __call__(self, records: Path, *options: str, entity: str = "customer") -> int:
        return main(
            [
                *("dedupe", str(records), "--entity", entity, *options),
                *("--pairs", str(self.pairs), "--clusters", str(self.clusters)),
            ]
        )

    def links(self) -> set[tuple[str, str]]:
        with self.pairs.open() as stream:
            return {(row["id_l"], row["id_r"]) for row in csv.DictReader(stream) if row["decision"] == "LINK"}

    def cluster_of(self) -> dict[str, str]:
        with self.clusters.open() as stream:
            return {row["id"]: row["cluster_id"] for row in csv.DictReader(stream)}
