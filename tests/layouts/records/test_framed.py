"""Records put into a file and cut out of it again, in every record format and with every way to state a length."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.block_cutting import read_blocks
from layouts.records.framed import framed
from layouts.records.framing import Framing

HEADERS = [(4, 0, 2), (4, 2, 2), (4, 0, 4), (2, 0, 2), (8, 4, 4)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("framed") / "f.dat"


@given(
    records=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=12), header=st.sampled_from(HEADERS),
    kind=st.sampled_from(["rdw", "bdw", "vbs"]), endian=st.sampled_from(["big", "little"]), includes=st.booleans(),
    adjustment=st.integers(-9, 1), block_endian=st.sampled_from(["big", "little", None]), counts=st.booleans(),
    block_adjustment=st.integers(-9, 4), size=st.integers(1, 5),
)
@settings(max_examples=150)
def test_every_way_to_state_a_length_comes_back(
    path: Path, records: list[bytes], header: tuple[int, int, int], kind: str, endian: str, includes: bool,
    adjustment: int, block_endian: str | None, counts: bool, block_adjustment: int, size: int,
) -> None:
    place = header if kind == "rdw" else (4, 0, 2)
    framing = Framing(
        kind, 0, endian, includes, adjustment, b"", None, *place, block_endian, counts, block_adjustment  # type: ignore[arg-type]
    )
    path.write_bytes(b"".join(framed(records, framing)))
    blocks = list(read_blocks(path, framing, size))
    assert [block.record(i) for block in blocks for i in range(block.starts.size)] == records
    assert blocks[-1].last


def test_large_blocks_state_31_bits_and_records_never_leave_their_block(path: Path) -> None:
    records = [bytes([n % 251]) * 30_000 for n in range(5)] + [b"x" * 32_000]
    framing = Framing("bdw")
    path.write_bytes(b"".join(framed(records, framing)))
    assert [b.record(i) for b in read_blocks(path, framing, 4) for i in range(b.starts.size)] == records
    large = Framing("bdw", includes_header=False)
    head = (0x80000000 | (40_000 + 8)).to_bytes(4, "big") + (40_000).to_bytes(2, "big") + bytes(2)
    path.write_bytes(head + b"y" * 40_000)
    assert [b.record(i) for b in read_blocks(path, large, 4) for i in range(b.starts.size)] == [b"y" * 40_000]
    path.write_bytes(b"\0\x0c\0\0\0\x0a\0\0abcdef" + b"\0\x0c\0\0\0\x08\0\0ghij")
    with pytest.raises(UnreadableFile, match="byte 4: expected a valid RDW"):
        list(read_blocks(path, framing, 4))


@pytest.mark.parametrize("behind", [b"\0", b"\0\0\0", b"\0\x0c\0\0"])
def test_bytes_behind_the_last_block_are_never_passed_over(path: Path, behind: bytes) -> None:
    path.write_bytes(b"".join(framed([b"abcd"], Framing("bdw"))) + behind)
    with pytest.raises(UnreadableFile, match="expected a valid"):
        list(read_blocks(path, Framing("bdw"), 4))


def test_a_record_longer_than_its_header_can_say() -> None:
    with pytest.raises(DefinitionError, match="a length of 2 bytes"):
        list(framed([b"x" * 65_536], Framing("rdw")))


@pytest.mark.parametrize(("data", "reading"), [
    (b"\0\0\x09\0abcde" * 3, "RDW records (little-endian in bytes 3–4 of 4, length counting its own 4 bytes)"),
    (b"\0\x05abcde" * 3, "RDW records (big-endian in bytes 1–2 of 2, length not counting its own 2 bytes)"),
    (b"\0\x0d\0\0\0\x09\0\0abcde" * 3, "BDW and RDW records (big-endian, length counting its own 4 bytes)"),
    (b"\0\0\0\x05abcde" * 3, "RDW records (big-endian in bytes 3–4 of 4, length not counting its own 4 bytes)"),
])
def test_a_file_that_does_not_fit_names_the_headers_that_would(path: Path, data: bytes, reading: str) -> None:
    path.write_bytes(data)
    with pytest.raises(UnreadableFile) as error:
        list(read_blocks(path, Framing("fixed", 100), 4))
    assert reading in str(error.value)
