"""No other golden record of the entity type has the value."""

from collections.abc import Iterator

from mdm.canonical import canonical_bytes
from mdm.entity_types.base import Attribute, Document, JsonValue
from mdm.item_keys import telling_key
from mdm.rules.checks.base import Beside, checks
from mdm.rules.quality_rules import QualityRule


@checks.register("unique")
def unique(_rule: QualityRule, _value: JsonValue, _beside: Beside) -> bool:
    """Nothing that one golden record can be told by itself: `mdm.services.uniqueness` holds them together."""
    return True


def unique_texts(rule: QualityRule, attribute: Attribute, values: Document) -> Iterator[str]:
    """What of these values must occur in one golden record only: each item, or that component of it.

    Systems' ways of writing do not count: phones, codes and tax ids are compared standardized, texts without letter
    case and outer blanks.
    """
    if rule.when is not None and not rule.when.is_met(values):
        return
    value = values.get(rule.attribute)
    for each in value if isinstance(value, list | tuple) else [value]:
        if each in (None, "", {}) or (rule.items is not None and not rule.items.is_met(each)):
            continue
        if rule.component is None:
            yield telling_key(attribute, each)
        elif each.get(rule.component) not in (None, ""):
            yield canonical_bytes(_plain(each[rule.component])).decode()


def _plain(value: JsonValue) -> JsonValue:
    return value.strip().casefold() if isinstance(value, str) else value
