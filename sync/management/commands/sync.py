"""`manage.py sync connect FILE`, `pull SYSTEM`, `status [SYSTEM]` and `describe SYSTEM`."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mdm.actors import operator
from mdm.errors import UnknownSourceSystem
from mdm.models import SourceSystem, SystemMode
from mdm.rules.errors import InvalidDocument
from mdm.services.intake import current_mapping, source_system
from sync.clock import system_clock
from sync.connectors import DeliveryError, Limits, RemoteAttribute, connector_for
from sync.inbound.pulling import pull_all, pulled_entity_types
from sync.selectors.backlog import Backlog, backlogs
from sync.selectors.drift import schema_drift
from sync.services.connecting import connect, read_system_file
from sync.services.schedules import ensure_schedules


class Command(BaseCommand):
    help = "Connect a system, read what changed in it, show how its deliveries stand and what it has."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        connect = verbs.add_parser("connect", help="add the system that a file describes, or bring it up to date")
        connect.add_argument("file", type=Path)
        connect.add_argument("--mode", choices=SystemMode.values, help="in place of the mode in the file")
        describe = verbs.add_parser("describe", help="what the system has now, beside what its mappings speak of")
        describe.add_argument("system")
        pull = verbs.add_parser("pull", help="read every change since the last time and settle it")
        pull.add_argument("system")
        pull.add_argument("--no-settle", action="store_true", help="only receive; `manage.py match` places the records")
        status = verbs.add_parser("status", help="what waits for each target")
        status.add_argument("system", nargs="?")
        status.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's own signature
        match options["verb"]:
            case "connect":
                self._connect(options["file"], mode=options["mode"])
            case "describe":
                self._describe(_system(options["system"]))
            case "pull":
                self._pull(_system(options["system"]), settle=not options["no_settle"])
            case _:
                self._status(options["system"], as_json=options["json"])

    def _connect(self, file: Path, *, mode: str | None) -> None:
        try:
            told = read_system_file(file)
            told = told if mode is None else replace(told, mode=SystemMode(mode))
            system = connect(told, actor=operator(), at=system_clock())
        except OSError as error:
            raise CommandError(f"Cannot read {error.filename}: {error.strerror}.") from error
        except InvalidDocument as error:
            raise CommandError("\n".join(f"{each.path or '$'}: {each.message}" for each in error.mistakes)) from error
        ensure_schedules()
        self.stdout.write(f"{system.label} is connected ({system.mode}), with {len(told.mappings)} mappings.")

    def _describe(self, system: SourceSystem) -> None:
        connector = connector_for(system)
        try:
            self.stdout.write(f"{system.label} is of tier {connector.tier}{_bears(connector.limits)}")
            for entity_type in pulled_entity_types(system):
                told = connector.describe(entity_type)
                if told is None:
                    self.stdout.write(f"{entity_type}: {system.label} cannot tell what it has.")
                    continue
                drift = schema_drift(told, current_mapping(system, entity_type)[1])
                self.stdout.write(f"{entity_type} is {told.name}, with {len(told.attributes)} attributes")
                self.stdout.writelines(f"  {name} is mapped, but is not there" for name in drift.missing)
                self.stdout.writelines(f"  {_attribute(each)} is not mapped" for each in drift.unmapped)
        except DeliveryError as error:
            raise CommandError(f"{error.outcome}: {error.message}") from error
        finally:
            connector.close()

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


def _bears(limits: Limits) -> str:
    facts = [
        f"{limits.page_size} records a page" if limits.page_size else "",
        f"{limits.batch_size} records a write" if limits.batch_size > 1 else "",
        f"{limits.per_second:g} calls a second" if limits.per_second else "",
    ]
    known = ", ".join(fact for fact in facts if fact)
    return f" and bears {known}" if known else ""


def _attribute(told: RemoteAttribute) -> str:
    facts = [
        told.type or "",
        f"at most {told.length} characters" if told.length else "",
        "required" if told.required else "",
        "read only" if told.writable is False else "",
    ]
    known = ", ".join(fact for fact in facts if fact)
    return f"{told.name} ({known})" if known else told.name


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
