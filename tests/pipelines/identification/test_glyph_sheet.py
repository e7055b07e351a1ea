from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from char_mapping import DefinitionError, load_code_system
from char_mapping.identification.ranking import Evidence, NameAround, rank
from char_mapping.shrinking import ShrinkTables
from layouts.sources import load_source
from pipelines.identification.occurrences import code_uses, words_around
from pipelines.identification.proposals import proposal_of
from pipelines.identification.sheet import Entry, write_sheet

COPYBOOK = (
    "       01 R.\n          05 番号 PIC X(4).\n          05 氏名 PIC N(4).\n          05 カナ PIC X(8).\n"
    "          05 消除日 PIC X(8).\n"
)
SOURCE = """
id: one
label: 住民マスタ
area: "001"
department: 市民課
files: "*.dat"
format: {kind: fixed}
copybook: one.cpy
code_system: jef-kana
glyph_policy: glyph
gaiji: {"E*.dat": gaiji/east.csv, "W*.dat": gaiji/west.csv}
glyphs: {"E*.dat": gaiji/pictures}
key: [番号]
items:
  番号: {meaning: person.number}
  氏名: {meaning: person.name}
  カナ: {meaning: person.kana}
  消除日: {meaning: person.removed_date, date: {form: YYYYMMDD, zeros: empty, nines: empty, unknown_parts: ["00"]}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "city" / "sources" / "one"
    folder.mkdir(parents=True)
    (folder / "one.cpy").write_text(COPYBOOK, "utf-8")
    (folder / "source.yml").write_text(SOURCE, "utf-8")
    pictures = tmp_path / "city" / "gaiji" / "pictures"
    pictures.mkdir(parents=True)
    image = Image.new("L", (24, 24), 255)
    ImageDraw.Draw(image).line((2, 12, 22, 12), fill=0, width=3)
    image.save(pictures / "80A1.png")
    for ward, text in (("east", "80A1,\n80A2,髙\n80A3,﨑\n"), ("west", "80A1,濵\n")):
        (pictures.parent / f"{ward}.csv").write_text("code,char\n" + text, "utf-8")
    system = load_code_system("jef-kana", glyph_policy="glyph", user_area="private_use")

    def record(number: str, name: str, kana: str, removed: str) -> bytes:
        return (system.encode(number, "single", length=4) + system.encode(name, "double", length=8)
                + system.encode(kana, "single", length=8) + system.encode(removed, "single", length=8))

    exports = tmp_path / "exports" / "one"
    exports.mkdir(parents=True)
    (exports / "E.dat").write_bytes(
        record("0001", "\ue000田", "ﾅｶﾞﾀ", "00000000") + record("0002", "\ue000山", "ﾅｶﾞﾔﾏ", "20200101")
        + record("0003", "\ue001田", "ﾀｶﾀﾞ", "00000000"))
    (exports / "W.dat").write_bytes(record("0009", "\ue000田", "ﾊﾏﾀﾞ", "00000000"))
    return tmp_path


def uses_of(project: Path):
    source = load_source(project / "city" / "sources" / "one")
    return code_uses(project / "city", project / "exports", {"one": source}, block_records=1024)


def test_every_code_that_occurs_is_counted_where_it_stands(project: Path) -> None:
    uses, glyphs = uses_of(project)
    told = [(use.table, f"{use.code:04X}", use.char, use.count) for use in uses]
    # 80A3 stands in a table and in no record: nobody has to look at it. 80A1 is another glyph in the other ward.
    assert told == [
        ("gaiji/east.csv", "80A1", "", 2), ("gaiji/east.csv", "80A2", "髙", 1), ("gaiji/west.csv", "80A1", "濵", 1),
    ]
    first = uses[0]
    assert dict(first.by_item) == {("氏名", "現存"): 1, ("氏名", "除票"): 1}
    assert first.samples == ["0001", "0002"]
    assert set(first.names) == {NameAround("", "田", "ﾅｶﾞﾀ"), NameAround("", "山", "ﾅｶﾞﾔﾏ")}
    assert uses[1].by == "外字対応表 east.csv:3"
    source = glyphs["one", "gaiji/east.csv"]
    assert source.picture(0x80A1) is not None
    assert source.picture(0x80A2) is None


def test_the_sheet_holds_everything_inside_itself(project: Path) -> None:
    uses, glyphs = uses_of(project)
    entries = [
        Entry(use, glyphs.get((use.source.id, use.table)),
              rank(Evidence(names=tuple(use.names.elements())), ShrinkTables({})))
        for use in uses
    ]
    path = project / "sheet.html"
    write_sheet(path, entries, None, city="見本市", generation="g1", missing=["IPAmj がありません。"])
    text = path.read_text("utf-8")
    assert "data:image/png;base64," in text
    assert "http" not in text.replace("http-equiv", "")
    assert "未同定 <b>1</b> 字" in text
    assert "仮名から「ナカ」と読める" in text
    assert "現在の同定: <b>髙</b>" in text
    first = text
    write_sheet(path, entries, None, city="見本市", generation="g1", missing=["IPAmj がありません。"])
    assert path.read_text("utf-8") == first


def test_a_word_keeps_its_kana() -> None:
    assert words_around("80A1", "山田　{80A1}", "ﾔﾏﾀﾞ ﾅｶﾞ") == [NameAround("", "", "ﾅｶﾞ")]
    assert words_around("80A1", "{80A1}{80A2}", "ﾅｶﾞ") == []
    assert words_around("80A1", "{80A1}田", "") == []


def test_a_proposal_names_source_table_and_code(project: Path) -> None:
    source = load_source(project / "city" / "sources" / "one")
    told = {"identified_as": "字形一致", "proposer": "甲", "reason": "戸籍"}
    proposal = proposal_of(source, "gaiji/west.csv", "80A1", "U+9578", **told)
    assert dict(proposal.selector) == {"source": "one/west", "code": "80A1"}
    assert (proposal.kind, proposal.value, proposal.scope) == ("identify_glyph", "MJ027401", "value")
    for code, target, kind in (("8A", "長", "字形一致"), ("80A1", "長田", "字形一致"), ("80A1", "長", "該当なし")):
        with pytest.raises(DefinitionError):
            proposal_of(source, "", code, target, **{**told, "identified_as": kind})
