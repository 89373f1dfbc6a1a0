"""What a mass change would make of each agreement that it concerns; nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mdm.canonical import value_hash
from mdm.entity_types import JsonValue
from mdm.entity_types.agreement_lines import Line, line_item_key
from mdm.errors import InvalidValues, MdmError, NotOwner
from mdm.models import HUB, ChangeEffect, GoldenRecord
from mdm.pricing import ProductFacts
from mdm.pricing.margins import standing_of
from mdm.pricing.renewing import LINES, VALID_TO, Fate, Renewal, RenewedLine, renew
from mdm.rules.ownership import ownership_of
from mdm.selectors.price_facts.known import Knowledge
from mdm.selectors.price_facts.products import products_of
from mdm.services.change_parts import consents_for
from mdm.services.change_requests import effect_on, proposable_values
from mdm.services.rule_sets import PublishedRules

GUARDED = (LINES, VALID_TO)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One agreement: new values with what each becomes and who must consent to it, and each line that was chosen.

    `refused` says why the rules do not let it change; there are no values then. Any: canonical JSON.
    """

    record: GoldenRecord
    values: Mapping[str, Any]
    effects: Mapping[str, ChangeEffect]
    consents: Mapping[str, tuple[str, ...]]
    rows: Sequence[Mapping[str, Any]]
    refused: str

    @property
    def base_hash(self) -> bytes:
        """Of what it stands beside."""
        return base_hash(self.record.document["attributes"])

    @property
    def payload_hash(self) -> bytes:
        """What consent is bound to."""
        effects = {name: str(effect) for name, effect in self.effects.items()}
        told = {"id": self.record.public_id, "base": self.base_hash.hex(), "values": self.values, "effects": effects}
        return value_hash({**told, "refused": self.refused})


def base_hash(attributes: Mapping[str, JsonValue]) -> bytes:
    """Of the attributes that a mass change may touch, as they are."""
    return value_hash({name: attributes.get(name) for name in GUARDED})


def prepare(
    records: Mapping[int, GoldenRecord],
    chosen: Mapping[int, Mapping[str, int | None]],
    renewal: Renewal,
    rules: PublishedRules,
) -> list[Prepared]:
    """Renew the chosen lines of these agreements, in the order of their ids."""
    products = products_of({pk for lines in chosen.values() for pk in lines.values() if pk}, Knowledge(None))
    return [_prepared(record, chosen[pk], renewal, products, rules) for pk, record in sorted(records.items())]


def effects_and_consents(
    record: GoldenRecord, values: Mapping[str, Any], rules: PublishedRules
) -> tuple[dict[str, ChangeEffect], dict[str, tuple[str, ...]]]:
    """What each value becomes by the rules in force, and who must consent to it."""
    owned = ownership_of(rules.document.ownership, record.document["attributes"])
    effects = {name: effect_on(owned[name]) for name in values}
    return effects, consents_for(record, values, rules, origin=HUB, effects=effects)


def _prepared(
    record: GoldenRecord,
    chosen: Mapping[str, int | None],
    renewal: Renewal,
    products: Mapping[int, ProductFacts],
    rules: PublishedRules,
) -> Prepared:
    attributes = record.document["attributes"]
    retired = {key for key, product in chosen.items() if product and not products[product].is_active}
    renewed = renew(attributes, chosen, renewal, retired=retired)
    before = {line_item_key(line): line for line in attributes.get(LINES) or ()}
    after = {line_item_key(line): line for line in renewed.values.get(LINES) or ()}
    rows = []
    for each in renewed.lines:
        old = before[each.line]
        new = after.get(line_item_key({**old, "valid_from": renewal.begins}))
        rows.append(_row(each, old, new, attributes, products.get(chosen[each.line] or 0)))
    try:
        values = proposable_values(record, renewed.values, rules)
    except (NotOwner, InvalidValues) as error:
        return Prepared(record, {}, {}, {}, rows, _why(error))
    effects, consents = effects_and_consents(record, values, rules)
    return Prepared(record, values, effects, consents, rows, "")


def _why(error: MdmError) -> str:
    if isinstance(error, InvalidValues):
        return "; ".join(f"{each['pointer']}: {each['detail']}" for each in error.problems[:3])
    return error.detail


def _row(
    renewed: RenewedLine,
    before: Line,
    after: Line | None,
    attributes: Mapping[str, JsonValue],
    product: ProductFacts | None,
) -> dict[str, Any]:
    """A chosen line for keeping; of a new net price how it stands to the floor margin, and how the old one did."""
    told = renewed.as_json()
    if renewed.fate is not Fate.RENEWED or product is None or after is None or after["method"] != "net":
        return told
    on = date.fromisoformat(renewed.begins)
    now, former = (standing_of(line, attributes, product, on) for line in (after, before))
    margin = None if now.margin is None else f"{now.margin.normalize():f}"
    return {**told, "floor": now.floor.value, "margin": margin, "former_floor": former.floor.value}
