"""`manage.py reconcile SYSTEM`: what a system holds otherwise than the hub would send."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mdm.actors import operator
from mdm.errors import UnknownSourceSystem
from mdm.services.intake import source_system
from sync.clock import system_clock
from sync.inbound.reconciling import reconcile_all


class Command(BaseCommand):
    help = "Compare every record of a system with what the hub would send; what differs is sent again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("system")
        parser.add_argument("--keys", action="store_true", help="list keys and attribute names, no values")

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's own signature
        try:
            system = source_system(options["system"])
        except UnknownSourceSystem as error:
            raise CommandError(error.detail) from error
        runs = reconcile_all(system, actor=operator(), clock=system_clock)
        for run in runs:
            self.stdout.write(
                f"{run.entity_type}: {run.compared} compared, {run.differing} differ, {run.missing} missing,"
                f" {run.extra} extra, {run.waiting} on their way, {run.requeued} queued again"
            )
            for found in run.drift if options["keys"] else ():
                self.stdout.write(f"  {found['kind']} {found['key']} {' '.join(found['attributes'])}".rstrip())
        if failed := [f"{run.entity_type}: {run.error}" for run in runs if run.error]:
            raise CommandError("\n".join(failed))
