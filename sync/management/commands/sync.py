"""`manage.py sync pull SYSTEM` and `manage.py sync status [SYSTEM]`."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mdm.actors import operator
from mdm.errors import UnknownSourceSystem
from mdm.models import SourceSystem
from mdm.services.intake import source_system
from sync.clock import system_clock
from sync.inbound.pulling import pull_all
from sync.selectors.backlog import Backlog, backlogs


class Command(BaseCommand):
    help = "Read what changed in a system, or show how its deliveries stand."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        pull = verbs.add_parser("pull", help="read every change since the last time and settle it")
        pull.add_argument("system")
        pull.add_argument("--no-settle", action="store_true", help="only receive; `manage.py match` places the records")
        status = verbs.add_parser("status", help="what waits for each target")
        status.add_argument("system", nargs="?")
        status.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's own signature
        if options["verb"] == "pull":
            self._pull(_system(options["system"]), settle=not options["no_settle"])
        else:
            self._status(options["system"], as_json=options["json"])

    def _pull(self, system: SourceSystem, *, settle: bool) -> None:
        runs = pull_all(system, actor=operator(), clock=system_clock, settle=settle)
        for run in runs:
            self.stdout.write(
                f"{run.entity_type}: {run.received} received, {run.new} new, {run.changed} changed,"
                f" {run.unchanged} unchanged, {run.echoes} echoes, {run.tombstoned} deleted,"
                f" {run.quarantined} quarantined, {run.golden_versions} golden versions"
            )
        if failed := [f"{run.entity_type}: {run.error}" for run in runs if run.error]:
            raise CommandError("\n".join(failed))

    def _status(self, name: str | None, *, as_json: bool) -> None:
        found = [backlog for backlog in backlogs() if name in (None, backlog.target)]
        if not found:
            raise CommandError(f"No open target named {name!r}." if name else "No target is connected.")
        for backlog in found:
            self.stdout.write(_json(backlog) if as_json else _line(backlog))


def _system(name: str) -> SourceSystem:
    try:
        return source_system(name)
    except UnknownSourceSystem as error:
        raise CommandError(error.detail) from error


def _line(backlog: Backlog) -> str:
    breaker = "" if backlog.breaker == "closed" else f"; {backlog.breaker.label.lower()}: {backlog.breaker_error}"
    return (
        f"{backlog.target} ({backlog.mode}): {backlog.up_to_date} up to date, {backlog.waiting} waiting,"
        f" {backlog.retrying} of them after a failure, {backlog.parked} need a person{breaker}"
    )


def _json(backlog: Backlog) -> str:
    return json.dumps(
        {
            "target": backlog.target,
            "mode": backlog.mode,
            "up_to_date": backlog.up_to_date,
            "waiting": backlog.waiting,
            "retrying": backlog.retrying,
            "parked": backlog.parked,
            "oldest_due_at": backlog.oldest_due_at.isoformat() if backlog.oldest_due_at else None,
            "breaker": str(backlog.breaker),
        }
    )
