"""`manage.py prices radar`: look at all prices now, and say what is wrong or soon will be."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from mdm.radar import kinds
from mdm.selectors.price_radar import accuracy_text, open_counts
from mdm.services.price_radar import look_at_prices


class Command(BaseCommand):
    help = "Look at all prices."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        radar = actions.add_parser(
            "radar", help="find gaps, expiries, retired products, differences; keep and tell them"
        )
        radar.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's own signature
        looked = look_at_prices(at=timezone.now())
        counts = open_counts()
        if options["json"]:
            told = {
                "lines": looked.lines,
                "new": looked.added,
                "over": looked.closed,
                "findings": counts,
                "seconds": {name: round(each, 3) for name, each in looked.seconds.items()},
                "accuracy": accuracy_text(looked.accuracy),
            }
            self.stdout.write(json.dumps(told, indent=2))
            return
        self.stdout.write(f"{looked.lines:,} lines; {looked.added:,} findings new, {looked.closed:,} over.")
        for name in kinds:
            kind = kinds.get(name)
            for band, label in kind.bands.items():
                count = counts[name][band]
                self.stdout.write(
                    f"  {kind.label + ', ' + label:<44} {count['findings']:>9,} in {count['agreements']:,}"
                )
        accuracy = looked.accuracy
        self.stdout.write(
            f"Pricing accuracy {accuracy.share:.2%}: {accuracy.equal:,} of {accuracy.lines:,} lines equal everywhere;"
            f" {accuracy.differing:,} differ, {accuracy.missing:,} are missing, {accuracy.untold:,} untold somewhere."
        )
