"""Quality: which expectations a document fails, and its score."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from mdm.entity_types.base import Document, JsonValue
from mdm.rules.checks import Beside, checks
from mdm.rules.checks.base import as_date
from mdm.rules.checks.check_digit import vat_text
from mdm.rules.checks.fresh import stale_at
from mdm.rules.documents import QualityCheck, QualityRule, Severity

_WEIGHTS = {Severity.ERROR: 3, Severity.WARNING: 1}


@dataclass(frozen=True, slots=True)
class QualityFailure:
    """A rule that a document fails; the value itself is not repeated."""

    attribute: str
    component: str | None
    check: QualityCheck
    severity: Severity
    code: str = ""

    def to_document(self) -> dict[str, JsonValue]:
        return {
            "attribute": self.attribute,
            "component": self.component,
            "check": self.check.value,
            "severity": self.severity.value,
        }


@dataclass(frozen=True, slots=True)
class Quality:
    """`score` is the share of the rules' weight that is met, 0 to 1; an error weighs three warnings.

    `unique` counts as met: what other golden records say is no part of one.
    """

    score: float
    failures: tuple[QualityFailure, ...]


def quality_of(
    document: Document,
    rules: Sequence[QualityRule],
    *,
    on: date,
    at: datetime | None = None,
    observed: Mapping[str, datetime] | None = None,
) -> Quality:
    """The quality of a whole document on that day. `observed` says when each value was, for those that may age."""
    beside, known = Beside(on, document, at), observed or {}

    def passes(rule: QualityRule) -> bool:
        aged = rule.attribute in known and rule.check is QualityCheck.FRESH
        here = replace(beside, observed_at=known[rule.attribute]) if aged else beside
        return meets(rule, document.get(rule.attribute), on=on, beside=here)

    failed = [rule for rule in rules if not passes(rule)]
    total = sum(_WEIGHTS[rule.severity] for rule in rules)
    lost = sum(_WEIGHTS[rule.severity] for rule in failed)
    failures = (QualityFailure(rule.attribute, rule.component, rule.check, rule.severity, rule.code) for rule in failed)
    return Quality(round(1 - lost / total, 4) if total else 1.0, tuple(failures))


def failed_checks(
    value: JsonValue, judging: Sequence[QualityRule], *, on: date, beside: Beside | None = None
) -> tuple[QualityCheck, ...]:
    """The checks that one value fails, of the rules that judge its attribute (`judging_rules`), in their order.

    Rules that hold a value against other attributes or other golden records are not among them: which of them is wrong,
    nobody knows. `beside.values` are the golden values that conditions look at.
    """
    return tuple([rule.check for rule in judging if not meets(rule, value, on=on, beside=beside)])


def turning_points(
    values: Document, rules: Sequence[QualityRule], *, observed_at: datetime, at: datetime
) -> Iterator[datetime]:
    """The times after `at` when time alone may change what these values of one source meet."""
    for rule in rules:
        if values.get(rule.attribute) is None:
            continue
        if rule.check is QualityCheck.FRESH:
            yield from (end for end in [stale_at(rule, observed_at)] if end > at)
        elif rule.check is QualityCheck.NOT_IN_FUTURE:
            days = (as_date(each) for each, _ in _looked_at(rule, values.get(rule.attribute)))
            yield from (datetime.combine(day, time(), at.tzinfo) for day in days if day and day > at.date())


def meets(rule: QualityRule, value: JsonValue, *, on: date, beside: Beside | None = None) -> bool:
    """Whether a value meets a rule. An empty value fails `required` only; every item of a collection must meet it.

    A rule whose `when` the golden values beside it do not meet holds for none of them.
    """
    around = beside or Beside(on)
    if rule.when is not None and not rule.when.is_met(around.values):
        return True
    if value is None:
        return rule.check is not QualityCheck.REQUIRED
    check = checks.get(rule.check)
    if isinstance(value, str) and rule.items is None:  # most are: nothing in it to look at by parts
        return check(rule, value, around)
    looked_at = list(_looked_at(rule, value))
    if rule.check is QualityCheck.REQUIRED:
        return bool(looked_at) and all(check(rule, each, around) for each, _ in looked_at)
    return all(
        check(rule, each, around if whole is None else replace(around, values=whole))
        for each, whole in looked_at
        if each is not None
    )


def _looked_at(rule: QualityRule, value: JsonValue) -> Iterator[tuple[JsonValue, Mapping[str, JsonValue] | None]]:
    """Each value that is judged, with the item or composite that it is a component of."""
    for each in value if isinstance(value, list | tuple) else [value]:
        is_whole = isinstance(each, Mapping)
        if rule.items is not None and not (is_whole and rule.items.is_met(each)):
            continue
        if rule.scheme == "vat" and is_whole:
            yield vat_text(each), None
        elif rule.component is not None and is_whole:
            yield each.get(rule.component), each
        else:
            yield each, None
