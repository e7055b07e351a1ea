from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.block_cutting import read_blocks
from layouts.records.blocks import DecodedBlock
from layouts.records.delimited import read_delimited
from layouts.records.framing import Framing
from layouts.records.option_plans import plan_of_options
from layouts.records.plans import CsvShape, DecodingPlan
from layouts.records.received import open_received, packing_of


def zstandard(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


PACKERS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".zst": zstandard}


@pytest.mark.parametrize("suffix", PACKERS)
def test_packed_files_are_read_as_their_content(tmp_path: Path, suffix: str) -> None:
    data = bytes(range(250)) * 9_000
    path = tmp_path / f"a.dat{suffix}"
    path.write_bytes(PACKERS[suffix](data))
    blocks = list(read_blocks(path, Framing("fixed", 250), 4000))
    assert b"".join(b.record(i) for b in blocks for i in range(b.starts.size)) == data
    assert [int(b.offsets[0]) for b in blocks] == [0, 1_000_000, 2_000_000]
    assert blocks[-1].last


@pytest.mark.parametrize("suffix", PACKERS)
def test_the_bytes_say_how_a_file_is_packed_not_its_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(PACKERS[suffix]("番号,名\n1,山\n".encode("cp932")))
    plan = DecodingPlan(load_code_system("cp932"), csv=CsvShape())
    assert next(read_delimited(path, plan, 10)).table.rows() == [(2, 8, "1", "山")]


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_packed_file_that_was_cut_is_unreadable(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.dat{suffix}"
    path.write_bytes(PACKERS[suffix](bytes(range(250)) * 9_000)[:-9])
    with pytest.raises(UnreadableFile, match=r"expected a whole .* file, found damage after [0-9]+ unpacked bytes"):
        list(read_blocks(path, Framing("fixed", 250), 4000))


def test_a_name_that_promises_a_packing_must_keep_it(tmp_path: Path) -> None:
    path = tmp_path / "a.dat.gz"
    path.write_bytes(b"0123456789")
    with pytest.raises(UnreadableFile, match="expected a gzip file as its name says, found other bytes"):
        packing_of(path)


@pytest.mark.parametrize("head", [b"BZh9 is text", b"\x1f\x8b\x00", b"(\xb5", b""])
def test_bytes_like_those_of_a_packed_file_are_plain(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(head)
    assert packing_of(path) == ""
    with open_received(path) as file:
        assert file.read(100, 0) == head


def test_empty_packed_files_hold_nothing(tmp_path: Path) -> None:
    for suffix, pack in PACKERS.items():
        path = tmp_path / f"a{suffix}"
        path.write_bytes(pack(b""))
        assert list(read_blocks(path, Framing("fixed", 3), 9)) == []


def read_utf16(path: Path, block: int, charset: str = "utf-16") -> list[DecodedBlock]:
    plan = DecodingPlan(load_code_system(charset), csv=CsvShape(delimiter="\t"))
    return list(read_delimited(path, plan, block))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


@given(st.lists(st.text("a1山髙𠮷\U000e0100㐂 ", max_size=5), min_size=1, max_size=9), st.integers(1, 4),
       st.sampled_from([("utf-16-le", b"\xff\xfe", "utf-16"), ("utf-16-be", b"\xfe\xff", "utf-16"),
                        ("utf-16-be", b"", "utf-16"), ("utf-16-le", b"", "utf-16le"),
                        ("utf-32-le", b"\xff\xfe\0\0", "utf-32"), ("utf-32-be", b"\0\0\xfe\xff", "utf-32le"),
                        ("utf-32-be", b"", "utf-32"), ("utf-32-le", b"", "utf-32le")]))
@settings(max_examples=40)
def test_wide_text_comes_back_with_its_places_in_the_file(
    folder: Path, cells: list[str], block: int, shape: tuple[str, bytes, str]
) -> None:
    encoding, mark, charset = shape
    path = folder / "a.tsv"
    path.write_bytes(mark + "".join(["番号\t名\r\n", *(f"{n}\t{c}\r\n" for n, c in enumerate(cells))]).encode(encoding))
    blocks = read_utf16(path, block, charset)
    table = pl.concat([b.table for b in blocks])
    assert table["名"].to_list() == [c.rstrip(" ") or None for c in cells]
    raw = path.read_bytes()
    for number, offset in table.select("番号", "_byte_offset").iter_rows():
        assert raw[offset:].startswith(f"{number}\t".encode(encoding))
    control = blocks[0].apart
    assert control.select("byte_offset", "raw_bytes").rows() == [(len(mark), "番号\t名".encode(encoding))]
    assert set(pl.concat([b.characters for b in blocks])["code_system"]) == {charset}


def test_half_a_surrogate_pair_is_at_fault_with_its_own_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(b"\xff\xfe" + "n\tt\n𠮷\ta".encode("utf-16-le") + b"\x00\xd8" + "b\nx\n".encode("utf-16-le"))
    blocks = read_utf16(path, 1)
    faults = pl.concat([b.faults for b in blocks])
    assert faults.select("record_no", "item", "fault", "byte_offset", "raw_bytes").rows() == [
        (2, "t", "undefined_code", 16, b"a\0\x00\xd8b\0"),
    ]
    assert pl.concat([b.apart for b in blocks])["raw_bytes"].to_list()[1:] == [b"x\0"]


def test_utf16_with_an_odd_number_of_bytes_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(b"\xff\xfea")
    with pytest.raises(UnreadableFile, match="expected a multiple of 2 bytes of UTF-16, found 3 bytes"):
        read_utf16(path, 1)


def test_a_unit_of_utf32_beyond_unicode_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes("n\n".encode("utf-32-be") + b"\x00\x11\x00\x00")
    with pytest.raises(UnreadableFile, match="expected characters up to U\\+10FFFF, found another unit at byte 8"):
        read_utf16(path, 1, "utf-32")


def test_no_record_of_a_copybook_is_in_utf32(tmp_path: Path) -> None:
    (tmp_path / "a.cpy").write_text("       01 R.\n           05 A PIC X(4).\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match="UTF-32 is read in csv alone"):
        plan_of_options(tmp_path / "a.cpy", "utf-32")


@pytest.mark.parametrize("start", [b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08\x00 and more of a record"])
def test_a_plain_file_may_start_with_any_bytes(tmp_path, start):
    path = tmp_path / "a.dat"
    path.write_bytes(start)
    assert packing_of(path) == ""
