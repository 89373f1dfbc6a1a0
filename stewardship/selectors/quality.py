"""Quality as people read it: what a golden record fails, in words, and how scores went over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby

from django.utils.translation import gettext as _

from mdm.entity_types import entity_types
from mdm.models import FailedRule, GoldenRecord
from mdm.rules.documents import QualityCheck, QualityRule
from mdm.rules.quality_words import words
from mdm.selectors.quality import failures_of, holders_of_the_same
from mdm.services.rule_sets import PublishedRules, published_rules


@dataclass(frozen=True, slots=True)
class Breach:
    """A golden record that a person is told of, and why."""

    golden_record_id: int
    public_id: str
    entity_type: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that a golden record fails; `peers` are others that say what only one may. "" where nobody let it go."""

    words: str
    severity: str
    blocks: bool
    since_at: datetime
    released_by: str
    release_reason: str
    peers: Sequence[GoldenRecord]


@dataclass(frozen=True, slots=True)
class RecordQuality:
    """What a golden record fails. `is_asked`: a person is asked about it; `is_held`: it is not delivered meanwhile."""

    failures: Sequence[Failure]
    is_asked: bool
    is_held: bool


def breaches_of(golden_record_ids: Sequence[int]) -> list[Breach]:
    """What of these golden records a person is told, by id."""
    rows = FailedRule.objects.filter(golden_record__in=golden_record_ids, asks=True, released_at=None)
    told = rows.select_related("golden_record").defer("golden_record__document", "golden_record__lineage")
    breaches = []
    rules = cache(published_rules)
    for golden, each in groupby(told.order_by("golden_record_id", "rule"), key=lambda row: row.golden_record):
        failed = list(each)
        known = rules(golden.entity_type)
        text = "; ".join(_words(row.rule, known) for row in failed)
        held = any(row.blocks for row in failed)
        reason = _("Held until it passes: %(rules)s") % {"rules": text} if held else text
        breaches.append(
            Breach(golden.pk, golden.public_id, golden.entity_type, golden.title or golden.public_id, reason)
        )
    return breaches


def quality_of_record(record: GoldenRecord) -> RecordQuality:
    """What the page of a golden record tells about its quality."""
    rows, known = failures_of(record), published_rules(record.entity_type)
    failures = [
        Failure(
            _words(row.rule, known),
            row.severity,
            row.blocks,
            row.since_at,
            row.released_by,
            row.release_reason,
            holders_of_the_same(record, row.rule) if _is_unique(row.rule, known) else (),
        )
        for row in rows
    ]
    waiting = [row for row in rows if row.released_at is None]
    return RecordQuality(failures, any(row.asks for row in waiting), any(row.blocks for row in waiting))


def words_of_rule(entity_type: str, code: str) -> str:
    """A rule as a sentence without its end; its code where no rule in force is called so."""
    return _words(code, published_rules(entity_type)) if entity_type in entity_types else code


def _words(code: str, rules: PublishedRules) -> str:
    rule = _rule(code, rules)
    return code if rule is None else words(rule, {each.name: each.label for each in rules.attributes})


def _rule(code: str, rules: PublishedRules) -> QualityRule | None:
    return next((rule for rule in rules.document.quality if rule.code == code), None)


def _is_unique(code: str, rules: PublishedRules) -> bool:
    rule = _rule(code, rules)
    return rule is not None and rule.check is QualityCheck.UNIQUE
