from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from mdm.entity_types import entity_types
from mdm.models import QualityScore, ScoreScope
from mdm.selectors.attributes import attributes_of
from mdm.selectors.quality import latest_scores, score_days
from stewardship.pages.doors import Steward, steward_page
from stewardship.pages.quality.sparkline import Sparkline, sparkline
from stewardship.selectors.quality import words_of_rule
from stewardship.selectors.titles import system_labels

DAYS_SHOWN = 90


@dataclass(frozen=True, slots=True)
class Row:
    """One score with what it is of; `code` leads to the failing records where it is of a rule."""

    label: str
    code: str
    score: QualityScore


@dataclass(frozen=True, slots=True)
class TypeQuality:
    """How an entity type stands, and how it went. Of rules and attributes those that some record fails."""

    name: str
    whole: QualityScore
    line: Sparkline | None
    days: list[QualityScore]
    rules: list[Row]
    met_by_all: int
    attributes: list[Row]
    systems: list[Row]


@steward_page()
def quality(request: Steward) -> HttpResponse:
    """Scores of each entity type, over time and by rule, attribute and system; rules lead to the records that fail."""
    types = [each for name in sorted(entity_types) if (each := _type_quality(name)) is not None]
    return render(request, "pages/quality/quality.html", {"types": types, "days_shown": DAYS_SHOWN})


def _type_quality(name: str) -> TypeQuality | None:
    scores = latest_scores(name)
    whole = next((each for each in scores if each.scope == ScoreScope.ALL), None)
    if whole is None:
        return None
    days = list(score_days(name, until=timezone.now().date(), days=DAYS_SHOWN))
    attributes = {each.name: each.label for each in attributes_of(name)}
    systems = system_labels()
    by_scope = {scope: [each for each in scores if each.scope == scope] for scope in ScoreScope}
    failed = {scope: [each for each in rows if each.failing] for scope, rows in by_scope.items()}
    return TypeQuality(
        name,
        whole,
        sparkline([(each.day, each.score) for each in days]),
        days[::-1],
        [Row(words_of_rule(name, each.name), each.name, each) for each in failed[ScoreScope.RULE]],
        len(by_scope[ScoreScope.RULE]) - len(failed[ScoreScope.RULE]),
        [Row(attributes.get(each.name, each.name), "", each) for each in failed[ScoreScope.ATTRIBUTE]],
        [Row(systems.get(each.name, each.name), "", each) for each in by_scope[ScoreScope.SYSTEM]],
    )
