from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from char_mapping.code_systems import load_code_system
from char_mapping.errors import DefinitionError, UnreadableFile
from layouts.records.blocks import APART_SCHEMA, CHARACTER_SCHEMA, COUNT_SCHEMA, FAULT_SCHEMA, DecodedBlock
from layouts.records.copybook import parse_copybook
from layouts.records.framing import Framing
from layouts.records.option_plans import plan_of_options
from layouts.records.plans import DecodingPlan
from layouts.records.reader import open_planned_file, open_source_file, plan_ranges
from layouts.records.writer import RecordWriter
from layouts.sources import SourceDefinition, load_source

COPYBOOK = """\
       01  ヘッダ.
           05  区分                PIC X.
           05  業務                PIC X(9).
           05  FILLER              PIC X(21).
       01  住民.
           05  区分                PIC X.
           05  宛名番号            PIC 9(10).
           05  氏名                PIC N(5).
           05  税額                PIC S9(9) COMP-3.
           05  FILLER              PIC X(5).
       01  異動.
           05  区分                PIC X.
           05  事由                PIC X(30).
       01  トレーラ.
           05  区分                PIC X.
           05  件数                PIC 9(10).
           05  FILLER              PIC X(20).
"""

SOURCE = """\
id: jumin
label: 住民マスタ
area: "001"
department: 市民課
files: "*.dat"
format: {FORMAT}
copybook: jumin.cpy
code_system: jef
glyph_policy: area
key: [宛名番号]
items:
  区分: {meaning: none}
  宛名番号: {meaning: person.number}
  氏名: {meaning: person.name}
  税額: {meaning: none}
"""


def source_in(tmp_path: Path, record_format: str) -> SourceDefinition:
    folder = tmp_path / "sources" / "jumin"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jumin.cpy").write_text(COPYBOOK, encoding="utf-8")
    (folder / "source.yml").write_text(SOURCE.replace("{FORMAT}", record_format), encoding="utf-8")
    return load_source(folder)


HEADED = '{kind: fixed, header: ヘッダ, trailer: トレーラ, record: 住民}'
TYPED = (
    '{kind: fixed, header: ヘッダ, trailer: トレーラ, record: 住民, '
    'record_type: {item: 区分, values: {"1": ヘッダ, "2": 住民, "3": 異動, "9": トレーラ}}}'
)


def residents(count: int) -> pl.DataFrame:
    return pl.DataFrame({
        "区分": ["2"] * count, "宛名番号": [f"{n:010d}" for n in range(count)], "氏名": ["山田花子"] * count,
        "税額": [f"{n - 3:010d}" if n < 3 else f"{n:09d}" for n in range(count)],
    })


def write(tmp_path: Path, count: int, extra: bytes = b"") -> Path:
    book = parse_copybook(COPYBOOK, name="jumin.cpy")
    writer = RecordWriter(book, load_code_system("jef", glyph_policy="area"))
    head = writer.write(pl.DataFrame({"区分": ["1"], "業務": ["JUMIN"]}), record="ヘッダ")
    tail = writer.write(pl.DataFrame({"区分": ["9"], "件数": [str(count)]}), record="トレーラ")
    path = tmp_path / "jumin.dat"
    path.write_bytes(head + writer.write(residents(count), record="住民") + extra + tail)
    return path


def table(blocks: list[DecodedBlock]) -> pl.DataFrame:
    return pl.concat([b.table for b in blocks])


def test_a_source_with_header_and_trailer(tmp_path: Path) -> None:
    source, path = source_in(tmp_path, HEADED), write(tmp_path, 7)
    blocks = list(open_source_file(source, path, block_records=4))
    assert table(blocks).drop("_record_no", "_byte_offset").equals(residents(7))
    assert table(blocks)["_record_no"].to_list() == list(range(2, 9))
    assert table(blocks)["_byte_offset"].to_list() == [31 * n for n in range(1, 8)]
    control = [c for b in blocks for c in b.control]
    assert [(c["_record"], c["_record_no"]) for c in control] == [("ヘッダ", 1), ("トレーラ", 9)]
    assert control[1]["件数"] == "0000000007"
    assert [b.apart["fate"].to_list() for b in blocks] == [["control"], [], ["control"]]
    for block in blocks:
        assert dict(block.faults.schema) == FAULT_SCHEMA
        assert dict(block.apart.schema) == APART_SCHEMA
        assert dict(block.counts.schema) == COUNT_SCHEMA
        assert dict(block.characters.schema) == CHARACTER_SCHEMA


def test_ranges_together_are_the_whole_file(tmp_path: Path) -> None:
    source, path = source_in(tmp_path, HEADED), write(tmp_path, 20)
    ranges = plan_ranges(source, path, target_records=6)
    assert sum(r.count for r in ranges) == 22
    assert [r.byte_offset for r in ranges] == [r.first_record * 31 for r in ranges]
    parts = [b for r in ranges for b in open_source_file(source, path, block_records=4, record_range=r)]
    assert table(parts).equals(table(list(open_source_file(source, path, block_records=100))))
    assert sum(b.apart.height for b in parts) == 2


def test_record_types_are_told_by_an_item(tmp_path: Path) -> None:
    other = "f3" + "40" * 30
    unknown = "f7" + "40" * 30
    path = write(tmp_path, 3, bytes.fromhex(other + unknown))
    blocks = list(open_source_file(source_in(tmp_path, TYPED), path, block_records=100))
    assert table(blocks).height == 3
    assert blocks[0].apart.select("record_no", "fate", "fault").rows() == [
        (1, "control", ""), (5, "excluded", "other_record_type"), (6, "isolated", "unknown_record_type"),
        (7, "control", ""),
    ]


def test_counts_and_histogram_of_a_block(tmp_path: Path) -> None:
    source, path = source_in(tmp_path, HEADED), write(tmp_path, 5)
    block = next(iter(open_source_file(source, path, block_records=100)))
    counts = {(item, kind): count for item, kind, count in block.counts.iter_rows()}
    assert counts["氏名", "cell"] == 5
    assert counts["氏名", "trimmed"] == 5
    assert counts["氏名", "low_value"] == 0
    names = block.characters.filter(pl.col("table") == "double")
    assert dict(names.select("code", "count").iter_rows())[0xBBB3] == 5


def test_the_copybook_and_the_items_must_agree(tmp_path: Path) -> None:
    source, path = source_in(tmp_path, HEADED), write(tmp_path, 1)
    wrong = source.model_copy(update={"items": {k: v for k, v in source.items.items() if k != "税額"}})
    with pytest.raises(DefinitionError, match="no entry for 税額"):
        next(iter(open_source_file(wrong, path, block_records=10)))


@pytest.mark.parametrize(("record_format", "message"), [
    ("{kind: fixed}", "one level 01 for the data records, found ヘッダ, 住民, 異動, トレーラ"),
    ("{kind: fixed, record: 無い}", "one of the records ヘッダ, 住民, 異動, トレーラ"),
    ("{kind: fixed, record: 住民, record_length: 30}", "31 bytes as the copybook says, found 30"),
    ("{kind: lines, record: 住民, newline: ABC}", "LF, CRLF, CR, NEL"),
])
def test_a_format_that_contradicts_the_copybook_is_a_definition_error(
    tmp_path: Path, record_format: str, message: str
) -> None:
    source, path = source_in(tmp_path, record_format), write(tmp_path, 1)
    with pytest.raises(DefinitionError, match=message):
        plan_ranges(source, path)


def test_a_file_that_does_not_divide_yields_nothing(tmp_path: Path) -> None:
    source, path = source_in(tmp_path, HEADED), write(tmp_path, 5)
    path.write_bytes(path.read_bytes() + b"\n")
    blocks: list[DecodedBlock] = []
    with pytest.raises(UnreadableFile, match=r"record length 31.*7 records of 31 bytes and 1 trailing"):
        blocks.extend(open_source_file(source, path, block_records=2))
    assert blocks == []


@pytest.mark.parametrize("kind", ["rdw", "lines"])
def test_ranges_of_variable_files_begin_at_a_record(tmp_path: Path, kind: str) -> None:
    book = tmp_path / "t.cpy"
    book.write_text("       01  R.\n           05  N PIC 9(4).\n           05  T PIC X(6).\n", encoding="utf-8")
    plan = plan_of_options(book, "ascii", framing="rdw" if kind == "rdw" else "lines", dialect="gnucobol")
    data = pl.DataFrame({"N": [f"{n:04d}" for n in range(50)], "T": ["abc"] * 50})
    assert plan.copybook is not None
    path = tmp_path / "a.dat"
    if kind == "rdw":
        path.write_bytes(RecordWriter(plan.copybook, plan.system).write(data, framing="rdw"))
    else:
        path.write_bytes("".join(f"{n:04d}abc\r\n" for n in range(50)).encode())
    from layouts.records.reader import _variable_ranges

    ranges = _variable_ranges(plan, path, 16)
    parts = [b for r in ranges for b in open_planned_file(plan, path, block_records=7, record_range=r)]
    assert len(ranges) > 2
    assert table(parts).drop("_record_no", "_byte_offset").equals(data)
    assert table(parts)["_record_no"].to_list() == list(range(1, 51))


@pytest.mark.parametrize("profile", ["jef", "keis83", "jips-e", "ibm930", "ibm1390", "cp932"])
def test_a_clean_file_is_written_back_byte_by_byte(tmp_path: Path, profile: str) -> None:
    text = COPYBOOK[COPYBOOK.index("       01  住民.") + 14 : COPYBOOK.index("       01  異動.")]
    dialect = "micro_focus" if profile == "cp932" else "ibm"
    book = parse_copybook("       01  住民.\n           05  備考 PIC X(20).\n" + text, name="t", dialect=dialect)
    system = load_code_system(profile, glyph_policy="area")
    data = residents(50).with_columns(備考=pl.Series(["東京 A1", "ｱﾊﾟｰﾄ", None, "京都市", "X"] * 10))
    written = RecordWriter(book, system).write(data)
    path = tmp_path / "a.dat"
    path.write_bytes(written)
    plan = DecodingPlan(system, Framing("fixed", book.records[0].length), book, "住民")
    blocks = list(open_planned_file(plan, path, block_records=16))
    assert sum(b.faults.height for b in blocks) == 0
    assert RecordWriter(book, system).write(table(blocks)) == written


def test_views_of_a_redefines_are_read_where_the_source_names_them(tmp_path: Path) -> None:
    source, path = source_in(tmp_path, HEADED), write(tmp_path, 2)
    copybook = source.directory / "jumin.cpy"
    view = "           05  氏名２ REDEFINES 氏名.\n               10  姓 PIC N(2).\n               10  名 PIC N(3).\n"
    amount = "           05  税額 "
    copybook.write_text(COPYBOOK.replace(amount, view + amount), encoding="utf-8")
    plain = table(list(open_source_file(source, path, block_records=9)))
    assert plain.columns[2:] == ["区分", "宛名番号", "氏名", "税額"]
    named = source.model_copy(update={"items": {**source.items, "姓": source.items["氏名"]}})
    assert table(list(open_source_file(named, path, block_records=9)))["姓"].to_list() == ["山田", "山田"]
