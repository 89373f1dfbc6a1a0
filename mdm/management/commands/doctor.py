"""`manage.py doctor CHECK`: whether what the hub promises about its own data is true right now."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mdm.doctor import checks
from mdm.errors import HubError


class Command(BaseCommand):
    help = "Check the hub's own data; changes nothing. Ends with 1 when something is broken, 2 when it cannot be told."

    def add_arguments(self, parser: ArgumentParser) -> None:
        named = parser.add_subparsers(dest="check", required=True)
        for name in checks:
            check = checks.get(name)
            one = named.add_parser(name, help=check.summary)
            check().add_arguments(one)
            one.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's own signature
        try:
            diagnosis = checks.get(options["check"])().diagnose(options)
        except HubError as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps({"check": options["check"], **diagnosis.document}))
        else:
            self.stdout.write("\n".join(diagnosis.lines))
        if diagnosis.ailment is not None:
            raise CommandError(diagnosis.ailment)
