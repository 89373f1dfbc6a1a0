"""`manage.py load SYSTEM ENTITY FILE`: records from a file, through the same stages as any other way in."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.progress import Progress, track

from mdm.actors import operator
from mdm.errors import HubError, UnknownSourceSystem
from mdm.files import in_batches, payloads_of
from mdm.models import SourceRecord, SourceSystem, SystemMode
from mdm.services.intake import receive_payloads, source_system
from mdm.services.placing import Settlement
from mdm.services.rule_set_versions import ensure_rule_sets
from mdm.services.settlement import settle_pending
from mdm.services.systems import connect_system, put_mapping

COUNTS = ("received", "new", "changed", "unchanged", "echoes", "tombstoned", "quarantined", "suppressed")


class Command(BaseCommand):
    help = (
        "Load a file of records (.jsonl, .csv, also .gz). Loading it again, or going on after a kill, changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("system", help="name of the source system; made here when --mapping is given")
        parser.add_argument("entity_type", help="customer, product, location or pricing_agreement")
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", type=Path, help="mapping file (YAML) to put in force first")
        parser.add_argument("--batch", type=int, default=2000, help="records a transaction")
        parser.add_argument(
            "--no-settle", action="store_true", help="only receive; `manage.py match` places the records"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object at the end, no progress bar")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._load(options)
        except HubError as error:
            raise CommandError(str(error)) from error

    def _load(self, options: dict[str, Any]) -> None:
        entity_type = options["entity_type"]
        ensure_rule_sets(actor=operator(), at=timezone.now())
        system = _system(options["system"], options["mapping"])
        totals = dict.fromkeys(COUNTS, 0)
        batches = in_batches(payloads_of(options["file"]), options["batch"])
        shown = (
            batches if options["json"] else track(batches, description=f"{options['system']} {entity_type}", total=None)
        )
        for batch in shown:
            intake = receive_payloads(system, entity_type, batch, actor=operator(), at=timezone.now())
            for name in COUNTS:
                totals[name] += getattr(intake, name)
        if not options["no_settle"]:
            done = _settle(entity_type, quiet=options["json"])
            totals |= {"pairs_scored": done.pairs_scored, "golden_versions": done.golden_versions, "held": done.held}
        if options["json"]:
            self.stdout.write(json.dumps(totals))
        else:
            self.stdout.write(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in totals.items()))


def _settle(entity_type: str, *, quiet: bool) -> Settlement:
    waiting = SourceRecord.objects.filter(entity_type=entity_type, pending_since__isnull=False).count()
    with Progress(transient=True, disable=quiet) as bars:
        bar = bars.add_task(f"placing {entity_type}", total=waiting)
        return settle_pending(
            entity_type, actor=operator(), at=timezone.now(), progress=lambda count: bars.advance(bar, count)
        )


def _system(name: str, mapping: Path | None) -> SourceSystem:
    """The system to load for. With a mapping file one that is new is made, without a connector: it is only read."""
    at = timezone.now()
    try:
        system = source_system(name)
    except UnknownSourceSystem:
        if mapping is None:
            raise
        system = connect_system(
            name,
            label=name,
            connector="",
            base_url="",
            credentials_reference="",
            settings={},
            mode=SystemMode.LIVE,
            actor=operator(),
            at=at,
        )
    if mapping is not None:
        put_mapping(system, yaml.safe_load(mapping.read_text(encoding="utf-8")), actor=operator(), at=at)
    return system
