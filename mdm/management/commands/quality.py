"""`manage.py quality [ENTITY ...]`: measure now, and say how good the records are and which rules they fail most."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from mdm.entity_types import entity_types
from mdm.models import GoldenRecord, QualityScore, ScoreScope
from mdm.selectors.quality import score_texts
from mdm.services.quality_scores import measure_quality
from mdm.services.uniqueness import check_unique_values
from mdm.services.upkeep import judge_again

WORST = 5


class Command(BaseCommand):
    help = "Measure the quality of golden and source records, keep it as today's scores, and print it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("entity_types", nargs="*", metavar="ENTITY", help="default: every type that has records")
        parser.add_argument("--again", action="store_true", help="judge every golden record again first")
        parser.add_argument("--json", action="store_true", help="print every score as JSON")

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's own signature
        at = timezone.now()
        named = [entity_types.get(name).name for name in options["entity_types"]]
        names = named or [n for n in sorted(entity_types) if GoldenRecord.objects.filter(entity_type=n).exists()]
        if options["again"]:
            for name in names:
                judge_again(name, at=at)
        check_unique_values(at=at)
        scores = {name: measure_quality(name, at=at) for name in names}
        if options["json"]:
            self.stdout.write(json.dumps({name: score_texts(each) for name, each in scores.items()}, indent=2))
            return
        for name, each in scores.items():
            self._print(name, each)

    def _print(self, name: str, scores: list[QualityScore]) -> None:
        for score in scores:
            if score.scope == ScoreScope.ALL:
                self.stdout.write(f"{name:<40} {_figures(score)}")
        for score in scores:
            if score.scope == ScoreScope.SYSTEM:
                self.stdout.write(f"  source records of {score.name:<20} {_figures(score)}")
        failed = [score for score in scores if score.scope == ScoreScope.RULE and score.failing]
        for score in sorted(failed, key=lambda each: (-each.failing, each.name))[:WORST]:
            self.stdout.write(f"  {score.name:<38} {_figures(score)}")


def _figures(score: QualityScore) -> str:
    return f"{score.score:>7.2%}  {score.failing} of {score.records} failing"
