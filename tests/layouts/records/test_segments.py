"""Several record types in one file, parents and children, lengths in the records, several copybooks."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.blocks import DecodedBlock
from layouts.records.option_plans import plan_of_options
from layouts.records.plans import DecodingPlan, ParentSegment
from layouts.records.reader import open_planned_file, open_record_types, open_source_file, plan_ranges
from layouts.records.writer import RecordWriter
from layouts.sources import SourceDefinition, load_source

HOUSEHOLD = """\
       01  世帯.
           05  区分                PIC X.
           05  枝                  PIC 9(2).
           05  世帯番号            PIC 9(4).
           05  世帯主              PIC N(4).
"""
MEMBER = """\
       01  世帯員.
           05  区分                PIC X.
           05  枝                  PIC 9(2).
           05  宛名番号            PIC 9(4).
           05  氏名                PIC N(4).
"""
INCOME = """\
       01  所得.
           05  区分                PIC X.
           05  枝                  PIC 9(2).
           05  年                  PIC 9(4).
           05  額                  PIC S9(14) COMP-3.
"""
SOURCE = """\
id: setai
label: 世帯
area: "001"
department: 市民課
files: "*.dat"
format:
  kind: fixed
  record: 所得
  record_type: {item: [区分, 枝], values: {"H/00": 世帯, "M/01": 世帯員, "M/02": 所得}}
  parents: [{record: 世帯, items: [世帯番号]}, {record: 世帯員, items: [宛名番号, 氏名]}]
copybook: [a.cpy, b.cpy]
code_system: jef
glyph_policy: area
key: [世帯員.宛名番号, 年]
items:
  世帯.世帯番号: {meaning: person.household_number}
  世帯員.宛名番号: {meaning: person.number}
  世帯員.氏名: {meaning: person.name}
  区分: {meaning: none}
  枝: {meaning: none}
  年: {meaning: none}
  額: {meaning: none}
"""
TYPES = {"H/00": "世帯", "M/01": "世帯員", "M/02": "所得"}


@pytest.fixture(scope="module")
def copybook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("segments") / "all.cpy"
    path.write_text(HOUSEHOLD + MEMBER + INCOME, encoding="utf-8")
    return path


def plan_for(copybook: Path, record: str, *parents: ParentSegment) -> DecodingPlan:
    return plan_of_options(
        copybook, "jef", glyph_policy="area", record=record, record_type=("区分", "枝"), types=TYPES, parents=parents
    )


ABOVE = (ParentSegment("世帯", ("世帯番号",)), ParentSegment("世帯員", ("宛名番号", "氏名")))


def written(copybook: Path, letters: str) -> bytes:
    """``h`` a household, ``m`` a member, ``i`` an income, ``x`` an unknown type; numbered by their place."""
    plan = plan_for(copybook, "世帯")
    assert plan.copybook is not None
    writer = RecordWriter(plan.copybook, plan.system)
    out = []
    for place, letter in enumerate(letters):
        items = {
            "h": ("世帯", {"区分": "H", "枝": "00", "世帯番号": f"{place:04d}", "世帯主": "山田"}),
            "m": ("世帯員", {"区分": "M", "枝": "01", "宛名番号": f"{place:04d}", "氏名": "花子"}),
            "i": ("所得", {"区分": "M", "枝": "02", "年": f"{place:04d}", "額": "5"}),
            "x": ("世帯員", {"区分": "M", "枝": "09", "宛名番号": f"{place:04d}", "氏名": "花子"}),
        }
        name, row = items[letter]
        out.append(writer.write(pl.DataFrame([row]), record=name))
    return b"".join(out)


def table(blocks: list[DecodedBlock]) -> pl.DataFrame:
    return pl.concat([b.table for b in blocks])


def apart(blocks: list[DecodedBlock]) -> pl.DataFrame:
    return pl.concat([b.apart for b in blocks])


@given(st.text("hmix", min_size=1, max_size=30), st.integers(1, 7))
@settings(max_examples=60)
def test_children_take_over_the_items_of_the_last_parents(copybook: Path, letters: str, block: int) -> None:
    path = copybook.with_name("a.dat")
    path.write_bytes(written(copybook, letters))
    blocks = list(open_planned_file(plan_for(copybook, "所得", *ABOVE), path, block_records=block))
    expected: list[tuple[str, str, str]] = []
    orphans: list[int] = []
    household = member = ""
    for place, letter in enumerate(letters):
        if letter == "h":
            household, member = f"{place:04d}", ""
        elif letter == "m" and household:
            member = f"{place:04d}"
        elif letter == "i" and member:
            expected.append((household, member, f"{place:04d}"))
        elif letter == "i":
            orphans.append(place + 1)
    assert table(blocks).select("世帯.世帯番号", "世帯員.宛名番号", "年").rows() == expected
    found = apart(blocks)
    assert found.filter(fault="no_parent")["record_no"].to_list() == orphans
    assert table(blocks).height + found.height == len(letters)
    assert found.filter(fault="unknown_record_type").height == letters.count("x")
    assert found.filter(fault="other_record_type").height == letters.count("h") + letters.count("m")


def test_several_tables_come_from_one_reading(copybook: Path) -> None:
    path = copybook.with_name("b.dat")
    path.write_bytes(written(copybook, "hmimhm"))
    plans = {
        "世帯": plan_for(copybook, "世帯"), "世帯員": plan_for(copybook, "世帯員", ABOVE[0]),
        "所得": plan_for(copybook, "所得", *ABOVE),
    }
    parts = [blocks for _, blocks in open_record_types(plans, path, block_records=4)]
    assert [table([part[name] for part in parts]).height for name in plans] == [2, 3, 1]
    assert table([p["世帯員"] for p in parts]).select("世帯.世帯番号", "宛名番号").rows() == [
        ("0000", "0001"), ("0000", "0003"), ("0004", "0005"),
    ]


def source_in(folder: Path, text: str = SOURCE) -> SourceDefinition:
    directory = folder / "sources" / "setai"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "a.cpy").write_text(HOUSEHOLD + INCOME, encoding="utf-8")
    (directory / "b.cpy").write_text(MEMBER, encoding="utf-8")
    (directory / "source.yml").write_text(text, encoding="utf-8")
    return load_source(directory)


def test_a_source_of_segments_with_a_copybook_each(tmp_path: Path, copybook: Path) -> None:
    source = source_in(tmp_path)
    path = tmp_path / "a.dat"
    data = bytearray(written(copybook, "himimi"))
    data[4 * 15 + 3 : 4 * 15 + 7] = b"\x40" * 4
    path.write_bytes(bytes(data))
    assert [r.count for r in plan_ranges(source, path, target_records=2)] == [-1]
    blocks = list(open_source_file(source, path, block_records=2))
    assert table(blocks).drop("_record_no", "_byte_offset").rows() == [
        ("0000", "0002", "花子", "M", "02", "0003", "00000000000005"),
    ]
    assert apart(blocks).filter(fate="isolated").select("record_no", "fault", "item").rows() == [
        (2, "no_parent", "世帯員"), (6, "blank", "世帯員.宛名番号"),
    ]
    assert pl.concat([b.unkeyed for b in blocks])["年"].to_list() == ["0001", "0005"]


@pytest.mark.parametrize(("old", "new", "message"), [
    ("copybook: [a.cpy, b.cpy]", "copybook: [a.cpy, a.cpy]", "each level 01 in one copybook, found twice 世帯, 所得"),
    ("copybook: [a.cpy, b.cpy]", "copybook: [a.cpy, c.cpy]", "a file beside source.yml, found no file c.cpy"),
    ("[区分, 枝]", "[区分, 葉]", "expected items of a.cpy, b.cpy, found 葉"),
    ("items: [世帯番号]", "items: [番号]", r"found 世帯\.番号"),
    (', "M/01": 世帯員', "", "values for the data records and each of their parents, found none for 世帯員"),
    ("  record_type: {item: [区分, 枝]", "  note: {item: [区分, 枝]", "note"),
    ("  世帯.世帯番号: {meaning: person.household_number}\n", "", r"no entry for 世帯\.世帯番号"),
])
def test_definitions_of_segments_that_contradict_themselves(
    tmp_path: Path, copybook: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(written(copybook, "hmi"))
    with pytest.raises(DefinitionError, match=message):
        list(open_source_file(source_in(tmp_path, SOURCE.replace(old, new)), path, block_records=9))


LENGTHS = """\
       01  R.
           05  TYPE-CODE           PIC X.
           05  REST-LENGTH         PIC 9(3).
           05  N                   PIC 9(1).
           05  T                   PIC X(2)
                   OCCURS 0 TO 9 DEPENDING ON N.
"""


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20), st.integers(1, 5), st.integers(-4, 4))
@settings(max_examples=40)
def test_records_that_hold_their_own_length(copybook: Path, counts: list[int], block: int, adjustment: int) -> None:
    book = copybook.with_name("lengths.cpy")
    book.write_text(LENGTHS, encoding="utf-8")
    plan = plan_of_options(
        book, "ascii", framing="variable", length_item="REST-LENGTH", length_adjustment=adjustment, dialect="gnucobol"
    )
    path = copybook.with_name("lengths.dat")
    path.write_bytes("".join(f"A{5 + 2 * n - adjustment:03d}{n}" + "xy" * n for n in counts).encode())
    blocks = list(open_planned_file(plan, path, block_records=block))
    assert table(blocks)["N"].to_list() == [str(n) for n in counts]
    assert [sum(1 for cell in row[5:] if cell == "xy") for row in table(blocks).iter_rows()] == counts
    assert apart(blocks).is_empty()


@pytest.mark.parametrize(("data", "byte"), [
    (b"A0070ab" + b"A0990", 7), (b"Axxx0", 0), (b"A0030", 0), (b"A0050A0", 5), (b"A", 0),
])
def test_a_length_that_cannot_be_is_unreadable_with_its_place(copybook: Path, data: bytes, byte: int) -> None:
    book = copybook.with_name("lengths.cpy")
    book.write_text(LENGTHS, encoding="utf-8")
    plan = plan_of_options(book, "ascii", framing="variable", length_item="REST-LENGTH", dialect="gnucobol")
    path = copybook.with_name("wrong.dat")
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match=rf"byte {byte}: expected a valid length item"):
        list(open_planned_file(plan, path, block_records=1))


@pytest.mark.parametrize(("item", "found"), [("U", "one that moves"), ("LEN", "no such item")])
def test_a_length_item_must_stand_at_a_fixed_place(copybook: Path, item: str, found: str) -> None:
    book = copybook.with_name("moving.cpy")
    book.write_text(LENGTHS + "           05  U PIC 9(3).\n", encoding="utf-8")
    with pytest.raises(DefinitionError, match=f"found {found}"):
        plan_of_options(book, "ascii", framing="variable", length_item=item)


@given(st.lists(st.binary(min_size=3, max_size=3), min_size=1, max_size=9), st.integers(-4, 4))
def test_rdw_lengths_are_adjusted(copybook: Path, records: list[bytes], adjustment: int) -> None:
    book = copybook.with_name("three.cpy")
    book.write_text("       01  R.\n           05  T PIC X(3).\n", encoding="utf-8")
    path = copybook.with_name("three.dat")
    path.write_bytes(b"".join((7 - adjustment).to_bytes(2, "big") + b"\0\0" + r for r in records))
    plan = plan_of_options(book, "ibm930", framing="rdw", length_adjustment=adjustment)
    blocks = list(open_planned_file(plan, path, block_records=4))
    assert table(blocks).height == len(records)
    assert load_code_system("ibm930") is plan.system


BY_CODE = """\
       01  HEAD.
           05  K                   PIC X.
           05  L                   PIC 9(2).
       01  BODY.
           05  K                   PIC X.
           05  L                   PIC 9(2).
           05  B                   PIC X(5).
"""


@pytest.mark.parametrize(("item", "values", "unit", "data"), [
    ("K", {"H": 3, "B": 8}, 1, b"H00B00abcdeH00"), ("L", {}, 1, b"H03B08abcdeH03"), ("L", {}, 3, b"H01H01"),
    ("", {}, 1, b"Hx B  abcdeH  "),
])
def test_lengths_by_code_by_unit_and_by_record_type(
    tmp_path: Path, item: str, values: dict[str, int], unit: int, data: bytes
) -> None:
    directory = tmp_path / "sources" / "v"
    directory.mkdir(parents=True)
    (directory / "v.cpy").write_text(BY_CODE, encoding="utf-8")
    length = f"length_item: {item}, length_values: {values}, length_unit: {unit}, " if item else ""
    (directory / "source.yml").write_text(
        "id: v\nlabel: v\narea: '001'\ndepartment: d\nfiles: '*'\n"
        f"format: {{kind: variable, {length}record: HEAD, record_type: {{item: K, values: {{H: HEAD, B: BODY}}}}}}\n"
        "copybook: v.cpy\ncode_system: ascii\nkey: [K]\nitems: {K: {meaning: none}, L: {meaning: none}}\n",
        encoding="utf-8",
    )
    (tmp_path / "v.dat").write_bytes(data)
    blocks = list(open_source_file(load_source(directory), tmp_path / "v.dat", block_records=2))
    assert table(blocks).height == data.count(b"H")
    bodies = [data[place : place + 8] for place in range(len(data)) if data[place : place + 1] == b"B"]
    assert apart(blocks)["raw_bytes"].to_list() == bodies
    (tmp_path / "v.dat").write_bytes(data + b"Q00")
    with pytest.raises(UnreadableFile, match="a valid length item"):
        list(open_source_file(load_source(directory), tmp_path / "v.dat", block_records=2))


DAMAGED = """\
       01  P.
           05  K                   PIC X.
           05  N                   PIC 9.
           05  T OCCURS 0 TO 3 DEPENDING ON N PIC X.
       01  C.
           05  K                   PIC X.
           05  V                   PIC X(4).
"""


def test_children_of_a_parent_that_cannot_be_read_go_to_no_other(tmp_path: Path) -> None:
    book = tmp_path / "d.cpy"
    book.write_text(DAMAGED, encoding="utf-8")
    path = tmp_path / "d.dat"
    path.write_bytes(b"P1a  Cabcd" + b"P9   Cefgh" + b"P0   Cijkl")
    plan = plan_of_options(
        book, "ascii", record="C", record_type=("K",), types={"P": "P", "C": "C"}, odo="padded",
        parents=(ParentSegment("P", ("N",)),),
    )
    for size in (1, 2, 9):
        blocks = list(open_planned_file(plan, path, block_records=size))
        assert table(blocks).select("P.N", "V").rows() == [("1", "abcd"), ("0", "ijkl")]
        lost = apart(blocks).filter(fate="isolated").select("record_no", "fault").rows()
        assert lost == [(4, "no_parent")]
