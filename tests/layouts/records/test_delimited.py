from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.blocks import DecodedBlock
from layouts.records.delimited import read_delimited
from layouts.records.plans import CsvShape, DecodingPlan


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a property: a new one for each would take most of the time."""
    return tmp_path_factory.mktemp("examples")


def read(
    path: Path, *, charset: str = "utf-8", block: int = 3, key: tuple[str, ...] = (), **shape: object
) -> list[DecodedBlock]:
    plan = DecodingPlan(load_code_system(charset), csv=CsvShape(**shape), key=key)  # type: ignore[arg-type]
    return list(read_delimited(path, plan, block))


def table(blocks: list[DecodedBlock]) -> pl.DataFrame:
    return pl.concat([b.table for b in blocks])


def apart(blocks: list[DecodedBlock]) -> pl.DataFrame:
    return pl.concat([b.apart for b in blocks])


cell = st.text(alphabet="aB1 ,\"\n|山髙ソ表", max_size=6)
rows = st.lists(st.tuples(st.from_regex(r"[0-9]{1,3}", fullmatch=True), cell, cell), min_size=1, max_size=12)


@given(rows, st.integers(1, 6), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]),
       st.sampled_from([",", "\t", "|"]), st.sampled_from(["utf-8", "cp932"]), st.booleans())
@settings(max_examples=50)
def test_every_file_of_the_csv_module_comes_back(
    folder: Path, data: list[tuple[str, str, str]], block: int, quoting: int, end: str,
    delimiter: str, charset: str, closed: bool,
) -> None:
    if charset == "cp932":
        data = [(a, b.replace("髙", "高"), c.replace("髙", "高")) for a, b, c in data]
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, lineterminator=end, delimiter=delimiter)  # type: ignore[arg-type]
    writer.writerows([("番号", "氏名", "備考"), *data])
    text = out.getvalue() if closed else out.getvalue()[: -len(end)]
    path = folder / "a.csv"
    path.write_bytes(text.encode(charset))
    blocks = read(path, charset=charset, block=block, delimiter=delimiter)
    assert apart(blocks)["fate"].to_list() == ["control"]
    expected = [tuple(v.rstrip(" ") or None for v in row) for row in data]
    assert table(blocks).select("番号", "氏名", "備考").rows() == expected
    assert table(blocks)["_record_no"].to_list() == list(range(2, len(data) + 2))
    raw = path.read_bytes()
    for number, offset in table(blocks).select("番号", "_byte_offset").iter_rows():
        assert raw[offset:].lstrip(b'"').startswith(number.encode())


def test_a_broken_row_goes_apart_with_its_bytes_and_the_file_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('番号,名\n1,"a\n2,b\n3,"c"d\n4\n5,e,f\n\n6,"g\nh"\n7,i'.encode())
    blocks = read(path, key=("番号",))
    assert table(blocks).select("番号", "名").rows() == [("2", "b"), ("6", "g\nh"), ("7", "i")]
    assert apart(blocks).select("record_no", "fault", "raw_bytes").rows() == [
        (1, "", "番号,名".encode()), (2, "bad_quotes", b'1,"a'), (4, "bad_quotes", b'3,"c"d'), (5, "ragged_row", b"4"),
        (6, "ragged_row", b"5,e,f"), (7, "ragged_row", b""),
    ]


def test_a_quote_that_never_closes_does_not_swallow_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'n,t\n1,"x\n' + b"".join(b"%d,y\n" % n for n in range(2, 30_000)))
    blocks = read(path, block=8192)
    assert table(blocks).height == 29_998
    assert apart(blocks)["fault"].to_list() == ["", "bad_quotes"]


def test_a_quote_inside_an_unquoted_cell_is_a_character(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('n,t\n1,コーポ"A"101\n'.encode())
    assert table(read(path)).rows()[0][2:] == ("1", 'コーポ"A"101')


def test_a_cut_kanji_does_not_swallow_the_delimiter(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"n,t,u\n1,\x8e,x\n2,\x83\x5c,y\n")
    blocks = read(path, charset="cp932")
    assert table(blocks).rows()[0][2:] == ("1", None, "x")
    assert table(blocks).rows()[1][2:] == ("2", "ソ", "y")
    assert blocks[0].faults.select("item", "fault", "byte_offset", "raw_bytes").rows() == [
        ("t", "odd_kanji_run", 8, b"\x8e"),
    ]


def test_every_cp932_code_that_has_two_spellings_decodes(tmp_path: Path) -> None:
    codes = [bytes([lead, trail]) for lead in (0x81, 0x87, 0xED, 0xEE, 0xFA, 0xFB) for trail in range(0x40, 0xFD)]
    known = [c for c in codes if _decodes(c)]
    path = tmp_path / "a.csv"
    path.write_bytes(b"n,t\n" + b"".join(b"%d," % n + code + b"\n" for n, code in enumerate(known)))
    blocks = read(path, charset="cp932", block=10_000)
    texts = ["".join(c.rstrip("\u3000") for c in known[n].decode("cp932")) or None for n in range(len(known))]
    assert table(blocks)["t"].to_list() == texts


@pytest.mark.parametrize("delimiter", [",", "\t", "|"])
def test_euc_with_kana_and_three_byte_codes(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    rows = [["番号", "名", "備考"], ["1", "ｱｲ丂", '"山,|\t"'], ["2", "表ソ", "丂"]]
    path.write_bytes("".join(delimiter.join(row) + "\n" for row in rows).encode("euc_jp"))
    blocks = read(path, charset="euc-jp", delimiter=delimiter)
    assert [row[2:] for row in table(blocks).rows()] == [("1", "ｱｲ丂", "山,|\t"), ("2", "表ソ", "丂")]


def _decodes(code: bytes) -> bool:
    try:
        code.decode("cp932")
    except UnicodeDecodeError:
        return False
    return True


def test_a_byte_order_mark_and_lines_before_the_header_are_no_data(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "出力日\n番号,名\n1,山\n".encode())
    blocks = read(path, skip_lines=1)
    assert table(blocks).columns[2:] == ["番号", "名"]
    assert table(blocks).rows() == [(3, 24, "1", "山")]
    assert apart(blocks)["record_no"].to_list() == [1, 2]


def test_without_a_header_the_declared_columns_name_the_cells(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"1,a\n")
    blocks = read(path, header=False, columns=("n", "t"))
    assert table(blocks).rows() == [(1, 0, "1", "a")]
    assert apart(blocks).is_empty()


@pytest.mark.parametrize(("data", "message"), [
    (b"a,a\n1,2\n", "a name of its own for each column, found twice a"),
    (b"a,\n1,2\n", "a column without a name"),
    (b"", "a header line"),
])
def test_a_header_that_names_no_columns_is_unreadable(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=message):
        read(path)


def test_a_header_of_other_columns_than_declared_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1,2\n")
    with pytest.raises(UnreadableFile, match=r"a.csv record 1: .*among them c.*not declared: b"):
        read(path, columns=("a", "c"))


def test_a_code_system_with_shift_codes_is_no_package_export(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\n")
    with pytest.raises(DefinitionError, match="without shift codes"):
        read(path, charset="jef")


@given(st.binary(max_size=80).map(lambda b: b"a,b\n" + b), st.integers(1, 4))
@settings(max_examples=50)
def test_any_bytes_are_rows_that_together_cover_the_file(
    folder: Path, data: bytes, block: int
) -> None:
    path = folder / "a.csv"
    path.write_bytes(data)
    blocks = read(path, charset="cp932", block=block)
    numbers = sorted(table(blocks)["_record_no"].to_list() + apart(blocks)["record_no"].to_list())
    assert numbers == list(range(1, len(numbers) + 1))


def test_rows_longer_than_a_chunk_are_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layouts.records.delimited.LARGEST_CHUNK", 16)
    path = tmp_path / "a.csv"
    path.write_bytes(b"n,t\n" + b"".join(b'%d,"%s\n"\n' % (n, b"x" * n) for n in range(60)))
    blocks = read(path, block=4)
    assert table(blocks)["t"].to_list() == ["x" * n + "\n" for n in range(60)]
    assert table(blocks)["_record_no"].to_list() == list(range(2, 62))
