from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.errors import UnreadableFile
from layouts.records.block_cutting import read_blocks
from layouts.records.framing import PADDING, Framing, RawBlock, RecordRange


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a property: a new one for each would take most of the time."""
    return tmp_path_factory.mktemp("examples")


def rdw(records: Sequence[bytes], *, endian: str = "big", includes: bool = True) -> bytes:
    extra = 4 if includes else 0
    return b"".join((len(r) + extra).to_bytes(2, endian) + b"\0\0" + r for r in records)  # type: ignore[arg-type]


def read(path: Path, framing: Framing, block: int = 3, record_range: RecordRange | None = None) -> list[RawBlock]:
    return list(read_blocks(path, framing, block, record_range))


def records_of(blocks: list[RawBlock]) -> list[bytes]:
    return [block.record(i) for block in blocks for i in range(block.starts.size)]


def check_offsets(blocks: list[RawBlock], data: bytes) -> None:
    number = blocks[0].first_record if blocks else 0
    for block in blocks:
        assert block.first_record == number
        assert not block.data[-PADDING:].any()
        for index in range(block.starts.size):
            start = int(block.offsets[index])
            assert data[start : start + int(block.lengths[index])] == block.record(index)
        number += block.starts.size
    assert [b.last for b in blocks] == [False] * (len(blocks) - 1) + [True] * bool(blocks)


@given(st.lists(st.binary(min_size=5, max_size=5), min_size=1, max_size=20), st.integers(1, 8))
def test_fixed_records_come_back_in_blocks_with_their_offsets(
    folder: Path, records: list[bytes], block: int
) -> None:
    path = folder / "a.dat"
    path.write_bytes(b"".join(records))
    blocks = read(path, Framing("fixed", 5), block)
    assert records_of(blocks) == records
    assert max(b.starts.size for b in blocks) <= block
    check_offsets(blocks, path.read_bytes())


def test_a_range_holds_its_records_and_only_the_last_one_ends_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(bytes(range(50)))
    blocks = read(path, Framing("fixed", 5), 2, RecordRange(3, 4, 15))
    assert [b.first_record for b in blocks] == [3, 5]
    assert b"".join(records_of(blocks)) == bytes(range(15, 35))
    assert not blocks[-1].last
    assert read(path, Framing("fixed", 5), 9, RecordRange(8, 2, 40))[-1].last


@given(st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=20), st.integers(1, 8),
       st.sampled_from(["big", "little"]), st.booleans())
@settings(max_examples=60)
def test_rdw_records_of_both_byte_orders_and_countings(
    folder: Path, records: list[bytes], block: int, endian: str, includes: bool
) -> None:
    path = folder / "a.dat"
    path.write_bytes(rdw(records, endian=endian, includes=includes))
    framing = Framing("rdw", endian=endian, includes_header=includes)  # type: ignore[arg-type]
    blocks = read(path, framing, block)
    assert records_of(blocks) == records
    check_offsets(blocks, path.read_bytes())


@given(st.lists(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=5), min_size=1, max_size=6),
       st.integers(1, 4))
@settings(max_examples=60)
def test_blocked_records_with_bdw_and_rdw(
    folder: Path, groups: list[list[bytes]], block: int
) -> None:
    path = folder / "a.dat"
    bodies = [rdw(group) for group in groups]
    path.write_bytes(b"".join((len(b) + 4).to_bytes(2, "big") + b"\0\0" + b for b in bodies))
    blocks = read(path, Framing("bdw"), block)
    assert records_of(blocks) == [r for group in groups for r in group]
    check_offsets(blocks, path.read_bytes())


@given(st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"").replace(b"\r", b"").replace(b"\x1a", b"")),
                min_size=1, max_size=12), st.sampled_from([b"\n", b"\r\n", b"\x15"]), st.booleans())
def test_text_lines_with_every_line_end(
    folder: Path, lines: list[bytes], mark: bytes, closed: bool
) -> None:
    lines = [line.replace(mark, b"") for line in lines]
    lines[-1] = lines[-1] or b"x"
    path = folder / "a.txt"
    path.write_bytes(mark.join(lines) + (mark if closed else b""))
    blocks = read(path, Framing("lines", newline=mark if mark == b"\x15" else b"\n"), 5)
    assert records_of(blocks) == lines
    check_offsets(blocks, path.read_bytes())


def spanned(records: Sequence[bytes], room: int) -> bytes:
    """VBS with blocks of at most ``room`` data bytes, records cut wherever a block is full."""
    blocks: list[bytes] = []
    body = b""
    for record in records:
        rest, begun = record, False
        while True:
            if room - len(body) < 5:
                blocks, body = [*blocks, body], b""
            piece, rest = rest[: room - len(body) - 4], rest[room - len(body) - 4 :]
            control = (2 if begun else 0) if not rest else (3 if begun else 1)
            body += (len(piece) + 4).to_bytes(2, "big") + bytes([control, 0]) + piece
            begun = True
            if not rest:
                break
    return b"".join((len(b) + 4).to_bytes(2, "big") + b"\0\0" + b for b in [*blocks, body] if b)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=15), st.integers(9, 60), st.integers(1, 6))
@settings(max_examples=60)
def test_spanned_records_are_put_together(folder: Path, records: list[bytes], room: int, block: int) -> None:
    path = folder / "vbs.dat"
    path.write_bytes(spanned(records, room))
    blocks = read(path, Framing("vbs"), block)
    assert records_of(blocks) == records
    assert [b.last for b in blocks] == [False] * (len(blocks) - 1) + [True]
    data = path.read_bytes()
    for one in blocks:
        for index in range(one.starts.size):
            assert data[int(one.offsets[index])] == one.record(index)[0]


@pytest.mark.parametrize("data", [
    b"\x00\x0a\x00\x00\x00\x06\x02\x00ab", b"\x00\x0a\x00\x00\x00\x06\x01\x00ab",
    b"\x00\x0a\x00\x00\x00\xff\x00\x00ab",
])
def test_segments_out_of_order_are_unreadable(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=r"expected a valid (last )?segment"):
        read(path, Framing("vbs"))


def test_records_larger_than_a_chunk_are_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layouts.records.block_cutting.LARGEST_CHUNK", 16)
    records = [bytes([65 + k]) * (7 * k + 1) for k in range(8)]
    path = tmp_path / "a.dat"
    path.write_bytes(rdw(records))
    assert records_of(read(path, Framing("rdw"), 100)) == records
    path.write_bytes(b"\n".join(records) + b"\n")
    assert records_of(read(path, Framing("lines"), 100)) == records


def test_a_size_that_does_not_divide_names_the_readings_that_would(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"x" * 1_000_002)
    with pytest.raises(UnreadableFile) as caught:
        read(path, Framing("fixed", 500))
    message = str(caught.value)
    assert "remainder 2" in message
    assert "2000 records of 500 bytes and 2 trailing bytes" in message
    assert "1992 records of 502 bytes" not in message
    assert "FIL-001" in message


def test_fixed_records_with_line_ends_are_recognised_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes((b"y" * 100 + b"\r\n") * 7)
    with pytest.raises(UnreadableFile, match="7 records of 100 bytes, each with a line end of 2 bytes"):
        read(path, Framing("fixed", 100))


def test_rdw_records_taken_for_fixed_ones_are_recognised(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(rdw([b"z" * (10 + k) for k in range(9)]))
    with pytest.raises(UnreadableFile, match=r"RDW records \(big-endian, length counting its own 4 bytes\)"):
        read(path, Framing("fixed", 50))


@pytest.mark.parametrize(("kind", "data", "place"), [
    ("rdw", b"\x00\x06\x00\x00ab\x00\x02\x00\x00", r"record 2 byte 6: expected a valid RDW"),
    ("rdw", b"\x00\x06\x00\x00ab\x00\xff\x00\x00cc", r"record 2 byte 6: expected a valid RDW"),
    ("rdw", b"\x00\x06\x00\x00ab\x00", r"record 2 byte 6: expected a valid RDW"),
    ("bdw", b"\x00\x0a\x00\x00\x00\x06\x00\x00ab\x00\x03\x00\x00", r"record 2 byte 10: expected a valid BDW"),
])
def test_a_broken_length_names_record_and_byte(tmp_path: Path, kind: str, data: bytes, place: str) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=place):
        read(path, Framing(kind))  # type: ignore[arg-type]


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no such file"):
        read(tmp_path / "none.dat", Framing("fixed", 5))


def test_an_empty_file_has_no_blocks(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"")
    for kind in ("fixed", "rdw", "bdw", "vbs", "lines"):
        assert read(path, Framing(kind, 5)) == []  # type: ignore[arg-type]


@given(st.binary(max_size=60), st.sampled_from(["rdw", "bdw", "vbs", "lines"]), st.integers(1, 5))
def test_any_bytes_are_records_or_unreadable(
    folder: Path, data: bytes, kind: str, block: int
) -> None:
    path = folder / "a.dat"
    path.write_bytes(data)
    try:
        blocks = read(path, Framing(kind), block)  # type: ignore[arg-type]
    except UnreadableFile:
        return
    assert all(np.all(b.lengths >= 0) for b in blocks)
