"""Files that GnuCOBOL itself writes: the independent proof of usages, signs, slack bytes and OCCURS DEPENDING ON."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import polars as pl
import pytest

from char_mapping.code_systems import load_code_system
from layouts.records.copybook import parse_copybook
from layouts.records.framing import Framing
from layouts.records.plans import DecodingPlan
from layouts.records.reader import open_planned_file
from layouts.records.writer import RecordWriter

NUMBERS = """\
       01  数値.
           05  ZONED-PLAIN      PIC 9(5).
           05  ZONED-SIGNED     PIC S9(5).
           05  ZONED-LEADING    PIC S9(5) SIGN IS LEADING.
           05  LEADING-SEPARATE PIC S9(5) SIGN LEADING SEPARATE.
           05  TRAILING-SEPARATE PIC S9(3)V99 TRAILING SEPARATE.
           05  SCALED-UP        PIC S9(3)PP.
           05  SCALED-DOWN      PIC SVPP9(2).
           05  PACKED-ODD       PIC S9(5) COMP-3.
           05  PACKED-EVEN      PIC 9(6) PACKED-DECIMAL.
           05  PACKED-POINT     PIC S9(7)V99 COMP-3.
           05  PACKED-BARE      PIC 9(5) COMP-6.
           05  BINARY-2         PIC S9(2) BINARY.
           05  BINARY-4         PIC S9(4) COMP.
           05  BINARY-9         PIC S9(7)V99 COMP-4.
           05  BINARY-18        PIC S9(18) COMP.
           05  UNSIGNED-18      PIC 9(18) COMP.
           05  NATIVE-9         PIC S9(9) COMP-5.
           05  NATIVE-18        PIC 9(18) COMP-5.
           05  SHORT-X          PIC 9(3) COMP-X.
           05  FLOAT-4          COMP-1.
           05  FLOAT-8  COMP-2.
           05  EDITED           PIC ZZ,ZZ9.99-.
           05  BLANK-ZERO       PIC 9(3) BLANK WHEN ZERO.
           05  MOVED-RIGHT      PIC X(6) JUSTIFIED RIGHT.
"""

EXPECTED = {
    "ZONED-PLAIN": ["00000", "12345", "00987"],
    "ZONED-SIGNED": ["00000", "12345", "-00987"],
    "ZONED-LEADING": ["00000", "12345", "-00987"],
    "LEADING-SEPARATE": ["00000", "12345", "-00987"],
    "TRAILING-SEPARATE": ["000.00", "123.45", "-000.98"],
    "SCALED-UP": ["00000", "12300", "-98700"],
    "SCALED-DOWN": ["0.0000", "0.0012", "-0.0098"],
    "PACKED-ODD": ["00000", "12345", "-00987"],
    "PACKED-EVEN": ["000000", "123456", "000987"],
    "PACKED-POINT": ["0000000.00", "1234567.89", "-0000987.65"],
    "PACKED-BARE": ["00000", "12345", "00987"],
    "BINARY-2": ["00", "99", "-98"],
    "BINARY-4": ["0000", "9999", "-0098"],
    "BINARY-9": ["0000000.00", "1234567.89", "-0000987.65"],
    "BINARY-18": ["000000000000000000", "999999999999999999", "-000000000000000987"],
    "UNSIGNED-18": ["000000000000000000", "999999999999999999", "000000000000000987"],
    "NATIVE-9": ["000000000", "123456789", "-000000987"],
    "NATIVE-18": ["000000000000000000", "999999999999999999", "000000000000000987"],
    "SHORT-X": ["000", "255", "098"],
    "FLOAT-4": ["0.0", "1.5", "-987.25"],
    "FLOAT-8": ["0.0", "0.75", "-987.125"],
    "EDITED": ["     0.00", "12,345.67", "   987.65-"],
    "BLANK-ZERO": ["000", "123", "098"],
    "MOVED-RIGHT": [None, "   ABC", "ABCDEF"],
}
MOVES = {"FLOAT-4": ["0", "1.5", "-987.25"], "FLOAT-8": ["0", "0.75", "-987.125"],
         "EDITED": ["0", "12345.67", "-987.65"], "MOVED-RIGHT": ["SPACE", "'ABC'", "'ABCDEF'"]}

SLACK = """\
       01  REC.
           05  A                PIC X.
           05  B                PIC S9(4) COMP SYNC.
           05  C                PIC X.
           05  D                PIC S9(9) COMP SYNCHRONIZED.
           05  E                PIC X.
           05  F                PIC S9(18) COMP SYNC RIGHT.
           05  G OCCURS 3 TIMES.
               10  H            PIC X.
               10  I            PIC S9(9) COMP SYNC.
               10  J            PIC X.
           05  K                PIC X.
           05  L                COMP-2 SYNC.
           05  M                PIC X.
           05  N                PIC S9(2) COMP SYNC.
           05  O                PIC S9(9) COMP-3 SYNC.
           05  P                PIC X.
           05  Q.
               10  R            PIC S9(9) COMP SYNC.
           05  S                PIC X(4).
"""

TABLE = """\
       01  REC.
           05  CNT              PIC 9(2).
           05  ROW OCCURS 0 TO 5 TIMES DEPENDING ON CNT.
               10  CODE1        PIC X(2).
               10  AMOUNT       PIC S9(5) COMP-3.
"""


SLIDING = """\
       01  REC.
           05  CNT              PIC 9(2).
           05  CNU              PIC 9(1).
           05  ROW OCCURS 0 TO 3 TIMES DEPENDING ON CNT.
               10  CODE1        PIC X(2).
               10  CELL1 OCCURS 0 TO 2 TIMES DEPENDING ON CNU.
                   15  AMOUNT   PIC S9(3) COMP-3.
           05  MARK             PIC X(3).
"""


def _run(
    folder: Path, record: str, statements: list[str], *, varying: str = "", flags: tuple[str, ...] = ()
) -> bytes:
    """Compile and run a program that WRITEs ``record`` to a sequential file; its bytes."""
    if shutil.which("cobc") is None:
        if os.environ.get("IKOU_REQUIRE_TOOLS") == "1":
            pytest.fail("cobc (GnuCOBOL) is required and not installed: apt install gnucobol")
        pytest.skip("cobc (GnuCOBOL) is not installed: apt install gnucobol")
    name = record.split()[1].rstrip(".")
    ascii_record = record.replace(name, "REC", 1)
    program = f"""\
       IDENTIFICATION DIVISION.
       PROGRAM-ID. WRITER.
       ENVIRONMENT DIVISION.
       INPUT-OUTPUT SECTION.
       FILE-CONTROL.
           SELECT OUT-FILE ASSIGN TO 'out.dat'
               ORGANIZATION IS SEQUENTIAL.
       DATA DIVISION.
       FILE SECTION.
       FD  OUT-FILE{varying}.
{ascii_record}
       PROCEDURE DIVISION.
           OPEN OUTPUT OUT-FILE.
""" + "\n".join(f"           {s}." for s in [*statements, "CLOSE OUT-FILE", "STOP RUN"]) + "\n"
    (folder / "writer.cob").write_text(program, encoding="utf-8")
    command = ["cobc", "-x", "-std=default", *flags, "-o", "writer", "writer.cob"]
    built = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    subprocess.run([str(folder / "writer")], cwd=folder, check=True, capture_output=True)
    return (folder / "out.dat").read_bytes()


def _plan(text: str, framing: Framing | None = None) -> DecodingPlan:
    book = parse_copybook(text, name="cobc.cpy", dialect="gnucobol")
    return DecodingPlan(
        load_code_system("ascii"), framing or Framing("fixed", book.records[0].length), book, book.records[0].name
    )


def _decode(folder: Path, plan: DecodingPlan) -> pl.DataFrame:
    blocks = list(open_planned_file(plan, folder / "out.dat", block_records=2))
    assert sum(b.apart.height for b in blocks) == 0
    assert [b.faults.rows() for b in blocks if b.faults.height] == []
    return pl.concat([b.table for b in blocks])


def test_every_numeric_usage_reads_and_writes_as_gnucobol_does(tmp_path: Path) -> None:
    statements: list[str] = []
    for row in range(3):
        for name, texts in EXPECTED.items():
            value = MOVES[name][row] if name in MOVES else str(texts[row])
            statements.append(f"MOVE {value} TO {name}")
        statements.append("WRITE REC")
    written = _run(tmp_path, NUMBERS, statements)
    plan = _plan(NUMBERS)
    assert len(written) == 3 * plan.layout.length
    table = _decode(tmp_path, plan).drop("_record_no", "_byte_offset")
    assert table.to_dict(as_series=False) == EXPECTED
    assert plan.copybook is not None
    assert RecordWriter(plan.copybook, plan.system).write(table) == written


def test_slack_bytes_of_sync_stand_where_gnucobol_puts_them(tmp_path: Path) -> None:
    values = {"A": "'a'", "B": "-2", "C": "'c'", "D": "-4", "E": "'e'", "F": "-8", "K": "'k'", "L": "0.5", "M": "'m'",
              "N": "-1", "O": "-5", "P": "'p'", "R": "-44", "S": "'ssss'"}
    statements = [f"MOVE {value} TO {name}" for name, value in values.items()]
    for n in (1, 2, 3):
        statements += [f"MOVE 'h' TO H({n})", f"MOVE {n} TO I({n})", f"MOVE 'j' TO J({n})"]
    written = _run(tmp_path, SLACK, [*statements, "WRITE REC"])
    plan = _plan(SLACK)
    assert len(written) == plan.layout.length
    row = _decode(tmp_path, plan).row(0, named=True)
    assert [row[k] for k in ("A", "B", "D", "F", "G(1).I", "G(2).I", "G(3).J", "L", "N", "O", "R", "S")] == [
        "a", "-0002", "-000000004", "-000000000000000008", "000000001", "000000002", "j", "0.5", "-01", "-000000005",
        "-000000044", "ssss",
    ]


def test_occurs_depending_on_is_shifted_in_variable_records(tmp_path: Path) -> None:
    statements: list[str] = []
    for count in (0, 2, 5):
        statements.append(f"MOVE {count} TO CNT")
        for n in range(1, count + 1):
            statements += [f"MOVE 'c{n}' TO CODE1({n})", f"MOVE -{n}{count} TO AMOUNT({n})"]
        statements.append("WRITE REC")
    written = _run(
        tmp_path, TABLE, statements, varying="\n           RECORD IS VARYING IN SIZE FROM 2 TO 27 CHARACTERS"
    )
    plan = _plan(TABLE, Framing("rdw", includes_header=False))
    table = _decode(tmp_path, plan)
    assert table["CNT"].to_list() == ["00", "02", "05"]
    assert table["ROW(2).AMOUNT"].to_list() == [None, "-00022", "-00025"]
    assert table["ROW(5).CODE1"].to_list() == [None, None, "c5"]
    assert plan.copybook is not None
    ours = RecordWriter(plan.copybook, plan.system).write(table)
    assert _without_lengths(written) == ours


def test_tables_in_tables_slide_as_gnucobol_writes_them(tmp_path: Path) -> None:
    statements: list[str] = []
    for rows, cells in ((0, 2), (2, 1), (3, 2), (1, 0)):
        statements += [f"MOVE {rows} TO CNT", f"MOVE {cells} TO CNU"]
        for row in range(1, rows + 1):
            statements.append(f"MOVE 'r{row}' TO CODE1({row})")
            statements += [f"MOVE -{row}{n} TO AMOUNT({row} {n})" for n in range(1, cells + 1)]
        statements += ["MOVE 'END' TO MARK", "WRITE REC"]
    written = _run(
        tmp_path, SLIDING, statements, varying="\n           RECORD IS VARYING IN SIZE FROM 6 TO 24 CHARACTERS",
        flags=("-fodoslide", "-fcomplex-odo"),
    )
    plan = _plan(SLIDING, Framing("rdw", includes_header=False))
    table = _decode(tmp_path, plan)
    assert table["MARK"].to_list() == ["END"] * 4
    assert table["ROW(2).CODE1"].to_list() == [None, "r2", "r2", None]
    assert table["ROW(3).CELL1(2).AMOUNT"].to_list() == [None, None, "-032", None]
    assert plan.copybook is not None
    assert RecordWriter(plan.copybook, plan.system).write(table) == _without_lengths(written)


def _without_lengths(written: bytes) -> bytes:
    """GnuCOBOL's variable records without the 4 bytes before each."""
    out, at = b"", 0
    while at < len(written):
        length = int.from_bytes(written[at : at + 2], "big")
        out += written[at + 4 : at + 4 + length]
        at += 4 + length
    return out
