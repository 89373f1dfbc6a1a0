"""Why each value survived, as the JSON that a golden version keeps. A winner's value is not repeated; a loser's is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from mdm.entity_types.base import JsonValue
from mdm.survivorship.candidates import Candidate, Choice, Pin, SourceValues

Loser = tuple[Candidate, str]
SAYS_THE_SAME = "says the same"


def value_lineage(
    winner: SourceValues, value: JsonValue, strategy: str, reason: str, losers: Iterable[Loser]
) -> dict[str, JsonValue]:
    """Lineage of one value that a source record gave."""
    return {
        "winner": dict(winner.named),
        "strategy": strategy,
        "reason": reason,
        "losers": _losers(losers, winner=value),
    }


def empty_lineage(owner: Candidate, strategy: str, losers: Iterable[Loser]) -> dict[str, JsonValue]:
    """Lineage of an attribute whose owner says that there is no value."""
    return {
        "winner": dict(owner.source.named),
        "strategy": strategy,
        "reason": "the owner says there is none",
        "losers": _losers(losers, winner=None),
    }


def pin_lineage(pin: Pin, beneath: dict[str, JsonValue] | None, value: JsonValue) -> dict[str, JsonValue]:
    """Lineage of a pinned value; `value` is what would survive without the pin, `beneath` why, None for nothing."""
    return {
        "winner": {
            "pin": True,
            "pin_id": pin.pin_id,
            "actor": pin.actor,
            "state": pin.state.value,
            "expires_at": None if pin.expires_at is None else pin.expires_at.isoformat(),
        },
        "strategy": "pin",
        "reason": pin.reason,
        "losers": [],
        "beneath": beneath,
        "beneath_value": value,
    }


def item_lineage(key: str, choice: Choice, tellings: Sequence[Candidate]) -> dict[str, JsonValue]:
    """Lineage of one item of a collection."""
    others = [(each, why_not(each, choice)) for each in tellings if each is not choice.candidate]
    return {
        "item_key": key,
        "winner": dict(choice.candidate.source.named),
        "reason": choice.reason,
        "losers": _losers(others, winner=choice.candidate.value),
    }


def part_lineage(winner: SourceValues, value: JsonValue, reason: str, others: Iterable[Loser]) -> dict[str, JsonValue]:
    """Lineage of one part of an item, or of one item inside it, that has a teller of its own."""
    return {"winner": dict(winner.named), "reason": reason, "losers": _losers(others, winner=value)}


def union_lineage(
    items: Sequence[tuple[Choice, dict[str, JsonValue]]], losers: Iterable[Loser], *, reason: str
) -> dict[str, JsonValue]:
    """Lineage of a united collection; `winner` is None unless all its items come from one record."""
    winners = {choice.candidate.source.source_record_id: choice.candidate.source for choice, _ in items}
    return {
        "winner": dict(next(iter(winners.values())).named) if len(winners) == 1 else None,
        "strategy": "union",
        "reason": reason,
        "losers": _losers(losers, winner=None),
        "items": [lineage for _, lineage in items],
    }


def observed_of(lineage: Mapping[str, JsonValue]) -> datetime | None:
    """When a value was observed, of several items the oldest; None for one that a steward pinned."""
    winners = [item["winner"] for item in lineage["items"]] if "items" in lineage else [lineage["winner"]]
    times = [datetime.fromisoformat(each["observed_at"]) for each in winners if each and "observed_at" in each]
    return min(times, default=None)


def why_not(candidate: Candidate, choice: Choice) -> str:
    """By what one of the candidates lost against the chosen one."""
    if candidate.failed_checks and not choice.candidate.failed_checks:
        return f"fails {', '.join(check.value for check in candidate.failed_checks)}"
    return f"not {choice.reason}"


def _losers(losers: Iterable[Loser], *, winner: JsonValue) -> list[dict[str, JsonValue]]:
    told = list(losers)
    if not told:  # most are alone
        return []
    return [
        {
            **candidate.source.named,
            "reason": SAYS_THE_SAME if candidate.value == winner else reason,
            "value": candidate.value,
        }
        for candidate, reason in sorted(told, key=lambda loser: loser[0].tie_break)
    ]
