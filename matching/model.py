"""A match model: what was learned about probabilities and frequencies, frozen with the rule set version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, log2

import numpy as np
from numpy.typing import NDArray

from matching.arrow import Texts
from matching.errors import ModelDoesNotFit
from matching.oversize import OversizeKeys
from matching.rule_tree import PROFILES, MatchRules, canonical_sha256
from matching.term_counts import all_seen_of, seen_of

_PRIOR_WEIGHT = 200.0
"""How many values the shipped u probability of an exact level counts for, beside the values really seen."""
_DEFAULT_WORD_COUNT = 20_000
_WORD_PRIOR = 2000.0
"""How many records the guessed rarity of a word counts for, so that words of a short file are not all common."""


@dataclass(frozen=True, slots=True)
class LevelProbabilities:
    """Probability of each level among matches (m) and among non-matches (u), best level first."""

    m: tuple[float, ...]
    u: tuple[float, ...]

    def weights_bits(self) -> tuple[float, ...]:
        """log2 of m over u for each level."""
        return tuple(log2(m / u) for m, u in zip(self.m, self.u, strict=True))


@dataclass(frozen=True, slots=True)
class FrequencyTable:
    """How often terms occur: `counts` by keyed hash, terms seen once left out, `total` occurrences in all."""

    total: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MatchModel:
    """Frozen probabilities, frequencies, prior and thresholds.

    `probabilities[segment][attribute]`; `frequencies` by `term:attribute` and `word:feature`. `key` makes the hashes
    of the frequency tables; it isn't part of the document, because whoever has both can test guesses of values.
    `copies_per_record` is how many others a record is expected to match: so many of those that bear its rare value
    are the same thing, and don't make the value common. `left_out` names the dispensable blocking rules that the file
    it was trained on could not afford. `learned_bits[segment][attribute]` holds what people's decisions add to the
    weight of each level.
    """

    rules_hash: str
    probabilities: Mapping[str, Mapping[str, LevelProbabilities]]
    frequencies: Mapping[str, FrequencyTable]
    prior_probability: float
    link_bits: Mapping[str, float]
    review_bits: float
    unique_sources: tuple[str, ...] = ()
    oversize: OversizeKeys = field(default_factory=OversizeKeys)
    trained_on: int = 0
    copies_per_record: float = 0.0
    left_out: tuple[str, ...] = ()
    learned_bits: Mapping[str, Mapping[str, tuple[float, ...]]] = field(default_factory=dict)
    key: bytes = field(default=b"", repr=False)
    _sha256: str = field(default="", init=False, repr=False, compare=False)

    @property
    def prior_bits(self) -> float:
        """log2 odds that any two records of one segment match."""
        return log2(self.prior_probability / (1.0 - self.prior_probability))

    @property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON of the document. Made once: its frequency tables may hold a million terms."""
        if not self._sha256:
            object.__setattr__(self, "_sha256", canonical_sha256(self.to_document()))
        return self._sha256

    def to_document(self) -> dict[str, object]:
        """The JSON-able document, without the key."""
        return {
            "rules_hash": self.rules_hash,
            "probabilities": {
                segment: {name: {"m": list(each.m), "u": list(each.u)} for name, each in of_segment.items()}
                for segment, of_segment in self.probabilities.items()
            },
            "frequencies": {
                name: {"total": table.total, "counts": dict(sorted(table.counts.items()))}
                for name, table in self.frequencies.items()
            },
            "prior_probability": self.prior_probability,
            "link_bits": dict(self.link_bits),
            "review_bits": self.review_bits,
            "unique_sources": list(self.unique_sources),
            "oversize_keys": {"split": sorted(self.oversize.split), "cut": sorted(self.oversize.cut)},
            "trained_on": self.trained_on,
            # Models of version 0.1.0 know none, and their hash must stay.
            **(
                {
                    "learned_bits": {
                        segment: {name: list(bits) for name, bits in of_segment.items()}
                        for segment, of_segment in self.learned_bits.items()
                    }
                }
                if self.learned_bits
                else {}
            ),
            **({"left_out": list(self.left_out)} if self.left_out else {}),
            **({"copies_per_record": self.copies_per_record} if self.copies_per_record else {}),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, object], *, key: bytes = b"") -> MatchModel:
        """The model of a document that `to_document` made. `key` must be the one it was trained with.

        Raises ModelDoesNotFit for a document of another form.
        """
        probabilities = _mapping(document["probabilities"])
        frequencies = _mapping(document["frequencies"])
        model = cls(
            rules_hash=str(document["rules_hash"]),
            probabilities={
                segment: {
                    name: LevelProbabilities(m=_floats(_mapping(each)["m"]), u=_floats(_mapping(each)["u"]))
                    for name, each in _mapping(of_segment).items()
                }
                for segment, of_segment in probabilities.items()
            },
            frequencies={
                name: FrequencyTable(
                    total=_whole(_mapping(table)["total"]),
                    counts={term: _whole(count) for term, count in _mapping(_mapping(table)["counts"]).items()},
                )
                for name, table in frequencies.items()
            },
            prior_probability=_float(document["prior_probability"]),
            link_bits={name: _float(bits) for name, bits in _mapping(document["link_bits"]).items()},
            review_bits=_float(document["review_bits"]),
            unique_sources=tuple(str(each) for each in _list(document["unique_sources"])),
            oversize=OversizeKeys(
                split=frozenset(_whole(each) for each in _list(_mapping(document["oversize_keys"])["split"])),
                cut=frozenset(_whole(each) for each in _list(_mapping(document["oversize_keys"])["cut"])),
            ),
            trained_on=_whole(document["trained_on"]),
            left_out=tuple(str(each) for each in _list(document.get("left_out", []))),
            learned_bits={
                segment: {name: _floats(bits) for name, bits in _mapping(of_segment).items()}
                for segment, of_segment in _mapping(document.get("learned_bits", {})).items()
            },
            copies_per_record=_float(document.get("copies_per_record", 0.0)),
            key=key,
        )
        model.refuse_misfits()
        return model

    def refuse_misfits(self) -> None:
        """Raise ModelDoesNotFit where parts of the model contradict each other."""
        if not 0.0 < self.prior_probability < 1.0 or set(self.link_bits) != set(PROFILES):
            raise ModelDoesNotFit("document")
        for segment, of_levels in self.probabilities.items():
            for name, each in of_levels.items():
                if not all(0.0 < share <= 1.0 for share in (*each.m, *each.u)):
                    raise ModelDoesNotFit(segment, name)
        for segment, of_segment in self.learned_bits.items():
            for name, bits in of_segment.items():
                if len(bits) != len(self.probabilities_of(segment, name).m):
                    raise ModelDoesNotFit(segment, name)

    def weights_bits(self, segment: str, attribute: str) -> tuple[float, ...]:
        """The weight of each level, best first, learned corrections included. Raises ModelDoesNotFit."""
        weights = self.probabilities_of(segment, attribute).weights_bits()
        learned = self.learned_bits.get(segment, {}).get(attribute)
        return weights if learned is None else tuple(a + b for a, b in zip(weights, learned, strict=True))

    def probabilities_of(self, segment: str, attribute: str) -> LevelProbabilities:
        """Probabilities of one attribute. Raises ModelDoesNotFit when the model was made for other rules."""
        try:
            return self.probabilities[segment][attribute]
        except KeyError:
            raise ModelDoesNotFit(segment, attribute) from None


def default_model(rules: MatchRules, *, key: bytes = b"") -> MatchModel:
    """The model that ships with the rules: usable for the first record of an empty hub, no frequencies known."""
    return MatchModel(
        rules_hash=rules.section_hash,
        probabilities={
            segment: {
                rule.attribute: LevelProbabilities(
                    m=tuple(level.m for level in rule.levels), u=tuple(level.u for level in rule.levels)
                )
                for rule in rules.attributes
            }
            for segment in rules.segments
        },
        frequencies={},
        prior_probability=rules.prior_probability,
        link_bits={
            name: threshold_bits(rules.profile(name).link_probability, rules.prior_probability) for name in PROFILES
        },
        review_bits=threshold_bits(rules.review_probability, rules.prior_probability),
        unique_sources=rules.unique_sources,
        key=key,
    )


def threshold_bits(probability: float, prior: float) -> float:
    """The match weight at which a pair reaches `probability` under this prior."""
    return log2(probability / (1.0 - probability)) - log2(prior / (1.0 - prior))


class TermFrequencies:
    """How often exact terms of one attribute occur, and what their rarity adds; remembers what it hashed."""

    def __init__(self, model: MatchModel, attribute: str, *, shipped_u: float) -> None:
        self._name = f"term:{attribute}"
        self._table = model.frequencies.get(self._name)
        self._key = model.key
        self._shipped = shipped_u
        self._own = model.copies_per_record
        self._seen: dict[str, int] = {}

    def seen(self, term: str) -> int:
        """How many records were seen to bear a term; 0 when nobody counted, or there is no term."""
        if self._table is None or not term:
            return 0
        known = self._seen.get(term)
        if known is None:
            known = self._seen[term] = seen_of(self._table.counts, term, table=self._name, key=self._key)
        return known

    def all_seen(self, terms: Texts) -> NDArray[np.int64]:
        """`seen` of each term; none of them is empty."""
        if self._table is None:
            return np.zeros(len(terms), dtype=np.int64)
        return all_seen_of(self._table.counts, terms, table=self._name, key=self._key)

    def adjustment_bits(self, seen: int, *, u: float) -> float:
        """What an exact agreement on a term so often seen gains: log2 of the level's u over the term's frequency."""
        if self._table is None or not seen:
            return 0.0
        # At most half: the mean of copies says little of one value where a few things have very many.
        count = max(seen - min(self._own, seen / 2.0), 2.0)
        frequency = (count + _PRIOR_WEIGHT * self._shipped) / (self._table.total + _PRIOR_WEIGHT)
        return log2(u) - log2(frequency)


class WordRarity:
    """Rarity of words of one feature in 64ths of a bit; without a table, guessed from the look of the word."""

    def __init__(self, model: MatchModel, feature: str) -> None:
        self._name = f"word:{feature}"
        self._table = model.frequencies.get(self._name)
        self._key = model.key
        self._known: dict[str, int] = {}

    def __call__(self, token: str) -> int:
        known = self._known.get(token)
        if known is None:
            known = self._known[token] = self._rarity(token)
        return known

    def _rarity(self, token: str) -> int:
        guess = _guessed_count(token) / _DEFAULT_WORD_COUNT
        if self._table is None:
            return round(-log2(guess) * 64)
        count = seen_of(self._table.counts, token, table=self._name, key=self._key)
        return max(round(-log2((count + _WORD_PRIOR * guess) / (self._table.total + _WORD_PRIOR)) * 64), 16)


def _guessed_count(token: str) -> float:
    if len(token) <= 3 and token.isalpha():
        return 200.0
    if any(each.isdigit() for each in token):
        return 10.0 if len(token) >= 4 else 100.0
    return max(80.0 - 8.0 * len(token), 8.0)


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ModelDoesNotFit("document")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ModelDoesNotFit("document")
    return value


def _float(value: object) -> float:
    if not isinstance(value, int | float) or not isfinite(value):
        raise ModelDoesNotFit("document")
    return float(value)


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise ModelDoesNotFit("document")
    return value


def _floats(value: object) -> tuple[float, ...]:
    return tuple(_float(each) for each in _list(value))
