"""``ikou peek`` and ``ikou convert`` on what is no plain file of one record type."""

from __future__ import annotations

import gzip
import json
import sqlite3
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from char_mapping.code_systems import load_code_system
from layouts.records.copybook import parse_copybook
from layouts.records.option_plans import plan_of_options
from layouts.records.reader import open_record_types
from layouts.records.round_trip import count_round_trips, respelled_codes
from layouts.records.writer import RecordWriter
from pipelines.cli.app import app

COPYBOOK = """\
       01  世帯.
           05  区分                PIC X.
           05  世帯番号            PIC 9(4).
           05  世帯主              PIC N(4).
       01  世帯員.
           05  区分                PIC X.
           05  宛名番号            PIC 9(4).
           05  氏名                PIC N(4).
"""
ROWS = [
    ("H", "0001", "山田"), ("M", "0011", "花子"), ("M", "0012", "太郎"), ("H", "0002", "佐藤"), ("M", "0021", "次郎"),
]


def run(*words: str | Path) -> tuple[int, str]:
    answer = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    return answer.exit_code, answer.output


@pytest.fixture
def households(tmp_path: Path) -> Path:
    (tmp_path / "h.cpy").write_text(COPYBOOK, encoding="utf-8")
    writer = RecordWriter(parse_copybook(COPYBOOK, name="h"), load_code_system("jef"))
    out = b""
    for kind, number, name in ROWS:
        items = {"H": ("世帯", "世帯番号", "世帯主"), "M": ("世帯員", "宛名番号", "氏名")}[kind]
        out += writer.write(pl.DataFrame([{"区分": kind, items[1]: number, items[2]: name}]), record=items[0])
    path = tmp_path / "h.dat"
    path.write_bytes(out)
    return path


SEGMENTS = ("--record-type", "区分", "--type", "H=世帯", "--type", "M=世帯員", "--parent", "世帯:世帯番号")


def test_every_record_type_gets_its_own_table(households: Path) -> None:
    households.write_bytes(households.read_bytes() + b"\xe7" + b"\x40" * 12)
    out = households.with_suffix(".parquet")
    copybook = households.with_name("h.cpy")
    code, said = run("convert", households, "-c", copybook, "--charset", "jef", "-o", out, *SEGMENTS, "--round-trip")
    assert code == 1
    members = pl.read_parquet(households.with_name("h.世帯員.parquet"))
    assert members.select("世帯.世帯番号", "宛名番号", "氏名").rows() == [
        ("0001", "0011", "花子"), ("0001", "0012", "太郎"), ("0002", "0021", "次郎"),
    ]
    assert pl.read_parquet(households.with_name("h.世帯.parquet")).columns == ["区分", "世帯番号", "世帯主"]
    assert "2 records -> " in said
    assert "3 written back byte for byte" in said
    assert "1 records apart: isolated unknown_record_type" in said
    faults = households.with_name("h.parquet.faults.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["record_no"] for line in faults] == [6]


def test_peek_shows_each_record_as_what_it_is(households: Path) -> None:
    households.write_bytes(households.read_bytes() + b"\xe7" + b"\x40" * 12)
    packed = households.with_name("h.dat.gz")
    packed.write_bytes(gzip.compress(households.read_bytes()))
    code, said = run("peek", packed, "-c", households.with_name("h.cpy"), "--charset", "jef", *SEGMENTS)
    assert code == 0
    assert "record 1  byte 0  13 bytes  世帯\n" in said
    assert "record 2  byte 13  13 bytes  世帯員\n" in said
    assert "record 6  byte 65  unknown type x'E7404040404040404040404040'\n" in said


@pytest.mark.parametrize("words", [("--type", "世帯"), ("--parent", "世帯")])
def test_options_that_are_no_pairs_are_wrong_use(households: Path, words: tuple[str, str]) -> None:
    out = households.with_suffix(".csv")
    code, said = run("convert", households, "-c", households.with_name("h.cpy"), "--charset", "jef", "-o", out, *words)
    assert code == 2
    assert f"write {words[0]}" in said


def test_a_sqlite_file_and_a_tab_separated_one(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE t (番号 TEXT, 名 TEXT)")
        connection.execute("INSERT INTO t VALUES ('001', '髙')")
    connection.close()
    (tmp_path / "a.tsv").write_bytes("\ufeff番号\t名\r\n001\t髙\r\n".encode("utf-16-le"))
    expected = '{"番号":"001","名":"髙"}\n'
    out = tmp_path / "a.jsonl"
    assert run("convert", tmp_path / "a.db", "--charset", "utf-8", "--format", "sqlite", "-o", out)[0] == 0
    assert out.read_text("utf-8") == expected
    code, said = run(
        "convert", tmp_path / "a.tsv", "--charset", "utf-16", "--format", "csv", "--delimiter", "\\t", "-o", out
    )
    assert (code, out.read_text("utf-8")) == (0, expected)
    assert "1 records apart: control" in said
    code, said = run("peek", tmp_path / "a.tsv", "--charset", "utf-16", "--format", "csv", "--delimiter", "\\t")
    assert said == "record 2  byte 14\n  番号  001\n  名  髙\n"


VARYING = """\
       01  R.
           05  N                   PIC 9.
           05  T OCCURS 0 TO 4 DEPENDING ON N.
               10  A               PIC S9(4) COMP.
               10  B               PIC X(3).
           05  C                   PIC S9(3) COMP-3.
           05  D                   PIC 9(3).
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("varying")
    (path / "v.cpy").write_text(VARYING, encoding="utf-8")
    return path


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["clean", "zero sign", "filled", "blank"])), min_size=1),
       st.sampled_from(["shifted", "padded", "reserved"]))
@settings(max_examples=40)
def test_round_trips_are_counted_record_by_record(folder: Path, rows: list[tuple[int, str]], odo: str) -> None:
    framing = "rdw" if odo == "shifted" else "fixed"
    plan = plan_of_options(folder / "v.cpy", "ibm930", framing=framing, odo=odo)  # type: ignore[arg-type]
    out = b""
    for count, spoilt in rows:
        cells = b"".join((n - 2).to_bytes(2, "big", signed=True) + b"\xc1\x40\x40" for n in range(count))
        tail = {"clean": b"\x01\x2c\xf0\xf1\xf2", "zero sign": b"\x01\x2c\xf0\xf1\xc2",
                "filled": b"\x01\x2f\xf0\xf1\xf2", "blank": b"\x01\x2c\x40\x40\x40"}[spoilt]
        if odo == "reserved":
            cells = cells.ljust(20, b"\x40")
        record = bytes([0xF0 + count]) + cells + tail
        if odo == "padded":
            record = record.ljust(26, b"\x40")
        out += ((len(record) + 4).to_bytes(2, "big") + b"\0\0" if framing == "rdw" else b"") + record
    path = folder / "v.dat"
    path.write_bytes(out)
    same = sum(
        count_round_trips(plan, raw, blocks["R"])
        for raw, blocks in open_record_types({"R": plan}, path, block_records=3)
    )
    assert same == sum(spoilt in ("clean", "blank") for _, spoilt in rows)


def test_codes_that_are_written_otherwise_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"k,n\r\n1,\x87\x90\xed\x40\xfa\x5c\r\n2,\x87\x90\x81\xe0\xfa\x5b\r\n")
    code, said = run(
        "convert", tmp_path / "a.csv", "--format", "csv", "--charset", "cp932", "-o", tmp_path / "a.parquet"
    )
    assert code == 0
    assert "4 characters in codes written otherwise: 8790 (2, written 81E0), ED40 (1, written FA5C), FA5B (1, " in said


def test_all_398_codes_of_cp932_that_do_not_come_back_are_known() -> None:
    system = load_code_system("cp932")
    double = [lead << 8 | trail for lead in sorted(system.leads) for trail in range(0x40, 0xFD)]
    assert len(respelled_codes(system, [code for code in double if code in system.double])) == 398
