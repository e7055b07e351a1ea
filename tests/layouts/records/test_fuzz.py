"""Any bytes in any record format: every record has one fate, or the file is unreadable; nothing else is raised."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.copybook import parse_copybook
from layouts.records.dialects import list_dialects
from layouts.records.option_plans import plan_of_options
from layouts.records.plans import ColumnarShape, DecodingPlan, ParentSegment, QueryShape, WorkbookShape
from layouts.records.reader import open_planned_file, open_record_types
from layouts.records.round_trip import count_round_trips

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
EXAMPLES = int(os.environ.get("IKOU_EXAMPLES", "2000")) if LONG else 120
"""Bounded in CI; `.ci/long fuzz` asks for as many as its profile says."""

COPYBOOK = """\
       01  H.
           05  K                   PIC X.
           05  L                   PIC 9(2).
           05  Z                   PIC S9(3).
       01  R.
           05  K                   PIC X.
           05  L                   PIC 9(2).
           05  N                   PIC 9.
           05  T OCCURS 0 TO 2 DEPENDING ON N.
               10  P               PIC S9(3) COMP-3.
               10  B               PIC S9(4) COMP.
           05  F                   COMP-1.
           05  G                   PIC N(3).
           05  X                   PIC X(4).
"""
BYTES = st.one_of(
    st.binary(max_size=150),
    st.lists(st.sampled_from([
        b"H", b"R", b"\xc8", b"\xd9", b"06", b"\xf0\xf6", b"19", b"\xf1\xf9", b"\0", b"\0\x13\0\0", b"\0\x17\0\0",
        b"\n", b"\x15", b",", b'"', b"\x40", b"\x0e\x45\x41\x0f", b"\x82\xa0", b"\xf2", b"1", b"\x12\x3c", b"\xff",
    ]), max_size=60).map(b"".join),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fuzz")
    (path / "f.cpy").write_text(COPYBOOK, encoding="utf-8")
    return path


@given(
    data=BYTES, kind=st.sampled_from(["fixed", "rdw", "bdw", "vbs", "lines", "variable"]),
    charset=st.sampled_from(["jef", "ibm930", "jips-j", "keis83", "cp932", "utf-8"]),
    odo=st.sampled_from(["shifted", "reserved", "padded"]), block=st.integers(1, 4), types=st.booleans(),
    endian=st.sampled_from(["big", "little"]), packed=st.booleans(),
)
@settings(max_examples=EXAMPLES)
def test_any_bytes_have_one_fate_each_in_every_record_format(
    folder: Path, data: bytes, kind: str, charset: str, odo: str, block: int, types: bool, endian: str, packed: bool
) -> None:
    options: dict[str, Any] = {
        "record": "R", "header": "" if types else "H", "framing": kind, "odo": odo, "endian": endian,
        "length_item": "L" if kind == "variable" else "",
        "dialect": "micro_focus" if charset in ("cp932", "utf-8") else "ibm",
    }
    if types:
        options |= {"record_type": ("K",), "types": {"H": "H", "R": "R"}, "parents": (ParentSegment("H", ("Z",)),)}
    plan = plan_of_options(folder / "f.cpy", charset, **options)
    path = folder / "f.dat"
    if kind == "fixed":
        data = data[: len(data) // plan.framing.record_length * plan.framing.record_length] if plan.framing else data
    path.write_bytes(gzip.compress(data) if packed else data)
    numbers: list[int] = []
    try:
        for raw, blocks in open_record_types({"R": plan}, path, block_records=block):
            decoded = blocks["R"]
            numbers += sorted([*decoded.table["_record_no"].to_list(), *decoded.apart["record_no"].to_list()])
            assert 0 <= count_round_trips(plan, raw, decoded) <= decoded.table.height
            for start, cell in decoded.faults.select("byte_offset", "raw_bytes").iter_rows():
                if kind != "vbs" and (kind != "lines" or len(cell) <= len(data) - start):
                    assert data[start : start + len(cell)] == cell or kind == "lines"
    except UnreadableFile:
        pass
    assert numbers == list(range(1, len(numbers) + 1))


@given(
    data=st.binary(max_size=100),
    head=st.sampled_from([b"", b"PAR1", b"ARROW1\0\0", b"PK\3\4", b"SQLite format 3\0"]),
    shape=st.sampled_from([WorkbookShape(), ColumnarShape(), QueryShape("t")]),
)
@settings(max_examples=EXAMPLES)
def test_any_bytes_are_a_table_or_unreadable(
    folder: Path, data: bytes, head: bytes, shape: WorkbookShape | ColumnarShape | QueryShape
) -> None:
    path = folder / "t.bin"
    path.write_bytes(head + data)
    plan = DecodingPlan(load_code_system("utf-8"), tabular=shape)
    with pytest.raises((UnreadableFile, DefinitionError)):
        list(open_planned_file(plan, path, block_records=3))


CLAUSES = st.lists(st.sampled_from([
    "01", "05", "10", "66", "77", "88", "氏名", "A", "B-1", "FILLER", "PIC", "X(3)", "9(5)V99", "S9(4)", "N(2)", "ZZ9",
    "COMP", "COMP-3", "COMP-1", "OCCURS", "2", "TIMES", "0 TO 3", "DEPENDING ON", "A", "REDEFINES", "SIGN", "LEADING",
    "SEPARATE", "SYNC", "JUST", "BLANK WHEN ZERO", "VALUE", "'男'", "THRU", "RENAMES", "COPY", "REPLACING", "==", "BY",
    ".", ".", ".", "\n           ",
]), max_size=40)


@given(CLAUSES, st.sampled_from(list_dialects()))
@settings(max_examples=EXAMPLES)
def test_any_clauses_are_a_copybook_or_a_definition_error(words: list[str], dialect: str) -> None:
    text = "       01  R.\n           05  A PIC 9(3).\n           " + " ".join(words)
    try:
        book = parse_copybook(text, name="fuzz.cpy", dialect=dialect)
    except DefinitionError:
        return
    for record in book.records:
        assert all((f.offset >= 0 and f.offset + f.length <= record.length) or f.redefines for f in record.all_fields)
        assert record.minimum_length <= record.length
