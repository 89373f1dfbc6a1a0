"""Match decisions: what a match weight and its vetoes mean under a profile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from matching.model import MatchModel
from matching.rule_tree import MatchRules
from matching.scoring import WeighedPairs


class MatchDecision(StrEnum):
    """What to do with a pair."""

    LINK = "LINK"
    REVIEW = "REVIEW"
    NO_LINK = "NO_LINK"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The weights in bits from which a pair links, and from which it is worth a steward's look."""

    link_bits: float
    review_bits: float


def thresholds(rules: MatchRules, model: MatchModel, *, profile: str = "balanced") -> Thresholds:
    """The thresholds of a profile; the review floor never lies above the link threshold."""
    link = model.link_bits[rules.profile(profile).name]
    return Thresholds(link_bits=link, review_bits=min(model.review_bits, link))


def decide(
    scored: WeighedPairs, rules: MatchRules, model: MatchModel, *, profile: str = "balanced"
) -> tuple[MatchDecision, ...]:
    """One decision a pair. A veto turns LINK into REVIEW."""
    limit = thresholds(rules, model, profile=profile)
    links = link_mask(scored, limit)
    reviews = scored.weight_bits >= limit.review_bits
    return tuple(
        MatchDecision.LINK if link else MatchDecision.REVIEW if review else MatchDecision.NO_LINK
        for link, review in zip(links.tolist(), reviews.tolist(), strict=True)
    )


def decision_of(weight_bits: float, *, vetoed: bool, limit: Thresholds) -> MatchDecision:
    """The decision on one pair."""
    if weight_bits >= limit.link_bits and not vetoed:
        return MatchDecision.LINK
    return MatchDecision.REVIEW if weight_bits >= limit.review_bits else MatchDecision.NO_LINK


def link_mask(scored: WeighedPairs, limit: Thresholds) -> NDArray[np.bool_]:
    """Which pairs reach the link threshold with no veto on them."""
    strong: NDArray[np.bool_] = scored.weight_bits >= limit.link_bits
    free: NDArray[np.bool_] = scored.vetoes == 0
    return strong & free
