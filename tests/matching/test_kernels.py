"""Arrow in, Arrow out: however records and pairs are cut into batches, the rows are the same."""

import pyarrow as pa

from matching.defaults import default_match_rules
from matching.kernels import key_batch, weight_batch
from matching.model import default_model
from matching.scoring import score_pairs
from matching.standardize import standardize_batch
from matching.training import train
from tests.matching.builders import a_batch

RULES = default_match_rules("customer")
MODEL = default_model(RULES)
PEOPLE = [
    {
        "kind": "person" if number % 5 else "organization",
        "given_name": given,
        "family_name": family,
        "organization_name": "" if number % 5 else f"{family} Trading Ltd",
        "phone": f"702 919 13{number % 7}0",
        "date_of_birth": "1978-11-12",
        "street": f"{number % 3} Main Street",
        "city": "Reno",
    }
    for number, (given, family) in enumerate((g, f) for g in ("Anna", "Ann", "Bob", "Robert") for f in ("Li", "Smith"))
]
RECORDS = pa.RecordBatch.from_pylist(
    [
        {"id": f"r{number}", "source": "crm", **each, "email": [f"{number}@x.de", "a@x.de"]}
        for number, each in enumerate(PEOPLE)
    ]
)


def pairs_of(records: pa.RecordBatch) -> pa.RecordBatch:
    rows = records.to_pylist()
    return pa.RecordBatch.from_pylist(
        [
            {f"{name}{end}": row[name] for end, row in (("_l", one), ("_r", other)) for name in row}
            for place, one in enumerate(rows)
            for other in rows[place + 1 :]
        ]
    )


def test_keys_of_two_batches_are_those_of_the_whole() -> None:
    whole = key_batch(RECORDS, RULES, MODEL)
    shards = [key_batch(each, RULES, MODEL) for each in (RECORDS[:3], RECORDS[3:])]
    assert whole.num_rows > len(PEOPLE)
    assert pa.Table.from_batches(shards).to_pylist() == whole.to_pylist()


def test_weights_of_two_batches_are_those_of_the_whole() -> None:
    model, pairs = train(a_batch(*PEOPLE), RULES), pairs_of(RECORDS)
    whole = weight_batch(pairs, RULES, model)
    shards = [weight_batch(each, RULES, model) for each in (pairs[:5], pairs[5:])]
    assert pa.Table.from_batches(shards).to_pylist() == whole.to_pylist()
    assert {-64.0} < set(whole.column("weight_bits").to_pylist())
    assert None in whole.column("level_tax_id").to_pylist()


def test_a_pair_weighs_what_it_weighs_in_a_run() -> None:
    batch = a_batch(*PEOPLE)
    records = pa.RecordBatch.from_pylist(
        [{"id": f"r{number}", "source": "crm", **each} for number, each in enumerate(PEOPLE)]
    )
    weighed = weight_batch(pairs_of(records), RULES, MODEL)
    row_of = {each: row for row, each in enumerate(batch.ids)}
    left, right = (
        pa.array([row_of[str(each)] for each in weighed.column(name).to_pylist()], pa.int32()).to_numpy()
        for name in ("id_l", "id_r")
    )
    scored = score_pairs(standardize_batch(batch, RULES), left, right, RULES, MODEL)
    assert weighed.column("weight_bits").to_pylist() == scored.weight_bits.tolist()
    assert weighed.column("vetoes").to_pylist() == scored.vetoes.tolist()
