"""A quality rule as people read it."""

from collections.abc import Callable, Mapping

from mdm.rules.quality_rules import QualityCheck, QualityRule


def words(rule: QualityRule, labels: Mapping[str, str]) -> str:
    """What is expected, as a sentence without its end: `Address (country) must be one of countries`."""
    label = labels.get(rule.attribute, rule.attribute)
    subject = label if rule.component is None else f"{label} ({_spaced(rule.component)})"
    other = labels.get(rule.other or "", _spaced(rule.other or ""))
    parts = [f"{subject} {_EXPECTED[rule.check](rule, other)}"]
    parts += [f"among items whose {rule.items.words}"] if rule.items is not None else []
    parts += [f"where {rule.when.words}"] if rule.when is not None else []
    return " ".join(parts)


_EXPECTED: Mapping[QualityCheck, Callable[[QualityRule, str], str]] = {
    QualityCheck.REQUIRED: lambda _rule, _other: "must not be empty",
    QualityCheck.PATTERN: lambda _rule, _other: "must have the expected form",
    QualityCheck.CHECK_DIGIT: lambda rule, _other: f"must have a right check digit ({(rule.scheme or '').upper()})",
    QualityCheck.ONE_OF: lambda rule, _other: f"must be one of {', '.join(rule.one_of)}",
    QualityCheck.REFERENCE_LIST: lambda rule, _other: f"must be one of the {rule.reference_list}",
    QualityCheck.NOT_IN_FUTURE: lambda _rule, _other: "must not lie in the future",
    QualityCheck.BEFORE: lambda _rule, other: f"must be before {other}",
    QualityCheck.AFTER: lambda _rule, other: f"must be after {other}",
    QualityCheck.FRESH: lambda rule, _other: f"must be younger than {rule.days} days",
    QualityCheck.UNIQUE: lambda _rule, _other: "must not be that of another record",
}


def _spaced(name: str) -> str:
    return name.replace("_", " ")
