"""Quality: which expectations a document fails, and its score."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from stdnum import ean
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError

from mdm.entity_types.base import JsonValue
from mdm.rules.documents import QualityCheck, QualityRule, Severity

SCHEMES = ("gtin", "vat")
_WEIGHTS = {Severity.ERROR: 3, Severity.WARNING: 1}


@dataclass(frozen=True, slots=True)
class QualityFailure:
    """A rule that a document fails; the value itself is not repeated."""

    attribute: str
    component: str | None
    check: QualityCheck
    severity: Severity

    def to_document(self) -> dict[str, JsonValue]:
        return {
            "attribute": self.attribute,
            "component": self.component,
            "check": self.check.value,
            "severity": self.severity.value,
        }


@dataclass(frozen=True, slots=True)
class Quality:
    """`score` is the share of the rules' weight that is met, 0 to 1; an error weighs three warnings."""

    score: float
    failures: tuple[QualityFailure, ...]


def quality_of(document: Mapping[str, JsonValue], rules: Sequence[QualityRule], *, on: date) -> Quality:
    """The quality of a whole document on that day."""
    failed = [rule for rule in rules if not meets(rule, document.get(rule.attribute), on=on)]
    total = sum(_WEIGHTS[rule.severity] for rule in rules)
    lost = sum(_WEIGHTS[rule.severity] for rule in failed)
    failures = tuple(QualityFailure(rule.attribute, rule.component, rule.check, rule.severity) for rule in failed)
    return Quality(round(1 - lost / total, 4) if total else 1.0, failures)


def failed_checks(
    attribute: str, value: JsonValue, rules: Sequence[QualityRule], *, on: date
) -> tuple[QualityCheck, ...]:
    """The checks that one value of one attribute fails, in the order of the rules."""
    asked = [rule for rule in rules if rule.attribute == attribute]  # of most attributes nothing is asked
    return tuple([rule.check for rule in asked if not meets(rule, value, on=on)]) if asked else ()


def days_ahead(values: Mapping[str, JsonValue], rules: Sequence[QualityRule], *, on: date) -> Iterator[date]:
    """The days after `on` that these values name though they must not be in the future: then they fail no longer."""
    for rule in rules:
        if rule.check is QualityCheck.NOT_IN_FUTURE:
            days = (_day(each) for each in _looked_at(rule, values.get(rule.attribute)))
            yield from (day for day in days if day is not None and day > on)


def _day(value: JsonValue) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:  # null, or of a form that was refused at the door
        return None


def meets(rule: QualityRule, value: JsonValue, *, on: date) -> bool:
    """Whether a value meets a rule. An empty value fails `required` only; every item of a collection must meet it."""
    if value is None:
        return rule.check is not QualityCheck.REQUIRED
    looked_at = list(_looked_at(rule, value))
    if rule.check is QualityCheck.REQUIRED:
        return bool(looked_at) and all(each not in (None, "", [], {}) for each in looked_at)
    return all(_meets_one(rule, each, on=on) for each in looked_at if each is not None)


def _looked_at(rule: QualityRule, value: JsonValue) -> Iterable[JsonValue]:
    for each in value if isinstance(value, list | tuple) else [value]:
        if rule.scheme == "vat" and isinstance(each, Mapping):
            yield _vat_text(each)
        elif rule.component is not None and isinstance(each, Mapping):
            yield each.get(rule.component)
        else:
            yield each


def _meets_one(rule: QualityRule, value: JsonValue, *, on: date) -> bool:
    text = str(value)
    if rule.check is QualityCheck.PATTERN:
        return re.fullmatch(rule.pattern or "", text) is not None
    if rule.check is QualityCheck.ONE_OF:
        return text in rule.one_of
    if rule.check is QualityCheck.NOT_IN_FUTURE:
        return text <= on.isoformat()
    return _has_check_digit(rule.scheme, text)


@lru_cache(maxsize=4096)  # one golden record asks of one number several times: of each candidate, item and document
def _has_check_digit(scheme: str | None, text: str) -> bool:
    try:
        (ean if scheme == "gtin" else eu_vat).validate(text)
    except ValidationError:
        return False
    return True


def _vat_text(registration: Mapping[str, JsonValue]) -> str | None:
    """A registration as a VAT number with its country; None for one that this check can say nothing about."""
    country, number = str(registration.get("jurisdiction") or ""), str(registration.get("number") or "")
    # Greece files under EL; only member states have a check digit that stdnum knows by country.
    prefix = "EL" if country == "GR" else country
    if str(registration.get("kind") or "").casefold() != "vat" or prefix.casefold() not in eu_vat.MEMBER_STATES | {
        "el"
    }:
        return None
    return number if number.upper().startswith(prefix) else prefix + number
