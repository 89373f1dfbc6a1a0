"""`manage.py demo`: a running hub with data in it."""

import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mdm.project.demo.first_load import FirstLoadFailed
from mdm.project.demo.places import DemoPlaces
from mdm.project.demo.run import run_demo
from mdm.project.supervisor.guard import ServiceUnavailable, forget
from mdm.project.supervisor.places import Places
from mdm.project.supervisor.processes import AlreadyRunning, ProgramFailed


class Command(BaseCommand):
    help = "Start the hub with the demo's data, a CRM and an ERP beside it. Ctrl-C stops everything; the data stays."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="forget the demo's data and start nothing")
        parser.add_argument("--new-passwords", action="store_true", help="make and show new passwords")
        parser.add_argument("--until-ready", action="store_true", help="stop again once everything answers")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["reset"]:
                self._reset()
            else:
                run_demo(new_passwords=options["new_passwords"], until_ready=options["until_ready"])
                self.stdout.write("make demo: OK, everything came up.")
        except KeyboardInterrupt:
            self.stdout.write("\nmake demo: stopped. The data stays; `make demo-reset` forgets it.")
        except (FirstLoadFailed, ProgramFailed, AlreadyRunning, ServiceUnavailable) as error:
            raise CommandError(f"make demo: FAILED, {error}") from error

    def _reset(self) -> None:
        state = Path(settings.STATE_DIR)
        forget(places=Places(state=state, for_tests=False))
        shutil.rmtree(DemoPlaces(state).root, ignore_errors=True)
        self.stdout.write("make demo-reset: OK, the demo's data is forgotten.")
