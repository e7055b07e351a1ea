"""Keys of short texts: equal exactly for equal texts."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.kernels.short_texts import (
    LONGEST,
    NOT_SHORT,
    find_keys,
    index_keys,
    short_text_keys,
    text_of_key,
)

short = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x5F), max_size=12)
texts = st.lists(st.one_of(st.none(), short, st.text(max_size=4)))


@given(texts)
def test_a_key_is_the_text(values: list[str | None]) -> None:
    for column in (pa.array(values, pa.large_string()), pl.Series(values, dtype=pl.String).to_arrow()):
        keys = short_text_keys(column).tolist()
        assert len(keys) == len(values)
        for value, key in zip(values, keys, strict=True):
            text = value or ""
            if len(text) <= LONGEST and all(" " <= char <= "_" for char in text):
                assert key > 0
                assert text_of_key(key) == text
            else:
                assert key == NOT_SHORT


@given(st.sets(st.integers(1, 1 << 61)), st.lists(st.integers(1, 1 << 61)))
def test_keys_are_found_by_their_numbers(held: set[int], asked: list[int]) -> None:
    keys = np.array(sorted(held), np.int64)
    slots = index_keys(keys, np.arange(keys.size) * 3)
    numbers = {key: number * 3 for number, key in enumerate(sorted(held))}
    every = np.array([*asked, *held, NOT_SHORT], np.int64)
    assert find_keys(slots, every).tolist() == [numbers.get(key, -1) for key in every.tolist()]
