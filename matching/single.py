"""One record against a few others: the same decisions and explanations as in a batch, in a fraction of the time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matching.blocking import BlockingKeys
from matching.explain import PairAccount, explain_pairs
from matching.model import MatchModel
from matching.rule_tree import MatchRules
from matching.scoring import OTHER_SEGMENT, ScoredPairs, probability_of
from matching.single_record import OneRecord, SingleRecords
from matching.single_scoring import SingleScoring, Weighed
from matching.standardize.batch import ABSENT, FeatureColumn, StandardizedBatch


class SingleMatching:
    """Rules and a model made ready for single records. Made once and kept: both never change."""

    def __init__(self, rules: MatchRules, model: MatchModel) -> None:
        self._rules, self._model = rules, model
        self.records = SingleRecords(rules, model.oversize)
        self.scoring = SingleScoring(rules, model)

    def explain(
        self, record: OneRecord, others: Sequence[OneRecord], weighed: Sequence[Weighed], *, profile: str
    ) -> list[PairAccount]:
        """What `explain_pairs` says of the record and each of the others that were weighed."""
        rows = [record, *(others[each.place] for each in weighed)]
        accounts = explain_pairs(
            self._as_batch(rows),
            self._as_pairs(weighed),
            range(len(weighed)),
            keys=self._keys_of(rows),
            rules=self._rules,
            model=self._model,
            profile=profile,
        )
        return list(accounts)

    def _as_batch(self, rows: Sequence[OneRecord]) -> StandardizedBatch:
        features = {}
        for place, rule in enumerate(self._rules.features):
            codes = [row if each.cells(place) else ABSENT for row, each in enumerate(rows)]
            values = tuple([each.cells(place) for each in rows])
            features[rule.name] = FeatureColumn(rule.name, np.array(codes, dtype=np.int32), values)
        return StandardizedBatch(
            ids=tuple([each.id for each in rows]),
            sources=tuple([each.source for each in rows]),
            segments=np.array([each.segment for each in rows], dtype=np.int32),
            features=features,
        )

    def _as_pairs(self, weighed: Sequence[Weighed]) -> ScoredPairs:
        """Pairs of the first row with each that follows."""
        prior_bits, width = self._model.prior_bits, len(self._rules.attributes)
        return ScoredPairs(
            left_rows=np.zeros(len(weighed), dtype=np.int32),
            right_rows=np.arange(1, len(weighed) + 1, dtype=np.int32),
            weight_bits=np.array([each.weight_bits for each in weighed], dtype=np.float64),
            probability=np.array([probability_of(each.weight_bits, prior_bits) for each in weighed], dtype=np.float64),
            levels=np.array([each.levels for each in weighed], dtype=np.int16).reshape(-1, width),
            base_bits=np.array([each.base_bits for each in weighed], dtype=np.float64).reshape(-1, width),
            adjustment_bits=np.array([each.adjustment_bits for each in weighed], dtype=np.float64).reshape(-1, width),
            vetoes=np.array([each.vetoes for each in weighed], dtype=np.int64),
            veto_codes=(OTHER_SEGMENT, *(veto.code for veto in self._rules.vetoes)),
        )

    def _keys_of(self, rows: Sequence[OneRecord]) -> BlockingKeys:
        keys = [(row, *key) for row, each in enumerate(rows) for key in self.records.keys(each)]
        row_of, rule_of, hashes = zip(*keys, strict=True) if keys else ((), (), ())
        return BlockingKeys(
            rows=np.array(row_of, dtype=np.int32),
            hashes=np.array(hashes, dtype=np.int64),
            rule_index=np.array(rule_of, dtype=np.int32),
            rule_names=tuple(rule.name for rule in self._rules.blocking),
        )
