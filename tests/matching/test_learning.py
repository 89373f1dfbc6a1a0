"""What people decide moves the weights it concerns, explains itself, and touches no model but a copy."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from matching.decision import MatchDecision
from matching.deduplication import deduplicate
from matching.defaults import default_match_rules
from matching.errors import ModelDoesNotFit, UnknownRecord
from matching.explain import explain_pair
from matching.learning import Label, learn_from_labels
from matching.model import MatchModel
from matching.queue_order import pairs_to_ask
from matching.records import MatchRecord, RecordBatch
from matching.scoring import ScoredPairs, score_pairs
from matching.standardize.batch import StandardizedBatch, standardize_batch
from matching.training import train_standardized
from matching.training_pairs import TrainingPairs

RULES = default_match_rules("customer")
FIRST = ("Anna", "Robert", "Karl", "Maria", "Jonas", "Ingrid", "Peter", "Olga", "Hugo", "Nina")
LAST = ("Abernathy", "Quist", "Okafor", "Lindgren", "Petrov", "Castellanos")


def _people() -> RecordBatch:
    """Sixty people, each twice: the copy has another phone and no address."""
    records = []
    for number in range(60):
        values = {"given_name": FIRST[number % 10], "family_name": LAST[number // 10]}
        values |= {"phone": f"70291{number:05d}", "city": "Salem"}
        records.append(MatchRecord(f"a{number:02d}", "crm", values | {"street": f"{number + 1} Elm Street"}))
        records.append(MatchRecord(f"b{number:02d}", "erp", values | {"phone": f"50355{number:05d}"}))
    return RecordBatch.from_records(records)


Trained = tuple[StandardizedBatch, MatchModel, TrainingPairs]


@pytest.fixture(scope="module")
def trained() -> Trained:
    standardized = standardize_batch(_people().in_order_of_ids(), RULES)
    return standardized, *train_standardized(standardized, RULES)


LABELS = [Label(f"a{n:02d}", f"b{n:02d}", is_match=True) for n in range(20)] + [
    Label(f"a{n:02d}", f"b{n + 10:02d}", is_match=False) for n in range(20)
]


def _bits(trained: Trained, model: MatchModel, left: str, right: str) -> float:
    standardized = trained[0]
    one, other = (np.array([standardized.ids.index(each)], dtype=np.int32) for each in (left, right))
    return float(score_pairs(standardized, one, other, RULES, model).weight_bits[0])


def _learned(trained: Trained, labels: list[Label]) -> MatchModel:
    standardized, model, pairs = trained
    return learn_from_labels(standardized, pairs, RULES, model, labels)


def test_no_labels_give_the_model_back(trained: Trained) -> None:
    assert _learned(trained, []) == trained[1]


def test_labels_lift_what_matches_and_lower_what_does_not_also_where_nobody_was_asked(trained: Trained) -> None:
    learned = _learned(trained, LABELS)
    assert _bits(trained, learned, "a40", "b40") > _bits(trained, trained[1], "a40", "b40")
    assert _bits(trained, learned, "a30", "b41") < _bits(trained, learned, "a40", "b40")
    assert not trained[1].learned_bits


def test_the_order_of_labels_and_of_their_ends_is_of_no_account(trained: Trained) -> None:
    shuffled = [Label(each.right, each.left, is_match=each.is_match) for each in Random(3).sample(LABELS, len(LABELS))]
    assert _learned(trained, shuffled).sha256 == _learned(trained, LABELS).sha256


def test_attributes_that_no_label_speaks_of_keep_their_weights(trained: Trained) -> None:
    learned = _learned(trained, LABELS).learned_bits["person"]
    assert "email" not in learned
    assert "phone" in learned


def test_a_learned_weight_is_explained_to_the_last_bit_and_the_same_in_batch_and_alone(trained: Trained) -> None:
    standardized, _, pairs = trained
    learned = _learned(trained, LABELS)
    batch = score_pairs(standardized, pairs.left, pairs.right, RULES, learned, graded=pairs.graded)
    for index in range(0, len(batch), 7):
        left, right = int(pairs.left[index]), int(pairs.right[index])
        account = explain_pair(standardized, left, right, RULES, learned)
        assert account["weight_bits"] == batch.weight_bits[index]
        assert sum(each["weight_bits"] for each in account["attributes"]) == pytest.approx(account["weight_bits"])


def test_a_learned_model_survives_its_document(trained: Trained) -> None:
    learned = _learned(trained, LABELS)
    assert MatchModel.from_document(learned.to_document()) == learned
    assert learned.sha256 != trained[1].sha256


@pytest.mark.parametrize(
    "change", [{"prior_probability": 0}, {"link_bits": {}}, {"learned_bits": {"person": {"phone": [1]}}}]
)
def test_a_document_that_contradicts_itself_is_refused(change: dict[str, object], trained: Trained) -> None:
    with pytest.raises(ModelDoesNotFit):
        MatchModel.from_document(trained[1].to_document() | change)


def test_a_run_with_a_learned_model_trains_nothing(trained: Trained) -> None:
    learned = _learned(trained, LABELS)
    found = deduplicate(_people(), RULES, model=learned)
    assert found.model is learned
    assert {(p.left, p.right) for p in found.pairs if p.decision is MatchDecision.LINK} >= {("a40", "b40")}


def test_a_run_with_a_model_keeps_to_the_keys_it_was_trained_with(trained: Trained) -> None:
    frugal = replace(trained[1], left_out=("phone_end", "names_sound"))
    found = deduplicate(_people(), RULES, model=frugal)
    assert set(found.blocking.left_out) == {"phone_end", "names_sound"}
    assert MatchModel.from_document(frugal.to_document()) == frugal


def test_a_label_on_an_unknown_record_is_refused(trained: Trained) -> None:
    with pytest.raises(UnknownRecord, match="zz"):
        _learned(trained, [Label("a00", "zz", is_match=True)])


def _scored(trained: Trained) -> tuple[ScoredPairs, NDArray[np.float64]]:
    standardized, model, pairs = trained
    scored = score_pairs(standardized, pairs.left, pairs.right, RULES, model, graded=pairs.graded)
    return scored, scored.probability


def test_the_queue_asks_what_is_uncertain_first_and_nothing_twice(trained: Trained) -> None:
    scored, posterior = _scored(trained)
    first = pairs_to_ask(scored, posterior, count=5)
    then = pairs_to_ask(scored, posterior, asked=first, count=5)
    certain = np.abs(np.log2(posterior / (1 - posterior)))
    place = {
        ends: bits
        for *ends_of, bits in zip(scored.left_rows.tolist(), scored.right_rows.tolist(), certain.tolist(), strict=True)
        for ends in [tuple(ends_of)]
    }
    assert place[first[0]] == min(place.values())
    assert not set(first) & set(then)


def test_of_answers_that_contradict_each_other_both_count(trained: Trained) -> None:
    yes, no = Label("a40", "b40", is_match=True), Label("b40", "a40", is_match=False)
    weight = [_bits(trained, _learned(trained, labels), "a40", "b40") for labels in ([no, no], [no, yes], [yes, yes])]
    assert weight[0] < weight[1] < weight[2]


def test_answers_the_model_expected_change_little(trained: Trained) -> None:
    certain = [Label(f"a{n:02d}", f"b{n + 11:02d}", is_match=False) for n in range(40)]
    learned = _learned(trained, certain)
    assert abs(_bits(trained, learned, "a40", "b40") - _bits(trained, trained[1], "a40", "b40")) < 0.5
