"""`manage.py relay`: deliver golden versions, as a process of its own."""

import signal
from random import SystemRandom
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sync.clock import system_clock
from sync.outbound.relay import Relay, run_once


class Command(BaseCommand):
    help = "Number, plan and deliver golden versions; without Redis or Celery. Stops cleanly on SIGTERM and Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="deliver what is due now, then end")

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's own signature
        if options["once"]:
            self.stdout.write(str(run_once(clock=system_clock, random=SystemRandom())))
            return
        relay = Relay(clock=system_clock, random=SystemRandom(), tell=self._tell)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: relay.stop())
        self._tell("relay is ready")
        relay.run()

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
