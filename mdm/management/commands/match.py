"""`manage.py match`: place the source records that wait; with --train, learn the match model first."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.progress import Progress

from mdm.actors import operator
from mdm.entity_types import entity_types, in_settling_order
from mdm.errors import HubError
from mdm.management.rollouts import carried_on, tell
from mdm.models import SourceRecord
from mdm.selectors.rollouts import open_rollouts
from mdm.services.rollouts.carrying import AT_ONCE
from mdm.services.settlement import settle_pending
from mdm.services.training import train_match_model
from mdm.services.waiting import let_all_wait
from mdm.side_by_side import usable_cores


class Command(BaseCommand):
    help = "Match and place the source records that wait. Killed half-way, the next run goes on from there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("entity_types", nargs="*", help="default: all, in settling order")
        parser.add_argument(
            "--train", action="store_true", help="estimate the match model from the records at hand first"
        )
        parser.add_argument("--train-only", action="store_true", help="estimate the match model and place nothing yet")
        parser.add_argument(
            "--processes",
            type=int,
            default=usable_cores(),
            help="how many share the work when many records wait; default: as many as there are cores",
        )
        parser.add_argument("--all", action="store_true", help="match every record again, not only those that wait")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            for name in options["entity_types"] or [kind.name for kind in in_settling_order()]:
                if options["train"] or options["train_only"]:
                    self._train(entity_types.get(name).name)
                if not options["train_only"]:
                    self._match(entity_types.get(name).name, options["processes"], everything=options["all"])
        except HubError as error:
            raise CommandError(str(error)) from error

    def _train(self, entity_type: str) -> None:
        rule_set = train_match_model(entity_type, actor=operator(), at=timezone.now())
        self.stdout.write(f"{entity_type}: {rule_set.note if rule_set else 'too few records; the shipped model stays'}")
        for rollout in open_rollouts(entity_type).filter(rule_set=rule_set):
            tell(self, carried_on(rollout, batch=AT_ONCE, quiet=False))

    def _match(self, entity_type: str, processes: int, *, everything: bool) -> None:
        records = SourceRecord.objects.filter(entity_type=entity_type, erased_at=None)
        if everything:
            let_all_wait(entity_type, at=timezone.now())
        waiting = records.filter(pending_since__isnull=False).count()
        with Progress(transient=True, auto_refresh=False) as bars:  # no thread of its own: processes are forked inside
            bar = bars.add_task(entity_type, total=waiting)
            done = settle_pending(
                entity_type,
                actor=operator(),
                at=timezone.now(),
                progress=lambda count: bars.update(bar, advance=count, refresh=True),
                processes=processes,
            )
        self.stdout.write(
            f"{entity_type}: {done.source_records} records placed, {done.pairs_scored} pairs scored, "
            f"{done.golden_versions} golden versions, {done.held} repartitions held for a steward"
        )
