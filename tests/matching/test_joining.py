"""Batches put together are the batch that they were cut from."""

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.defaults import default_match_rules
from matching.records import MatchRecord, RecordBatch
from matching.standardize import standardize_batch
from matching.standardize.batch import StandardizedBatch
from matching.standardize.joining import joined_batches

NAMES = st.sampled_from(["", "Nordlicht Handel GmbH", "Nordlicht Handel", "Zementwerk AG"])


def read(batch: StandardizedBatch) -> list[tuple[object, ...]]:
    """Row by row, whatever the codes."""
    return [
        (
            batch.ids[row],
            batch.sources[row],
            int(batch.segments[row]),
            *(
                (name, column.codes[row] >= 0 and column.values[column.codes[row]])
                for name, column in sorted(batch.features.items())
            ),
        )
        for row in range(len(batch))
    ]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(NAMES, st.sampled_from(["", "Hamburg", "Ulm"])), min_size=1, max_size=12), st.integers(1, 5))
def test_cut_and_joined_is_whole(given_rows: list[tuple[str, str]], size: int) -> None:
    rules = default_match_rules("customer")
    records = [
        MatchRecord(f"crm:{row}", "crm", {"kind": "organization", "name": name, "city": city})
        for row, (name, city) in enumerate(given_rows)
    ]

    def standardized(some: list[MatchRecord]) -> StandardizedBatch:
        return standardize_batch(RecordBatch.from_records(some), rules)

    cut = (standardized(records[start : start + size]) for start in range(0, len(records), size))
    assert read(joined_batches(cut)) == read(standardized(records))
