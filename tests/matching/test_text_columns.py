"""Reading CSV at speed: whatever Arrow accepts, it reads as the csv module does."""

import csv
import io

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from matching.records import joined_codes
from matching.text_columns import plain_columns

pieces = st.sampled_from(["a", "é", "1", "NA", " ", ",", '"', '""', '",', ',"', "\n", "\r\n", "\r", "\x00"])


@settings(max_examples=400, deadline=None)
@given(body=st.lists(pieces, max_size=14).map("".join), mark=st.sampled_from(["", "\ufeff"]))
@example(body="a,b\n\n c,\n", mark="\ufeff")
@example(body='"a\nb","c""d"\r\n', mark="")
def test_what_is_read_fast_is_read_right(body: str, mark: str) -> None:
    columns = plain_columns(f"{mark}id,x\n{body}".encode())
    if columns is not None:
        rows = [row for row in csv.reader(io.StringIO(body, newline="")) if row]
        assert [list(row) for row in zip(columns["id"].rows(), columns["x"].rows(), strict=True)] == rows


def test_what_the_csv_module_would_refuse_is_left_to_it() -> None:
    assert plain_columns(b"id,x\n1\n") is None
    assert plain_columns(b"id,x\n1,2,3\n") is None
    assert plain_columns(b"id,id\n1,2\n") is None
    assert plain_columns(b"id,x\n1,\xff\n") is None
    assert plain_columns(b"id,x\n1," + b"y" * (csv.field_size_limit() + 1) + b"\n") is None


@given(codes=st.lists(arrays(np.int32, 12, elements=st.integers(0, 3) | st.just(2**31 - 1)), min_size=1, max_size=5))
def test_a_joint_code_stands_for_one_combination(codes: list[NDArray[np.int32]]) -> None:
    joint, first = joined_codes(codes)
    code_of: dict[tuple[int, ...], int] = {}
    rows = list(zip(*(each.tolist() for each in codes), strict=True))
    assert joint.tolist() == [code_of.setdefault(row, len(code_of)) for row in rows]
    assert [rows[each] for each in first.tolist()] == list(code_of)
