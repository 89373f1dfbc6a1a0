"""One record against a few: the match weights of `score_pairs`, to the last bit, for those that reach a floor.

Pair by pair, attribute by attribute; a pair is dropped as soon as the best that its other attributes could say would
leave it below the floor. Comparators that grade whole arrays come last and see only what is still in question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from matching.comparators.kinds import INCOMPARABLE, PairComparator, comparators
from matching.grading import shared_term
from matching.model import MatchModel, TermFrequencies, WordRarity
from matching.rule_tree import AttributeRule, MatchRules, VetoRule
from matching.scoring import OTHER_SEGMENT_BITS, interpolated_weights
from matching.single_record import OneRecord
from matching.standardize.kinds import Cell

_SLACK_BITS = 1e-6  # the sums that judge hopes are rounded, too


@dataclass(slots=True)
class Weighed:
    """One of the others, by its place, with its grades and bits by attribute rule. Bit 0 of `vetoes`: other segment."""

    place: int
    levels: list[int]
    base_bits: list[float]
    adjustment_bits: list[float]
    weight_bits: float = 0.0
    vetoes: int = 0
    hope_bits: float = field(default=0.0, repr=False)


@dataclass(frozen=True, slots=True)
class _Column:
    """An attribute rule in one segment; `bits[grade]` of a level, or of a closeness where the comparator has one."""

    number: int
    place: int
    rule: AttributeRule
    leveled: PairComparator | None
    bits: tuple[float, ...]
    u: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """A column that the record has a value in, and the most that it can add to a weight."""

    column: _Column
    cells: tuple[Cell, ...]
    frequencies: TermFrequencies | None
    most_bits: float

    def adjustment(self, theirs: tuple[Cell, ...]) -> float:
        """What the rarity of the term that both have adds to an exact agreement."""
        if self.frequencies is None:
            return 0.0
        seen = self.frequencies.seen(shared_term(comparators.get(self.column.rule.comparator), self.cells, theirs))
        return self.frequencies.adjustment_bits(seen, u=self.column.u)


class SingleScoring:
    """Weighs one record against others, with everything about rules and model looked up beforehand."""

    def __init__(self, rules: MatchRules, model: MatchModel) -> None:
        self._rules, self._model = rules, model
        self._columns = [_columns(segment, rules, model) for segment in rules.segments]
        self._vetoes = [_Veto.of(veto, bit, rules) for bit, veto in enumerate(rules.vetoes, start=1)]

    def weigh(self, record: OneRecord, others: Sequence[OneRecord], *, least_bits: float) -> list[Weighed]:
        """Those of the others whose weight is `least_bits` or more, in their order."""
        asked = [self._asked(column, record) for column in self._columns[record.segment] if record.cells(column.place)]
        by_most = sorted(asked, key=lambda each: -each.most_bits)
        one_by_one = [(each, each.column.leveled) for each in by_most if each.column.leveled]
        together = [each for each in asked if not each.column.leveled]
        least = least_bits - _SLACK_BITS
        hopeful = [self._nothing_said(place) for place, other in enumerate(others) if other.segment == record.segment]
        for found in hopeful:
            may_have = others[found.place].may_have
            found.hope_bits = sum([each.most_bits for each in asked if may_have(each.column.place)])
        hopeful = [found for found in hopeful if _stays(found, others[found.place], one_by_one, least=least)]
        for each in together:
            self._grade(each, others, hopeful)
            hopeful = [found for found in hopeful if found.hope_bits >= least]
        for found in hopeful:
            for base, adjustment in zip(found.base_bits, found.adjustment_bits, strict=True):
                found.weight_bits += base + adjustment  # in the order of the rules, as `weigh_pairs` adds them
            found.vetoes = sum(veto.bit for veto in self._vetoes if veto.fires(found.levels, record.segment))
        kept = [found for found in hopeful if found.weight_bits >= least_bits]
        if least_bits > OTHER_SEGMENT_BITS:
            return kept
        return sorted([*kept, *self._of_another_segment(record, others)], key=lambda found: found.place)

    def _asked(self, column: _Column, record: OneRecord) -> _Asked:
        """The column with the most it can add: of the exact level at most what the record's rarest term brings."""
        rule, cells = column.rule, record.cells(column.place)
        exact, frequencies = column.bits[0], None
        if rule.term_frequency:
            frequencies = TermFrequencies(self._model, rule.attribute, shipped_u=rule.levels[0].u)
            comparator = comparators.get(rule.comparator)
            seen = [frequencies.seen(comparator.term(cell)) for cell in cells]
            exact = max(column.bits) + max(0.0, *(frequencies.adjustment_bits(each, u=column.u) for each in seen))
        return _Asked(column, cells, frequencies, max(exact, *column.bits, 0.0))

    def _nothing_said(self, place: int) -> Weighed:
        count = len(self._rules.attributes)
        return Weighed(place, [INCOMPARABLE] * count, [0.0] * count, [0.0] * count)

    def _grade(self, asked: _Asked, others: Sequence[OneRecord], hopeful: Sequence[Weighed]) -> None:
        """Grade one attribute of all that is still in question, every alternative with every one, at once."""
        place, cells, ends = asked.column.place, [*asked.cells], [0]
        spoken = []
        for found in hopeful:
            if theirs := others[found.place].cells(place):
                spoken.append((found, theirs))
                cells += theirs
                ends.append(ends[-1] + len(theirs))
            elif others[found.place].may_have(place):
                found.hope_bits -= asked.most_bits
        if not spoken:
            return
        mine, comparator = len(asked.cells), comparators.get(asked.column.rule.comparator)
        left, right = np.tile(np.arange(mine), ends[-1]), np.repeat(np.arange(mine, len(cells)), mine)
        grades = comparator.grade(cells, left, right, WordRarity(self._model, asked.column.rule.feature))
        levels = grades.levels.tolist()
        closeness = None if grades.closeness is None else grades.closeness.tolist()
        for number, (found, theirs) in enumerate(spoken):
            span = slice(ends[number] * mine, ends[number + 1] * mine)
            level = min((each for each in levels[span] if each != INCOMPARABLE), default=INCOMPARABLE)
            _say(found, asked, theirs, level=level, grade=level if closeness is None else max(closeness[span]))

    def _of_another_segment(self, record: OneRecord, others: Sequence[OneRecord]) -> list[Weighed]:
        found = [self._nothing_said(place) for place, other in enumerate(others) if other.segment != record.segment]
        for each in found:
            each.weight_bits, each.vetoes = OTHER_SEGMENT_BITS, 1
        return found


def _columns(segment: str, rules: MatchRules, model: MatchModel) -> list[_Column]:
    place_of = {each.name: place for place, each in enumerate(rules.features)}
    found = []
    for number, rule in enumerate(rules.attributes):
        if rule.segments and segment not in rule.segments:
            continue
        comparator, weights = comparators.get(rule.comparator), model.weights_bits(segment, rule.attribute)
        bits = interpolated_weights(comparator.bounds, weights).tolist() if comparator.bounds else [*weights, 0.0]
        u = model.probabilities_of(segment, rule.attribute).u[0]
        leveled = comparator if isinstance(comparator, PairComparator) and not comparator.bounds else None
        found.append(_Column(number, place_of[rule.feature], rule, leveled, tuple(bits), u))
    return found


def _stays(
    found: Weighed, other: OneRecord, one_by_one: Sequence[tuple[_Asked, PairComparator]], *, least: float
) -> bool:
    """Whether the pair may still reach the floor once its attributes are graded one by one."""
    for asked, leveled in one_by_one:
        place = asked.column.place
        if theirs := other.cells(place):
            level = _level(leveled, asked.cells, theirs)
            _say(found, asked, theirs, level=level, grade=level)
        elif other.may_have(place):
            found.hope_bits -= asked.most_bits
        if found.hope_bits < least:
            return False
    return True


def _level(leveled: PairComparator, mine: tuple[Cell, ...], theirs: tuple[Cell, ...]) -> int:
    """The best level over all alternatives of both sides."""
    if len(mine) == 1 and len(theirs) == 1:
        return leveled.level_of(mine[0], theirs[0])
    levels = [leveled.level_of(one, other) for one in mine for other in theirs]
    return min((each for each in levels if each != INCOMPARABLE), default=INCOMPARABLE)


def _say(found: Weighed, asked: _Asked, theirs: tuple[Cell, ...], *, level: int, grade: int) -> None:
    """Note what an attribute says in the place of the most it could have said."""
    number, base = asked.column.number, asked.column.bits[grade]
    adjustment = asked.adjustment(theirs) if level == 0 else 0.0
    found.levels[number], found.base_bits[number], found.adjustment_bits[number] = level, base, adjustment
    found.hope_bits += base + adjustment - asked.most_bits


@dataclass(frozen=True, slots=True)
class _Veto:
    """A veto by numbers: it fires when every level in `when` is there and none in `unless` is."""

    bit: int
    segments: frozenset[int]
    when: tuple[tuple[int, frozenset[int]], ...]
    unless: tuple[tuple[int, frozenset[int]], ...]

    @classmethod
    def of(cls, veto: VetoRule, bit: int, rules: MatchRules) -> _Veto:
        columns = {rule.attribute: number for number, rule in enumerate(rules.attributes)}

        def numbered(attribute: str, names: tuple[str, ...]) -> tuple[int, frozenset[int]]:
            known = [level.name for level in rules.attributes[columns[attribute]].levels]
            return columns[attribute], frozenset(known.index(name) for name in names)

        return cls(
            bit=1 << bit,
            segments=frozenset(rules.segments.index(name) for name in veto.segments or rules.segments),
            when=tuple(numbered(*each) for each in veto.when),
            unless=tuple(numbered(*each) for each in veto.unless),
        )

    def fires(self, levels: Sequence[int], segment: int) -> bool:
        """Whether it forbids a pair of these levels."""
        return (
            segment in self.segments
            and all(levels[number] in named for number, named in self.when)
            and not any(levels[number] in named for number, named in self.unless)
        )
