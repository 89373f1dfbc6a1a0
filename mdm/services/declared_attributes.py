"""Declaring an attribute, and what must be settled before one goes or takes another form."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform

from matching.errors import RuleMistake
from mdm.entity_types import Attribute
from mdm.errors import StateConflict
from mdm.mapping.nodes import Direction
from mdm.mapping.parsing import parse_mapping
from mdm.models import AttributePin, ChangePart, ChangeRequestState, MappingVersion, SourceRecord
from mdm.rules.declared import declared_document, same_form
from mdm.rules.documents import (
    ANY_OTHER_SYSTEM,
    DECLARED,
    HUB_ORIGIN,
    AttributeOwnership,
    OnConflict,
    Override,
    RuleSetDocument,
)
from mdm.rules.errors import InvalidRuleSet
from mdm.selectors.attributes import attributes_ever
from mdm.validation import validate_document


@dataclass(frozen=True, slots=True)
class Terms:
    """Who owns a declared attribute and how it survives.

    `owner` None makes it shared. `receivers` empty means every system that receives anything of the entity type today.
    """

    owner: str | None
    strategy: str
    receivers: tuple[str, ...] = ()
    override: Override = Override.SHOW


def with_declared(document: RuleSetDocument, attribute: Attribute, terms: Terms) -> dict[str, Any]:
    """The rule set document with one attribute more. What is wrong with it is said when the document is drafted.

    Raises StateConflict for one that is declared already.
    """
    if attribute.name in {each.name for each in document.declared}:
        raise StateConflict(f"{attribute.name} is declared already; export the rules, edit it there and draft them.")
    whole = document.to_document()
    survivorship = whole["survivorship"]
    return whole | {
        DECLARED: {**whole.get(DECLARED, {}), **declared_document([attribute])},
        "ownership": {**whole["ownership"], attribute.name: _ownership(document, terms).to_document()},
        "survivorship": {
            **survivorship,
            "attributes": {**survivorship["attributes"], attribute.name: {"strategy": terms.strategy}},
        },
    }


def _ownership(document: RuleSetDocument, terms: Terms) -> AttributeOwnership:
    """Every system fills in while the owner is silent, the receivers first, and may propose."""
    receiving = {name for rule in document.ownership.values() for each in rule.branches for name in each.receivers}
    receivers = terms.receivers or tuple(sorted(receiving))
    others = tuple(name for name in receivers if name != terms.owner)
    shared = terms.owner is None
    return AttributeOwnership(
        owner=terms.owner,
        contributors=(*others, *((HUB_ORIGIN,) if shared else ()), ANY_OTHER_SYSTEM),
        proposers=() if shared else (*others, *((HUB_ORIGIN,) if terms.owner != HUB_ORIGIN else ())),
        receivers=receivers,
        on_conflict=OnConflict.CONTRIBUTE if shared else OnConflict.PROPOSE,
        override=Override.FORBID if shared else terms.override,
    )


def refuse_other_forms(entity_type: str, declared: Iterable[Attribute]) -> None:
    """Raises InvalidRuleSet where systems have told or stewards propose values that a new form does not allow.

    An attribute that was taken away and comes back is held to the values told of it before.
    """
    before = attributes_ever(entity_type)
    _refuse(
        RuleMistake(
            f"{DECLARED}.{each.name}",
            f"does not allow all values that were told of it ({each.type.value} instead of "
            f"{before[each.name].type.value}, or other choices); declare it under another name, "
            "or have those values changed first",
        )
        for each in declared
        if each.name in before and not same_form(each, before[each.name]) and not _fits(entity_type, each)
    )


def refuse_loose_ends(entity_type: str, gone: Iterable[str]) -> None:
    """Raises InvalidRuleSet where something in force still speaks of attributes that are to be taken away."""
    names = sorted(gone)
    if names:
        found = {name: list(_loose_ends(entity_type, name)) for name in names}
        _refuse(
            RuleMistake(f"{DECLARED}.{name}", f"cannot be taken away yet: {'; '.join(ends)}")
            for name, ends in found.items()
            if ends
        )


def _refuse(mistakes: Iterable[RuleMistake]) -> None:
    found = list(mistakes)
    if found:
        raise InvalidRuleSet(found)


def _fits(entity_type: str, attribute: Attribute) -> bool:
    """Whether every value told, pinned or proposed of an attribute of this name has its form."""
    records = SourceRecord.objects.filter(entity_type=entity_type, accepted__has_key=attribute.name)
    told = records.annotate(told=KeyTransform(attribute.name, "accepted")).values_list("told", flat=True).distinct()
    pinned = _pins(entity_type, attribute.name).values_list("value", flat=True)
    proposed = _waiting(entity_type, attribute.name).values_list("value", flat=True)
    values = [*told, *pinned, *proposed]
    return not any(validate_document((attribute,), {attribute.name: value}, partial=True) for value in values)


def _loose_ends(entity_type: str, name: str) -> Iterator[str]:
    mapped = sorted(system for system, names in _mapped_names(entity_type).items() if name in names)
    if mapped:
        yield f"the mapping of {', '.join(mapped)} names it, so put one without it in force first"
    requests = sorted(set(_waiting(entity_type, name).values_list("change_request_id", flat=True)))
    if requests:
        yield f"change request {', '.join(map(str, requests))} proposes a value, so decide it first"
    if pins := _pins(entity_type, name).count():
        yield f"{pins} pins hold it, so release them first"


def _pins(entity_type: str, name: str) -> QuerySet[AttributePin]:
    return AttributePin.objects.filter(source_record__entity_type=entity_type, attribute=name, closed_at=None)


def _waiting(entity_type: str, name: str) -> QuerySet[ChangePart]:
    return ChangePart.objects.filter(
        attribute=name, state=ChangeRequestState.OPEN, change_request__golden_record__entity_type=entity_type
    )


def _mapped_names(entity_type: str) -> Mapping[str, frozenset[str]]:
    """By system, what its mapping in force reads or writes."""
    newest = (
        MappingVersion.objects.filter(entity_type=entity_type)
        .order_by("source_system_id", "-number")
        .distinct("source_system_id")
    )
    mappings = {
        system: parse_mapping(document) for system, document in newest.values_list("source_system__name", "document")
    }
    return {
        system: mapping.names(Direction.READ) | mapping.names(Direction.WRITE) for system, mapping in mappings.items()
    }
