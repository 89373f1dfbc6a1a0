# ruff: noqa: N999  # the name of the command
"""`manage.py mass-change rehearse|list|show|undo`: many agreement lines changed as one."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mdm.actors import operator
from mdm.errors import HubError
from mdm.models import MassChange
from mdm.pricing.renewing import Rounding
from mdm.selectors.mass_changes import mass_change_by_id
from mdm.services.mass_changes.asking import asked_renewal, asked_selection
from mdm.services.mass_changes.listing import lines_as_csv
from mdm.services.mass_changes.rehearsing import rehearse_mass_change
from mdm.services.mass_changes.undoing import undo_mass_change

# Option → part of the selection.
LISTS = {
    "agreement": "agreements",
    "customer": "customers",
    "group": "customer_groups",
    "price-class": "price_classes",
    "category": "categories",
    "brand": "brands",
    "product": "products",
}
TERMS = ("begins", "ends", "percent", "amount", "step", "rounding")


class Command(BaseCommand):
    help = "Rehearse a change of many agreement lines; list, show and undo such changes. People submit and approve it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        rehearsal = actions.add_parser("rehearse", help="tell what a change would come to, to be submitted by a person")
        for name in LISTS:
            rehearsal.add_argument(f"--{name}", action="append", default=[], help="only lines of this; repeatable")
        rehearsal.add_argument("--currency", default="", help="only lines in this currency")
        rehearsal.add_argument("--ending-by", default="", help="only lines with an (exclusive) end by this date")
        rehearsal.add_argument("--from", dest="begins", required=True, help="first day of the new prices")
        rehearsal.add_argument("--until", dest="ends", default="", help="new end, exclusive; default: each line's own")
        rehearsal.add_argument("--percent", default="", help="such as 3 or -1.5, on net prices and their breaks")
        rehearsal.add_argument("--amount", default="", help="the same as an amount")
        rehearsal.add_argument("--step", default="0.01", help="new prices are multiples of this (0.01)")
        rehearsal.add_argument("--rounding", choices=list(Rounding), default=Rounding.NEAREST.value)
        rehearsal.add_argument("--reason", default="", help="shown to the approver and kept in the audit trail")
        rehearsal.add_argument("--csv", type=Path, help="write every line there")
        listing = actions.add_parser("list", help="the newest first")
        show = actions.add_parser("show", help="figures, state, and what undoing left")
        undo = actions.add_parser("undo", help="put every line back, but those that were edited since")
        undo.add_argument("--reason", required=True, help="kept in the audit trail")
        for each in (show, undo):
            each.add_argument("id", help="such as MCH-0000012-7")
        show.add_argument("--csv", type=Path, help="write every line there")
        for each in (rehearsal, listing, show, undo):
            each.add_argument("--json", action="store_true", help="one JSON object a change")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except HubError as error:
            raise CommandError(str(error)) from error

    def _rehearse(self, options: dict[str, Any]) -> None:
        lists = {name: options[option.replace("-", "_")] for option, name in LISTS.items()}
        rest = {name: options[name] for name in ("currency", "ending_by")}
        change = rehearse_mass_change(
            asked_selection({**lists, **rest}),
            asked_renewal({name: options[name] for name in TERMS}),
            reason=options["reason"],
            actor=operator(),
            at=timezone.now(),
        )
        self._tell(change, options)

    def _list(self, options: dict[str, Any]) -> None:
        for change in MassChange.objects.order_by("-pk"):
            self.stdout.write(json.dumps(_as_json(change)) if options["json"] else _line(change))

    def _show(self, options: dict[str, Any]) -> None:
        self._tell(mass_change_by_id(options["id"]), options)

    def _undo(self, options: dict[str, Any]) -> None:
        found = mass_change_by_id(options["id"])
        self._tell(undo_mass_change(found.pk, reason=options["reason"], actor=operator(), at=timezone.now()), options)

    def _tell(self, change: MassChange, options: dict[str, Any]) -> None:
        if options.get("csv"):
            _write(options["csv"], lines_as_csv(change))
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(change)))
            return
        self.stdout.write(_line(change))
        for text in _figures(change):
            self.stdout.write(f"  {text}")
        for public_id, line in change.kept:
            self.stdout.write(f"  edited later, left as it is: {public_id} {line}")


def _write(path: Path, pieces: Iterator[str]) -> None:
    """Only its owner may read the file: it tells prices."""
    path.touch(mode=0o600)
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(pieces)


def _line(change: MassChange) -> str:
    figures = change.figures
    return (
        f"{change.public_id}  {change.state}: {figures['lines']} lines chosen, {figures['changing']} agreements change"
        + (f"  ({change.reason})" if change.reason else "")
    )


def _figures(change: MassChange) -> Iterator[str]:
    figures = change.figures
    yield from (f"{count} {fate.replace('_', ' ')}" for fate, count in figures["fates"].items())
    if figures["refused"]:
        yield f"{figures['refused']} refused by the rules: {figures['refusals'][0][1]}"
    yield f"{figures['floors'].get('violated', 0)} under the floor margin, {figures['newly_violated']} of them newly"
    yield f"{figures['conflicts']} conflicts with other agreements"
    yield from (f"{count} values asked of {owner}" for owner, count in figures["asked"].items())
    yield from (f"{count} records told in {target}" for target, count in figures["messages"].items())


def _as_json(change: MassChange) -> dict[str, Any]:
    plain = ("state", "selection", "terms", "reason", "figures", "proposed_by", "submitted_by", "decided_by", "kept")
    return {"id": change.public_id, **{name: getattr(change, name) for name in plain}}
