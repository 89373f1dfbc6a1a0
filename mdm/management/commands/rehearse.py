"""`manage.py rehearse ENTITY NUMBER`: what publishing a draft rule set would do, without doing it."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.table import Table

from mdm.actors import operator
from mdm.entity_types import entity_types
from mdm.errors import HubError
from mdm.masking import national_ids
from mdm.services.rehearsal import Outcome, rehearse
from mdm.services.rehearsal.differences import Difference
from mdm.services.rehearsal.writing import as_row, differences_file

LONGEST_SAID = 60
WIDTH = 240  # where no terminal says its own


class Command(BaseCommand):
    help = (
        "Compute what publishing a draft rule set would do: golden records joined and split, values, messages, prices, "
        "tasks. Nothing is changed but the draft's state, which becomes `rehearsed`."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("entity_type", help="customer, product, location or pricing_agreement")
        parser.add_argument("number", type=int, help="of the draft")
        parser.add_argument("--samples", type=int, default=10, metavar="N", help="show the first N of each kind (10)")
        parser.add_argument(
            "--out",
            type=Path,
            metavar="FILE",
            help="write every difference to .jsonl or .csv, also .gz; holds personal data",
        )
        parser.add_argument("--national-ids", action="store_true", help="leave national ids of persons readable")
        parser.add_argument("--json", action="store_true", help="one JSON object with counts and samples")

    def handle(self, *args: Any, **options: Any) -> None:
        with national_ids(shown=options["national_ids"]):
            self._rehearse(options)

    def _rehearse(self, options: Mapping[str, Any]) -> None:
        try:
            with ExitStack() as stack:
                out = options["out"]
                sink: Callable[[Difference], None] = (
                    stack.enter_context(differences_file(out)) if out else lambda _: None
                )
                outcome = rehearse(
                    entity_types.get(options["entity_type"]).name,
                    options["number"],
                    actor=operator(),
                    clock=timezone.now,
                    samples=options["samples"],
                    sink=sink,
                    on_phase=self._progress(quiet=options["json"]),
                )
        except HubError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['out']} cannot be written: {error.strerror}") from error
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(outcome), ensure_ascii=False))
        else:
            self._tell(outcome, out=options["out"])

    def _progress(self, *, quiet: bool) -> Callable[[str], None]:
        def tell(phase: str) -> None:
            if not quiet and self.stderr.isatty():
                self.stderr.write(f"{phase} ...")

        return tell

    def _tell(self, outcome: Outcome, *, out: Path | None) -> None:
        draft, in_force = outcome.rule_set, outcome.in_force
        self.stdout.write(
            f"Version {draft.number} of the {draft.entity_type} rules, had it been in force instead of "
            f"{in_force.number}:"
        )
        console = Console(highlight=False, markup=False, width=None if self.stdout.isatty() else WIDTH)
        with console.capture() as captured:
            console.print(_summary(outcome.counts))
            if outcome.samples:
                console.print(_samples(outcome))
        self.stdout.write(captured.get())
        if out:
            self.stdout.write(f"Every difference is in {out}. It holds personal data; delete it when it is read.")
        self.stdout.write(f"Nothing was changed. To go on: manage.py rules publish {draft.entity_type} {draft.number}")


def _summary(counts: Any) -> Table:  # any: nested numbers
    table = Table("What", "Would", box=None, pad_edge=False)
    golden, values = counts["golden_records"], counts["values"]
    rows = {
        "golden records": f"{golden['before']} → {golden['after']}, {golden['new']} of them new",
        "groups joined": counts["joined"],
        "golden records split": counts["split"],
        "golden records with other values": values["golden_records"],
        **{f"  {name}": count for name, count in values["by_attribute"].items()},
        "messages": sum(counts["messages"].values()),
        **{f"  to {name}": count for name, count in counts["messages"].items()},
        "prices": counts["prices"],
        "regroupings held for a steward": counts["held"],
        "questions opened / closed": f"{counts['reviews']['opened']} / {counts['reviews']['closed']}",
    }
    if counts["waiting"]:
        rows["source records that wait to be matched anyway"] = counts["waiting"]
    if counts["matched_again"]:
        rows["dependents to be matched again, not rehearsed"] = counts["matched_again"]
    for name, said in rows.items():
        table.add_row(name, str(said))
    return table


def _samples(outcome: Outcome) -> Table:
    table = Table("Kind", "Golden records", "Source records", "About", "Now", "Then", box=None, pad_edge=False)
    for row in map(as_row, outcome.samples):
        about = (row["kind"], *(_short(" ".join(row[name])) for name in ("golden_ids", "source_records")))
        table.add_row(*about, row["about"], _said(row["old"]), _said(row["new"]))
    return table


def _said(value: Any) -> str:  # any: canonical JSON values
    return "" if value is None else _short(orjson.dumps(value).decode())


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SAID else f"{text[: LONGEST_SAID - 1]}…"


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "entity_type": outcome.rule_set.entity_type,
        "number": outcome.rule_set.number,
        "in_force": outcome.in_force.number,
        "counts": dict(outcome.counts),
        "samples": [as_row(each) for each in outcome.samples],
    }
