"""`python -m benchmarks.labelled_sets [SET ...]`: F1 on the labelled sets, beside the other tools measured on them.

The sets are no part of the repository: ASSAY_DATASETS names the folder that holds them, each as SET/records.csv and
SET/truth.csv (or .csv.gz). Sets that aren't there are named and left out. Ends with exit code 0, or 2 without any set.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.labelled_peers import BEST_F1, TOOLS
from matching.decision import MatchDecision
from matching.deduplication import deduplicate
from matching.defaults import default_match_rules
from matching.evaluation import PairwiseScores, pairwise
from matching.files import RecordFile, read_pairs, read_records

VARIABLE = "ASSAY_DATASETS"


class NoDatasets(Exception):
    """ASSAY_DATASETS names no folder. Holds one line that says so."""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """One set and how it is read: `columns` as `--map` has them, and for two sources the column that tells them."""

    name: str
    entity_type: str
    columns: str = ""
    link_column: str | None = None

    @property
    def column_map(self) -> dict[str, str]:
        """Attributes by column."""
        return dict(each.split("=") for each in self.columns.split())

    def arguments(self) -> str:
        """What `python -m matching dedupe` is told of the file."""
        linked = f" --link-column {self.link_column}" if self.link_column else ""
        return f"--entity {self.entity_type}{linked}{f' --map {self.columns}' if self.columns else ''}"


SETS = (
    LabelledSet(
        "febrl3",
        "customer",
        "surname=family_name street_number=house_number address_1=street address_2=unit suburb=city state=region"
        " soc_sec_id=tax_id",
    ),
    LabelledSet(
        "synthetic-20k",
        "customer",
        "entity_type=kind organisation_name=organization_name birth_or_founded=date_of_birth",
    ),
    LabelledSet("overture-places", "location", link_column="source"),
    LabelledSet("abt-buy", "product", link_column="source"),
    LabelledSet("walmart-amazon", "product", "title=name modelno=model_number", link_column="source"),
    LabelledSet("autofj-places", "location", link_column="source"),
    LabelledSet("fodors-zagats", "location", "addr=street type=category", link_column="source"),
    LabelledSet(
        "rldata10000",
        "customer",
        "fname_c1=given_name fname_c2=middle_name lname_c1=family_name lname_c2=family_name"
        " by=date_of_birth bm=date_of_birth bd=date_of_birth",
    ),
    LabelledSet("fake1000", "customer", "first_name=given_name surname=family_name dob=date_of_birth"),
    LabelledSet("autofj-orgs", "customer", "name=organization_name", link_column="source"),
    LabelledSet(
        "senzing-truthset",
        "customer",
        "record_type=kind primary_name_full=name native_name_full=name primary_name_org=organization_name"
        " primary_name_last=family_name primary_name_first=given_name primary_name_middle=middle_name"
        " email_address=email addr_full=street addr_line1=street addr_city=city addr_state=region"
        " addr_postal_code=postcode addr_country=country phone_number=phone tax_id_number=tax_id ssn_number=tax_id",
    ),
)


def datasets_folder() -> Path:
    """The folder that ASSAY_DATASETS names. Raises NoDatasets."""
    named = os.environ.get(VARIABLE)
    if not named:
        raise NoDatasets(f"{VARIABLE} is not set: it names the folder that holds the labelled sets")
    if not Path(named).is_dir():
        raise NoDatasets(f"{VARIABLE}={named} is no folder")
    return Path(named)


def file_of(folder: Path, name: str) -> Path | None:
    """NAME.csv or NAME.csv.gz in a set's folder; None where there is neither."""
    found = (folder / f"{name}{ending}" for ending in (".csv", ".csv.gz"))
    return next((each for each in found if each.is_file()), None)


def records_of(given: LabelledSet, folder: Path) -> RecordFile:
    """The records of a set in its own folder, columns mapped. Raises UnreadableInput."""
    return read_records(
        file_of(folder, "records") or folder / "records.csv",
        entity_type=given.entity_type,
        column_map=given.column_map,
        link_column=given.link_column,
    )


def scores_of(given: LabelledSet, datasets: Path, *, profile: str = "balanced") -> PairwiseScores:
    """Link a set as `dedupe` does, and judge it by all its true pairs. Raises UnreadableInput."""
    folder = datasets / given.name
    found = deduplicate(
        records_of(given, folder).batch,
        default_match_rules(given.entity_type),
        profile=profile,
        across_sources_only=given.link_column is not None,
    )
    links = [(pair.left, pair.right) for pair in found.pairs if pair.decision is MatchDecision.LINK]
    return pairwise(links, read_pairs(file_of(folder, "truth") or folder / "truth.csv"))


def line(name: str, scores: PairwiseScores, seconds: float) -> str:
    """One set, under `head`."""
    peers = (BEST_F1.get(name, {}).get(tool) for tool in TOOLS)
    beside = "".join(f"{'-' if f1 is None else f'{f1:.3f}':>{_width(t)}}" for t, f1 in zip(TOOLS, peers, strict=True))
    own = f"{scores.precision:.3f} {scores.recall:.3f}  {scores.f1:.4f}"
    return f"{name:<17}{seconds:>6.1f} s  {own} {beside}"


def head() -> str:
    """What stands over the lines."""
    return f"{'set':<17}{'':>8}      P     R      F1 " + "".join(f"{tool:>{_width(tool)}}" for tool in TOOLS)


def _width(tool: str) -> int:
    return max(len(tool), 5) + 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 2 when no set was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.labelled_sets", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", choices=[[], *(each.name for each in SETS)], default=[])
    wanted = parser.parse_args(arguments).sets
    try:
        datasets = datasets_folder()
    except NoDatasets as missing:
        print(f"labelled sets: FAILED, {missing}")
        return 2
    chosen = [each for each in SETS if not wanted or each.name in wanted]
    there = [each for each in chosen if file_of(datasets / each.name, "truth")]
    if there:
        print("Assay as it comes; the others at the threshold best in hindsight, * with 150 labels", head(), sep="\n")
    for each in there:
        started = time.monotonic()
        scores = scores_of(each, datasets)
        print(line(each.name, scores, time.monotonic() - started), flush=True)
    if left_out := [each.name for each in chosen if each not in there]:
        print(f"not in {datasets}: {', '.join(left_out)}")
    if not there:
        print("labelled sets: FAILED, none was found")
    return 0 if there else 2


if __name__ == "__main__":
    sys.exit(main())
