from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from char_mapping.errors import UnreadableFile
from layouts.records.block_cutting import read_blocks
from layouts.records.framing import Framing
from layouts.records.framing_kernels import walk_lengths


@given(
    st.lists(st.integers(0, 300), max_size=12), st.sampled_from(["big", "little"]), st.sampled_from([2, 4]),
    st.integers(0, 20), st.integers(1, 15),
)
def test_whole_records_are_found_up_to_the_first_cut_one(
    sizes: list[int], endian: str, head: int, cut: int, room: int
) -> None:
    order = "big" if endian == "big" else "little"
    file = b"".join(size.to_bytes(2, order).ljust(head, b"\0") + bytes(size) for size in sizes)  # type: ignore[arg-type]
    data = np.frombuffer(file[: max(len(file) - cut, 0)], np.uint8)
    starts, lengths = np.empty(room, np.int64), np.empty(room, np.int32)
    count = walk_lengths(data, head, 0, 2, endian == "little", 0, starts, lengths)
    expected, position = [], 0
    for size in sizes[:room]:
        if position + head + size > data.size:
            break
        expected.append((position + head, size))
        position += head + size
    assert list(zip(starts[:count].tolist(), lengths[:count].tolist(), strict=True)) == expected


@pytest.mark.parametrize("endian", ["big", "little"])
def test_many_records_are_cut_as_few_are(tmp_path: Path, endian: str) -> None:
    path = tmp_path / "many.dat"
    sizes = [row % 97 for row in range(5_000)]
    order = "big" if endian == "big" else "little"
    path.write_bytes(b"".join(
        (size + 4).to_bytes(2, order) + b"\0\0" + bytes([size]) * size for size in sizes  # type: ignore[arg-type]
    ))
    framing = Framing("rdw", endian=order)  # type: ignore[arg-type]
    found = {
        block: [
            place for raw in read_blocks(path, framing, block)
            for place in zip(raw.offsets.tolist(), raw.lengths.tolist(), strict=True)
        ]
        for block in (1000, 2000, 10_000)
    }
    assert found[1000] == found[2000] == found[10_000]
    assert [length for _, length in found[2000]] == sizes


def test_a_length_below_its_own_header_is_named_with_its_record(tmp_path: Path) -> None:
    path = tmp_path / "bad.dat"
    path.write_bytes((b"\0\x08\0\0" + b"\x40" * 4) * 1500 + b"\0\x01\0\0" + b"\x40" * 40)
    with pytest.raises(UnreadableFile, match=r"record 1501 byte 12000"):
        list(read_blocks(path, Framing("rdw"), 4000))
