"""A mass change rehearsed: applied, looked at, taken back, and kept with what it came to."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from mdm import ports
from mdm.actors import Actor
from mdm.bulk import add_objects
from mdm.errors import MdmError
from mdm.models import ChangeEffect, GoldenRecord, MassChange, MassChangePart, RemoteRecord
from mdm.pricing.renewing import Renewal
from mdm.rules.ownership import ownership_of
from mdm.selectors.mass_changes import Selection, chosen_lines
from mdm.services.audit import Act, record_audit_entries
from mdm.services.foresight import foreseeing
from mdm.services.mass_changes.applying import hold
from mdm.services.mass_changes.preparing import Prepared, prepare
from mdm.services.price_conflicts import watch_conflicts_of
from mdm.services.rule_sets import PublishedRules, published_rules

AGREEMENT = "pricing_agreement"
MOST_LINES = 50_000
SAMPLES = 20
_FORESEER = Actor("foresight")


class NothingChosen(MdmError):
    code = "nothing_chosen"

    def __init__(self) -> None:
        super().__init__("No line in force is like that; choose others.")


class TooManyChosen(MdmError):
    code = "too_many_chosen"

    def __init__(self) -> None:
        super().__init__(f"More than {MOST_LINES:,} lines are like that; choose fewer, and make several changes.")


@transaction.atomic
def rehearse_mass_change(
    selection: Selection, renewal: Renewal, *, reason: str, actor: Actor, at: datetime
) -> MassChange:
    """Keep what the change would do to each chosen line; nothing else is changed and nobody is asked yet.

    Its figures come of applying it and taking that back. Raises MistypedPublicId, NothingChosen, TooManyChosen, and
    StateConflict while somebody changes these agreements.
    """
    chosen = chosen_lines(selection, limit=MOST_LINES + 1)
    count = sum(map(len, chosen.values()))
    if not count:
        raise NothingChosen
    if count > MOST_LINES:
        raise TooManyChosen
    rules = published_rules(AGREEMENT)
    prepared = prepare(GoldenRecord.objects.in_bulk(list(chosen)), chosen, renewal, rules)
    changing = [each for each in prepared if each.values]
    change = MassChange(
        selection=selection.as_json(),
        terms=terms_json(renewal),
        reason=reason,
        correlation_id=uuid.uuid4(),
        proposed_by=actor.name,
        rehearsed_at=at,
        payload_hash=hashlib.sha256(b"".join(each.payload_hash for each in prepared)).digest(),
        consents=list(dict.fromkeys(group for each in changing for names in each.consents.values() for group in names))
        or [""],
        figures={**_counted(prepared, rules), **_foreseen(changing, rules, at=at)},
    )
    change.save()
    add_objects([_part(each, change) for each in prepared], ids=False)
    record_audit_entries([Act("mass_change.rehearsed", "mass_change", change.pk, reason=reason)], actor=actor, at=at)
    return change


def terms_json(renewal: Renewal) -> dict[str, Any]:
    """The renewal for keeping; decimals as text."""
    return {
        "begins": renewal.begins,
        "ends": renewal.ends,
        "percent": str(renewal.percent),
        "amount": str(renewal.amount),
        "step": str(renewal.step),
        "rounding": renewal.rounding.value,
    }


def _part(each: Prepared, change: MassChange) -> MassChangePart:
    return MassChangePart(
        mass_change=change,
        golden_record=each.record,
        base_version=each.record.version,
        base_hash=each.base_hash,
        values=dict(each.values),
        effects={name: str(effect) for name, effect in each.effects.items()},
        rows=list(each.rows),
        refused=each.refused,
        payload_hash=each.payload_hash,
    )


def _counted(prepared: Sequence[Prepared], rules: PublishedRules) -> dict[str, Any]:
    """What can be counted without applying it. `asked` are the owners that get corrections, with how many."""
    rows = [(each, row) for each in prepared for row in each.rows]
    asked: Counter[str] = Counter()
    for each in prepared:
        owned = ownership_of(rules.document.ownership, each.record.document["attributes"])
        asked.update({str(owned[name].owner) for name, what in each.effects.items() if what == ChangeEffect.CORRECTION})
    return {
        "agreements": len(prepared),
        "changing": sum(bool(each.values) for each in prepared),
        "lines": len(rows),
        "fates": dict(sorted(Counter(row["fate"] for each, row in rows if not each.refused).items())),
        "refused": sum(len(each.rows) for each in prepared if each.refused),
        "refusals": [[each.record.public_id, each.refused] for each in prepared if each.refused][:SAMPLES],
        "floors": dict(sorted(Counter(row["floor"] for _, row in rows if "floor" in row).items())),
        "newly_violated": sum(
            row.get("floor") == "violated" and row.get("former_floor") != "violated" for _, row in rows
        ),
        "gaps": sum(row["gap"] for _, row in rows),
        "loses": sum(row["loses"] for _, row in rows),
        "longer_agreements": sum("valid_to" in each.values for each in prepared),
        "asked": dict(sorted(asked.items())),
    }


def _foreseen(changing: Sequence[Prepared], rules: PublishedRules, *, at: datetime) -> dict[str, Any]:
    """What comes of applying it: conflicts with other agreements, versions, and messages by target."""
    ids = [each.record.pk for each in changing]
    watch = watch_conflicts_of(ids)
    with foreseeing():
        written = hold(
            {
                each.record.pk: (
                    GoldenRecord(pk=each.record.pk, version=each.record.version),
                    each.values,
                    each.effects,
                )
                for each in changing
            },
            mass_change=None,
            reason="Foreseen",
            correlation_id=uuid.uuid4(),
            proposed_by=_FORESEER.name,
            actor=_FORESEER,
            at=at,
        )
        lines, count = watch.arisen()
        messages = _messages(written, rules)
    return {
        "versions": len(written),
        "conflicts": count,
        "conflict_lines": [each.as_json() for each in lines[:SAMPLES]],
        "messages": dict(sorted(messages.items())),
    }


def _messages(written: Sequence[GoldenRecord], rules: PublishedRules) -> Counter[str]:
    """How many records of each target would be told, by the code that tells them."""
    remotes: dict[int, list[RemoteRecord]] = {}
    for remote in RemoteRecord.objects.filter(golden_record__in=[each.pk for each in written]).order_by("pk"):
        remotes.setdefault(remote.golden_record_id, []).append(remote)
    prospects = [
        ports.Prospective(each.public_id, each.document["attributes"], tuple(remotes.get(each.pk, ())))
        for each in written
    ]
    told = ports.impact().messages_of(
        prospects,
        entity_type=AGREEMENT,
        attributes=rules.attributes,
        ownership=rules.document.ownership,
        moved=ports.MovedKeys(frozenset(), {}),
    )
    return Counter(impact.target_label for _, impact in told)
