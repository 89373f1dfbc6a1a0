"""Why a value won, read from the lineage that survivorship wrote, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mdm.survivorship.lineage import SAYS_THE_SAME
from mdm.survivorship.standing import stands


@dataclass(frozen=True, slots=True)
class Loser:
    """A value that did not survive, and by what it lost; `source_record_id` is 0 where no single record says it."""

    source: str
    source_record_id: int
    reason: str
    value: Any  # JSON


@dataclass(frozen=True, slots=True)
class Winning:
    """`source` gave the value, "" when several did or none. `reason` is "" where there was nothing to choose."""

    source: str
    source_record_id: int | None
    reason: str
    losers: tuple[Loser, ...]
    seconders: tuple[str, ...]


NOBODY = Winning("", None, "", (), ())


def winning(lineage: Mapping[str, Any] | None, labels: Mapping[str, str]) -> Winning:
    """Read one attribute's lineage. `labels` are the systems' labels by name."""
    if not lineage:
        return NOBODY
    told = [_loser(entry, labels) for entry in lineage.get("losers") or ()]
    losers = tuple(each for each in told if each.reason != SAYS_THE_SAME and each.value is not None)
    seconders = tuple(each.source for each in told if each.reason == SAYS_THE_SAME)
    winner = lineage.get("winner")
    if winner and winner.get("pin"):
        reason = _("pinned by %(person)s: %(reason)s") % {"person": winner["actor"], "reason": lineage["reason"]}
        return Winning(_("Pin"), None, reason, (*_beneath(lineage, labels), *losers), seconders)
    if stands(lineage):
        source = _source(winner, labels) if winner else ""
        record = winner["source_record_id"] if winner else None
        return Winning(source, record, str(lineage["reason"]), tuple(_beneath(lineage, labels)), ())
    if not winner:
        return Winning("", None, str(lineage.get("reason", "")), losers, seconders)
    source = _source(winner, labels)
    return Winning(source, winner["source_record_id"], _reason(lineage, losers, seconders), losers, seconders)


def _beneath(lineage: Mapping[str, Any], labels: Mapping[str, str]) -> list[Loser]:
    """What would survive without the pin, or once others consent."""
    winner, value = (lineage.get("beneath") or {}).get("winner"), lineage.get("beneath_value")
    if value is None or not (winner or stands(lineage)):
        return []
    why = _("waits for consent") if stands(lineage) else _("the pin stands over it")
    if winner and not winner.get("pin"):
        return [Loser(_source(winner, labels), winner["source_record_id"], why, value)]
    return [Loser(_("Pin") if winner else _("All together"), 0, why, value)]


def _reason(lineage: Mapping[str, Any], losers: Sequence[Loser], seconders: Sequence[str]) -> str:
    """The rule matters only where somebody says something else."""
    if losers:
        return str(lineage["reason"])
    if "items" in lineage or lineage.get("reason") == "the owner says there is none":
        return str(lineage["reason"])
    return _("all say the same") if seconders else _("the only one to say")


def _loser(entry: Mapping[str, Any], labels: Mapping[str, str]) -> Loser:
    return Loser(_source(entry, labels), entry["source_record_id"], entry["reason"], entry["value"])


def _source(entry: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    return f"{labels.get(entry['system'], entry['system'])} {entry['key']}"
