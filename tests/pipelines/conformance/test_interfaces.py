from __future__ import annotations

from pathlib import Path

import fastexcel
import pytest

from char_mapping.errors import UnreadableFile
from pipelines.conformance.interfaces import (
    ASK,
    DIRECT,
    SHARED,
    Interface,
    collected,
    of_jcl,
    of_table,
    write_interfaces,
)

JCL = """//JUMINSND JOB (ACCT),'TENSO',CLASS=A
//* 住基から税へ
//STEP1    EXEC PGM=SORT
//SORTIN   DD DSN=A.B.C,DISP=SHR
//STEP2    EXEC PGM=UTLSEND
//FILE1    DD DSN=JUMIN.TO.ZEI.D01,
//            DISP=SHR
//STEP3    EXEC PGM=UTLRECV
//FILE2    DD DSN=ZEI.TO.JUMIN.M01
"""


def test_transfers_of_a_jcl_member(tmp_path: Path) -> None:
    path = tmp_path / "JUMINSND.jcl"
    path.write_text(JCL, encoding="cp932")
    found = of_jcl(path)
    assert [(one.data, one.note, one.way) for one in found] == [
        ("JUMIN.TO.ZEI.D01", "送信", DIRECT), ("ZEI.TO.JUMIN.M01", "受信", DIRECT)]
    assert {one.sender for one in found} == {ASK}
    assert {one.frequency for one in found} == {ASK}
    assert "JUMINSND" in found[0].basis
    path.write_text("echo hello\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="JCL with a JOB statement"):
        of_jcl(path)


def table(path: Path, *lines: str) -> Path:
    path.write_bytes("\n".join(lines).encode("cp932"))
    return path


def test_a_questionnaire_says_what_it_says_and_nothing_more(tmp_path: Path) -> None:
    path = table(tmp_path / "調査票.csv", "送り側,受け側,連携データ,項目,頻度,方式,備考",
                 "住民基本台帳,国民健康保険,異動情報,宛名番号・氏名,日次,統合DB経由,",
                 "住民基本台帳,図書館システム,利用者情報,,,USB媒体を直接,",
                 "税オンライン,,納付情報,,月次,,夜間", ",,,,,,")
    found = of_table(path)
    assert len(found) == 3
    assert (found[0].way, found[0].area_from, found[0].area_to, found[0].standardised) == (SHARED, "001", "024", True)
    assert (found[1].way, found[1].items, found[1].frequency) == (DIRECT, ASK, ASK)
    assert found[1].standardised is None
    assert "標準化の別" in found[1].open_points
    assert (found[2].receiver, found[2].way) == (ASK, ASK)
    with pytest.raises(UnreadableFile, match="a heading 送り側"):
        of_table(table(tmp_path / "x.csv", "甲,乙", "1,2"))


def test_definitions_of_the_shared_base_and_areas_outside_the_twenty(tmp_path: Path) -> None:
    path = table(tmp_path / "共通基盤_定義.csv", "提供元,提供先,データセット,送り側業務,受け側業務",
                 "住記,財務会計,債権者,001,036")
    row, = of_table(path)
    assert row.way == SHARED
    assert row.standardised is False


def test_an_answer_fills_what_another_left_open_and_a_contradiction_is_shown() -> None:
    a = Interface("住記", "税", "異動", frequency="日次", basis="a")
    b = Interface("住記", "税", "異動", items="宛名番号", way=DIRECT, basis="b")
    c = Interface("住記", "税", "異動", frequency="月次", basis="c")
    joined, = collected([a, b])
    assert (joined.items, joined.frequency, joined.way, joined.basis) == ("宛名番号", "日次", DIRECT, "a／b")
    both = collected([a, b, c])
    assert len(both) == 2
    assert all("食い違い" in one.note for one in both)
    assert len(collected([Interface(data="X", basis="1"), Interface(data="X", basis="2")])) == 2


def test_two_tables_and_the_undecided(tmp_path: Path) -> None:
    rows = (Interface("住記", "国保", "異動", area_from="001", area_to="024"),
            Interface("住記", "収納", "宛名", area_from="001", area_to="036"), Interface("甲", "乙", "丙"))
    write_interfaces(rows, tmp_path / "o.xlsx", city="見本市")
    book = fastexcel.read_excel(tmp_path / "o.xlsx")
    assert book.sheet_names == ["標準化対象", "標準化対象外", "標準化の別が要確認"]
    assert [book.load_sheet(name, header_row=3).to_polars().height for name in book.sheet_names] == [1, 1, 1]
    cell = book.load_sheet("標準化対象", header_row=3).to_polars()["要確認"][0]
    assert cell == "要確認: 項目・頻度・方式"
