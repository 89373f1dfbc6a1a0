"""`manage.py remap SYSTEM ENTITY`: a new mapping counts for the records that are there, too."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mdm.actors import operator
from mdm.entity_types import entity_types
from mdm.errors import HubError
from mdm.services.intake import source_system
from mdm.services.remapping import read_again
from mdm.services.settlement import settle_pending
from mdm.services.systems import put_mapping


class Command(BaseCommand):
    help = "Read kept payloads again that another mapping read, and settle what changes. Repeating it changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("system", help="name of the source system")
        parser.add_argument("entity_type", help="customer, product, location or pricing_agreement")
        parser.add_argument("--mapping", type=Path, help="mapping file (YAML) to put in force first")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._remap(options)
        except HubError as error:
            raise CommandError(str(error)) from error

    def _remap(self, options: dict[str, Any]) -> None:
        system, entity_type = source_system(options["system"]), entity_types.get(options["entity_type"]).name
        if options["mapping"]:
            put_mapping(system, _document(options["mapping"]), actor=operator(), at=timezone.now())
        read = quarantined = 0
        for intake in read_again(system, entity_type, actor=operator(), at=timezone.now()):
            read, quarantined = read + intake.received, quarantined + intake.quarantined
        done = settle_pending(entity_type, actor=operator(), at=timezone.now())
        self.stdout.write(f"{read} read again, {quarantined} quarantined, {done.golden_versions} golden versions")


def _document(file: Path) -> Any:  # parsed YAML
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CommandError(f"{file} cannot be read as YAML.") from error
