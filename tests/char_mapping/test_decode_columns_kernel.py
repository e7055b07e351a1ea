from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping import load_code_system
from char_mapping.kernels import TextCells, decode_column, decode_columns, new_histogram
from char_mapping.kernels.decode_cells import TILE

SYSTEM = load_code_system("ibm930", glyph_policy="area")
ITEMS = (TextCells("mixed", 0, 10), TextCells("double", 10, 8), TextCells("single", 18, 4), TextCells("double", 3, 5))
LENGTH = 22
PIECES = st.one_of(
    st.binary(max_size=4),
    st.sampled_from([bytes.fromhex(code) for code in ("40404040", "0e45484040", "0f40", "4548", "f1f2", "00", "ff")]),
)


def record(pieces: list[bytes]) -> bytes:
    return b"".join(pieces)[:LENGTH].ljust(LENGTH, b"\x40")


@settings(max_examples=40)
@given(st.lists(st.lists(PIECES, max_size=8), min_size=1, max_size=20), st.data())
def test_items_decoded_together_are_those_decoded_alone(pieces: list[list[bytes]], chance: st.DataObject) -> None:
    records = [record(one) for one in pieces]
    data = np.frombuffer(b"".join(records), np.uint8)
    starts = np.arange(len(records), dtype=np.int64) * LENGTH
    absent = np.array(chance.draw(st.lists(st.booleans(), min_size=len(records), max_size=len(records))))
    own = np.where(absent, -1, starts + 2)
    items = [*ITEMS, TextCells("mixed", 0, 6, own)]
    together, alone = new_histogram(SYSTEM), new_histogram(SYSTEM)
    columns = decode_columns(data, starts, items, SYSTEM, together)
    for item, column in zip(items, columns, strict=True):
        places = (starts if item.starts is None else item.starts) + item.offset
        single = decode_column(data, places, item.length, SYSTEM, item.kind, alone, some_absent=True)
        column.values.validate(full=True)
        assert column.values.to_pylist() == single.values.to_pylist()
        assert column.state.tolist() == single.state.tolist()
        there = column.state if item.starts is None else column.state[~absent]
        assert column.state_counts.tolist() == np.bincount(there, minlength=256).tolist()
        assert column.faults.row.tolist() == single.faults.row.tolist()
        assert column.faults.offset.tolist() == single.faults.offset.tolist()
        assert column.absent == single.absent
    assert columns[-1].absent == int(absent.sum())
    assert together.tolist() == alone.tolist()


def test_more_records_than_a_tile_and_more_faults_than_fit() -> None:
    count = 3 * TILE + 5
    cells = [SYSTEM.encode(f"{'漢' * (row % 4)}{row}", "mixed", length=20) for row in range(count - 1)]
    data = np.frombuffer(b"".join(cells) + b"\x45\xff" * 10, np.uint8)
    starts = np.arange(count, dtype=np.int64) * 20
    histogram = new_histogram(SYSTEM)
    mixed, double = decode_columns(
        data, starts, [TextCells("mixed", 0, 20), TextCells("double", 0, 20)], SYSTEM, histogram
    )
    assert mixed.values.to_pylist()[:-1] == [f"{'漢' * (row % 4)}{row}" for row in range(count - 1)]
    assert len(double.faults) > count
    assert set(double.faults.row.tolist()) <= set(range(count))
    again = new_histogram(SYSTEM)
    decode_columns(data, starts, [TextCells("mixed", 0, 20), TextCells("double", 0, 20)], SYSTEM, again)
    assert again.tolist() == histogram.tolist()


def test_no_items_and_no_records() -> None:
    data = np.zeros(0, np.uint8)
    assert decode_columns(data, np.zeros(0, np.int64), [], SYSTEM) == []
    (column,) = decode_columns(data, np.zeros(0, np.int64), ITEMS[:1], SYSTEM)
    assert column.values.to_pylist() == []
