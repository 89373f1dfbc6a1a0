"""Why a pair was suggested: its explanation as bars, and its probability in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any

from django.utils.translation import gettext as _

from mdm.masking import hidden, national_ids_in
from mdm.models import CandidatePair, SourceRecord


@dataclass(frozen=True, slots=True)
class Bar:
    """What one comparison adds to the match weight. `start` and `end` are the running sum before and after, in bits.

    `frequency` says how many records bear the value that both have; empty where that is not known.
    """

    label: str
    level: str
    left: str
    right: str
    weight_bits: float
    rarity_bits: float
    start: float
    end: float
    frequency: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A pair's explanation, read. `silent` are attributes that could not be compared."""

    weight_bits: float
    odds: str
    bars: tuple[Bar, ...]
    silent: tuple[str, ...]
    link_bits: float | None
    review_bits: float | None
    blocking_rules: tuple[str, ...]
    vetoes: tuple[str, ...]

    @property
    def would_link(self) -> bool:
        """Whether this pair, were it alone, would have been linked by software."""
        return self.link_bits is not None and self.weight_bits >= self.link_bits and not self.vetoes


@dataclass(frozen=True, slots=True)
class OtherPair:
    """Another pair across the same two golden records. `weight_bits` None: below the review floor, so not kept."""

    left: str
    right: str
    weight_bits: float | None
    vetoed: bool


def other_pairs(left: Sequence[SourceRecord], right: Sequence[SourceRecord], *, but: CandidatePair) -> list[OtherPair]:
    """What else speaks for or against joining two golden records with these source records, weakest first."""
    names = {record.pk: f"{record.source_system.label} {record.key}" for record in (*left, *right)}
    stored = {
        (pair.left_id, pair.right_id): pair
        for pair in CandidatePair.objects.filter(left__in=names, right__in=names).defer("explanation")
    }
    found = []
    for one in left:
        for other in right:
            key = (min(one.pk, other.pk), max(one.pk, other.pk))
            if key != (but.left_id, but.right_id):
                pair = stored.get(key)
                found.append(
                    OtherPair(
                        names[one.pk],
                        names[other.pk],
                        None if pair is None else pair.weight_bits,
                        pair is not None and pair.vetoed,
                    )
                )
    return sorted(
        found, key=lambda each: (each.weight_bits is not None, each.weight_bits or 0.0, each.left, each.right)
    )


def evidence_of(pair: CandidatePair) -> Evidence:
    """Weightiest evidence first, for and against alike."""
    numbers = national_ids_in([pair.left.accepted, pair.right.accepted])
    told: Mapping[str, Any] = hidden(pair.explanation, numbers)
    attributes = told.get("attributes", [])
    return Evidence(
        weight_bits=pair.weight_bits,
        odds=odds_in_words(pair.probability),
        bars=_bars([entry for entry in attributes if entry.get("level") is not None]),
        silent=tuple(_words(entry["attribute"]) for entry in attributes if entry.get("level") is None),
        link_bits=told.get("link_bits"),
        review_bits=told.get("review_bits"),
        blocking_rules=tuple(_words(name) for name in told.get("blocking_rules", [])),
        vetoes=tuple(_words(name) for name in told.get("vetoes", [])),
    )


def odds_in_words(probability: float) -> str:
    """What a match probability, 0 to 1, means for a decision."""
    wrong = 1 - probability
    if wrong < 1e-9:
        return _("fewer than 1 in a billion such pairs is wrong")
    if probability > 0.5:
        return _("about 1 in %(count)s such pairs is wrong") % {"count": _about(1 / wrong)}
    if probability > 0:
        return _("about 1 in %(count)s such pairs is right") % {"count": _about(1 / probability)}
    return _("such pairs are never right")


def _about(number: float) -> str:
    """Two significant digits, with separators: more would pretend."""
    if number < 10:
        return f"{number:.1f}".removesuffix(".0")
    digits = floor(log10(number)) - 1
    return f"{round(number / 10**digits) * 10**digits:,.0f}"


def _bars(entries: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
    bars: list[Bar] = []
    total = 0.0
    for entry in sorted(entries, key=lambda each: (-each["weight_bits"], each["attribute"])):
        end = total + entry["weight_bits"]
        bars.append(
            Bar(
                label=_words(entry["attribute"]),
                level=_words(entry["level"]),
                left=", ".join(entry.get("left") or ()),
                right=", ".join(entry.get("right") or ()),
                weight_bits=entry["weight_bits"],
                rarity_bits=entry.get("term_frequency_bits", 0.0),
                start=total,
                end=end,
                frequency=_frequency(entry.get("term_seen", 0), entry.get("term_counted", 0)),
            )
        )
        total = end
    return tuple(bars)


def _frequency(seen: int, counted: int) -> str:
    return _("%(seen)s of %(counted)s") % {"seen": f"{seen:,}", "counted": f"{counted:,}"} if counted else ""


def _words(name: str) -> str:
    return name.replace("_", " ").replace("+", " + ")
