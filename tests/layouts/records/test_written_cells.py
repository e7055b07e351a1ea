"""Which records hold other bytes than would be written: one field at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from layouts.records.written_cells import strike_different


def test_one_other_byte_strikes_its_record_alone() -> None:
    data = np.frombuffer(b"AAbbAAbxAAbb", np.uint8)
    same = np.ones(3, np.bool_)
    strike_different(np.frombuffer(b"bbbbbb", np.uint8).reshape(3, 2), data, np.array([0, 4, 8]), 2, same)
    assert same.tolist() == [True, False, True]


def test_a_record_that_was_struck_stays_so() -> None:
    same = np.array([False])
    data = np.frombuffer(b"AA", np.uint8)
    strike_different(data.reshape(1, 2), data, np.array([0]), 0, same)
    assert same.tolist() == [False]


@given(st.integers(1, 8), st.integers(0, 6), st.integers(1, 4), st.randoms(use_true_random=False))
def test_like_a_comparison_of_matrices(records: int, offset: int, width: int, random: np.random.RandomState) -> None:
    length = offset + width
    read = np.array([[random.choice((0, 1)) for _ in range(length)] for _ in range(records)], np.uint8)
    cells = np.array([[random.choice((0, 1)) for _ in range(width)] for _ in range(records)], np.uint8)
    same = np.ones(records, np.bool_)
    strike_different(cells, read.reshape(-1), np.arange(records, dtype=np.int64) * length, offset, same)
    assert same.tolist() == (read[:, offset:] == cells).all(axis=1).tolist()
