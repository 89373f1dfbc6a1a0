"""The quality section of a rule set document: a list of rules, or `lists` of its own beside its `rules`."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from mdm.entity_types.base import Attribute, AttributeType
from mdm.rules.checks.check_digit import SCHEMES
from mdm.rules.checks.lists import SHIPPED_LISTS
from mdm.rules.conditions import Condition
from mdm.rules.order import Look
from mdm.rules.parsing_conditions import parse_condition
from mdm.rules.quality_rules import Blocks, QualityCheck, QualityRule, Severity
from mdm.rules.reading import Reader

_KEYS = ("attribute", "check", "severity", "component", "when", "items", "task", "blocks", "name")
_ALWAYS_KNOWN = ("pattern", "scheme", "one_of")  # rule files say them beside other checks, where they mean nothing
_NAME = re.compile(r"[a-z0-9][a-z0-9_.:#-]{0,99}")
_MOST_DAYS = 36_500

Lists = Mapping[str, tuple[str, ...]]


def parse_quality(read: Reader, attributes: Mapping[str, Attribute]) -> tuple[tuple[QualityRule, ...], Lists]:
    """The rules and the lists they bring. `read` is the whole document."""
    lists: dict[str, tuple[str, ...]] = {}
    inside = read
    if isinstance(read.value("quality"), Mapping):
        inside = read.section("quality")
        inside.known_keys(("lists", "rules"))
        lists = _parse_lists(inside.section("lists", required=False))
    key = "quality" if inside is read else "rules"
    rules = [_parse_rule(each, attributes, lists) for each in inside.items(key, required=False)]
    named = [rule.name for rule in rules if rule.name is not None]
    inside.unique(f"{key}.name", named)
    return _with_codes(rules), lists


def quality_looks(rules: Sequence[QualityRule]) -> dict[str, list[Look]]:
    """What the conditions of rules look at before a value of their attribute can be judged."""
    looks: dict[str, list[Look]] = {}
    for place, rule in enumerate(rules):
        if rule.when is not None and rule.judges_values:
            looks.setdefault(rule.attribute, []).append(
                Look(rule.when.attribute, f"quality[{place}].when.attribute"),
            )
    return looks


def _parse_lists(read: Reader) -> dict[str, tuple[str, ...]]:
    for name in read:
        if name in SHIPPED_LISTS:
            read.mistake(name, "is a list that every rule set knows; choose another name")
    return {name: read.names(name) for name in read}


def _parse_rule(read: Reader, attributes: Mapping[str, Attribute], lists: Lists) -> QualityRule:
    name = read.one_of("attribute", attributes)
    rule = QualityRule(
        attribute=name,
        check=read.enum("check", QualityCheck, default=QualityCheck.REQUIRED),
        severity=read.enum("severity", Severity, default=Severity.ERROR),
        component=read.text_or_none("component"),
        when=parse_condition(read.section("when"), attributes) if "when" in read else None,
        items=_parse_items(read, attributes.get(name)),
        task=read.flag("task", default=False),
        blocks=read.enum("blocks", Blocks, default=Blocks.PUBLISH) if "blocks" in read else None,
        name=read.text_or_none("name"),
    )
    asked = _ASKS.get(rule.check)
    read.known_keys((*_KEYS, *(asked[:1] if asked else ()), *_ALWAYS_KNOWN))
    if asked is not None:
        rule = asked[1](read, rule, attributes, lists)
    _check_component(read, rule.component, "component", attributes.get(name))
    if rule.name is not None and not _NAME.fullmatch(rule.name):
        read.mistake("name", "must be small letters, digits and any of _ . : # -, 100 at most")
    if rule.asks and rule.severity is not Severity.ERROR:
        read.mistake("severity", "must be error for a rule that asks a person or blocks")
    return rule


def _parse_items(read: Reader, attribute: Attribute | None) -> Condition | None:
    if "items" not in read:
        return None
    if attribute is None or not attribute.item:
        read.mistake("items", "narrows the items of a collection, which this attribute has not")
        return None
    return parse_condition(read.section("items"), {part.name: part for part in attribute.item})


def _check_component(read: Reader, name: str | None, key: str, attribute: Attribute | None) -> None:
    if name is None or attribute is None or not attribute.item:
        return
    names = {each.name for each in attribute.item}
    if name not in names:
        read.mistake(key, f"must be one of {', '.join(sorted(names))}")


def _pattern(read: Reader, rule: QualityRule, _attributes: Mapping[str, Attribute], _lists: Lists) -> QualityRule:
    rule = replace(rule, pattern=read.text("pattern"))
    try:
        re.compile(rule.pattern or "")
    except re.error as error:
        read.mistake("pattern", f"is not a regular expression: {error}")
    return rule


def _scheme(read: Reader, rule: QualityRule, _attributes: Mapping[str, Attribute], _lists: Lists) -> QualityRule:
    return replace(rule, scheme=read.one_of("scheme", SCHEMES))


def _one_of(read: Reader, rule: QualityRule, _attributes: Mapping[str, Attribute], _lists: Lists) -> QualityRule:
    return replace(rule, one_of=read.names("one_of"))


def _list(read: Reader, rule: QualityRule, _attributes: Mapping[str, Attribute], lists: Lists) -> QualityRule:
    name = read.one_of("list", {*SHIPPED_LISTS, *lists})
    return replace(rule, reference_list=name, members=frozenset(lists.get(name) or SHIPPED_LISTS.get(name) or ()))


def _other(read: Reader, rule: QualityRule, attributes: Mapping[str, Attribute], _lists: Lists) -> QualityRule:
    """The date to compare with stands beside the one looked at: in the same item, or in the same golden record."""
    attribute = attributes.get(rule.attribute)
    around = {part.name: part for part in attribute.item} if attribute and rule.component else attributes
    dates = [name for name, each in around.items() if each.type is AttributeType.DATE]
    if (rule.component or rule.attribute) not in dates:
        read.mistake("component" if rule.component else "attribute", "must be a date to be compared with another")
    return replace(rule, other=read.one_of("other", dates))


def _days(read: Reader, rule: QualityRule, _attributes: Mapping[str, Attribute], _lists: Lists) -> QualityRule:
    return replace(rule, days=read.integer("days", low=1, high=_MOST_DAYS))


# The one key that a check needs beside the common ones, and who reads it.
_ASKS: Mapping[
    QualityCheck, tuple[str, Callable[[Reader, QualityRule, Mapping[str, Attribute], Lists], QualityRule]]
] = {
    QualityCheck.PATTERN: ("pattern", _pattern),
    QualityCheck.CHECK_DIGIT: ("scheme", _scheme),
    QualityCheck.ONE_OF: ("one_of", _one_of),
    QualityCheck.REFERENCE_LIST: ("list", _list),
    QualityCheck.BEFORE: ("other", _other),
    QualityCheck.AFTER: ("other", _other),
    QualityCheck.FRESH: ("days", _days),
}


def _with_codes(rules: Sequence[QualityRule]) -> tuple[QualityRule, ...]:
    """Each rule with what it is known by: its name, else attribute and check, numbered where several say the same."""
    taken: Counter[str] = Counter(rule.name for rule in rules if rule.name is not None)
    coded = []
    for rule in rules:
        code = rule.name
        if code is None:
            detail = rule.scheme or rule.reference_list or rule.other
            plain = ":".join(filter(None, (_path(rule), rule.check.value, detail)))
            taken[plain] += 1
            code = plain if taken[plain] == 1 else f"{plain}#{taken[plain]}"
        coded.append(replace(rule, code=code))
    return tuple(coded)


def _path(rule: QualityRule) -> str:
    return rule.attribute if rule.component is None else f"{rule.attribute}.{rule.component}"
