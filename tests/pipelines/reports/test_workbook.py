from __future__ import annotations

import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from pipelines.ledger import Approval, Proposal, open_ledger
from pipelines.reports.run_files import open_run
from pipelines.reports.work_list import asked, build_work_list, kinds
from pipelines.reports.workbook import write_workbooks

AT = datetime(2026, 5, 1, tzinfo=UTC)
FIX, ADOPT, JUDGE, POLICY, CONFIRM = "①現行で直す", "②候補を承認", "③判断", "④方針を決める", "⑤確認だけ"


@pytest.fixture
def written(usual_run):
    return {path.stem.removeprefix("確認票_"): path for path in (usual_run / "reports").glob("*.xlsx")}


def rows_of(sheets, path: Path, name: str) -> list[dict[str, str]]:
    rows = sheets.read_grid(path)[name]
    header = next(number for number, row in enumerate(rows) if "issue_id" in row)
    return [dict(zip(rows[header], row, strict=True)) for row in rows[header + 1 :]]


def parts(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}


def test_one_workbook_a_department_also_for_one_with_nothing_to_answer(written, sheets):
    assert sorted(written) == ["保険課", "市民課", "税務課"]
    cover = "\n".join("".join(row) for row in sheets.read_grid(written["保険課"])["表紙"])
    assert "回答が必要なものはありません" in cover


def test_each_issue_stands_on_the_sheet_on_which_it_is_answered(written, sheets):
    path = written["市民課"]
    assert [row["項目"] for row in rows_of(sheets, path, FIX)] == ["個人番号", "生年月日", "氏名"]
    assert {row["確認した規則"] for row in rows_of(sheets, path, ADOPT)} == {
        "小書きカナの大書き化\nNAM-013",
        "方書の分離\nADR-014",
    }
    assert len(rows_of(sheets, path, JUDGE)) == 3
    assert [(row["件数"], row["人数"]) for row in rows_of(sheets, path, POLICY)] == [("12", "6"), ("6", "6")]
    confirm = rows_of(sheets, path, CONFIRM)
    assert [(row["宛名番号"], row["件数"]) for row in confirm] == [("まとめ 6人", "60"), ("0000000305", "1")]


def test_rows_are_sorted_by_person_and_numbers_keep_their_zeros(written, sheets):
    numbers = [row["宛名番号"] for row in rows_of(sheets, written["市民課"], ADOPT)]
    assert numbers == sorted(numbers)
    assert numbers[0] == "0000000101"


def test_the_cover_says_how_many_until_when_and_what_happens_otherwise(written, sheets):
    cover = "\n".join("　".join(row) for row in sheets.read_grid(written["市民課"])["表紙"])
    for text in (
        "12行に、2026年5月29日までに",
        "未反映",
        "候補は使わず、現行の値のまま移ります",
        "引渡しを止めるものが2件",
        "見本市",
        "住民基本台帳（001）",
        "このまま移ります。（件数では61件）",
    ):
        assert text in cover


def test_policy_rows_show_examples_with_their_counts(written, sheets):
    row = rows_of(sheets, written["市民課"], POLICY)[0]
    examples = row["例（多い順に5つまで。値 → 候補）"].split("\n")
    assert examples[0].endswith("（4件）")
    assert "カナリア町1丁目  →  カナリア町一丁目（2件）" in examples
    assert row["住民票\n記載事項"] == "○"


def test_a_pair_shows_both_people(written, sheets):
    (row,) = rows_of(sheets, written["税務課"], JUDGE)
    assert row["宛名番号"] == "0000000101\n0000000203"
    assert row["氏名"] == "髙橋　太郎\n𠮷田　花子"


def test_personal_numbers_and_sheltered_addresses_stand_nowhere(written):
    text = "".join("".join(parts(path).values()) for path in written.values())
    assert "123456789018" not in text
    assert "秘密" not in text
    assert "支援措置のため表示しません" in text
    assert "個人番号のため表示しません" in text
    assert "髙橋　太郎" in text


def test_values_stand_only_in_the_list_of_their_own_department(written):
    own, other = ("".join(parts(written[name]).values()) for name in ("市民課", "税務課"))
    assert "キヨウコ" in own
    assert "マーカー" in own
    assert "キヨウコ" not in other
    assert "マーカー" not in other


def test_no_cell_is_a_formula_and_every_text_cell_stays_text(written):
    for path in written.values():
        sheets = {name: xml for name, xml in parts(path).items() if name.startswith("xl/worksheets/")}
        assert not any(re.search(r"<f[ >]", xml) for xml in sheets.values())
    assert "=cmd|' /C calc'!A0" in parts(written["市民課"])["xl/worksheets/sheet3.xml"].replace("&#39;", "'")
    assert 'numFmtId="49"' in parts(written["市民課"])["xl/styles.xml"]


def test_keys_are_locked_and_hidden_answers_are_open(written):
    xml = parts(written["市民課"])
    work = xml["xl/worksheets/sheet2.xml"]
    assert "<sheetProtection " in work
    assert 'hidden="1"' in work
    styles = re.findall(r"<xf [^>]*?(?:/>|>.*?</xf>)", xml["xl/styles.xml"].split("<cellXfs")[1])
    unlocked = {number for number, style in enumerate(styles) if 'locked="0"' in style}
    cells = {ref: int(style) for ref, style in re.findall(r'<c r="([A-Z]+)5" s="([0-9]+)"', work)}
    columns = sorted(cells, key=lambda name: (len(name), name))
    opened = [column for column in columns if cells[column] in unlocked]
    assert opened == columns[11:16]
    assert len(columns) == 18


def test_sheets_print_on_a4_landscape_with_headings_filters_and_frozen_panes(written):
    xml = parts(written["市民課"])
    work = xml["xl/worksheets/sheet2.xml"]
    assert 'paperSize="9" orientation="landscape"' in re.sub(r'\s(scale|fitToHeight)="[0-9]+"', "", work)
    assert '<pane xSplit="3" ySplit="4"' in work
    assert "<autoFilter " in work
    assert "_xlnm.Print_Titles" in xml["xl/workbook.xml"]
    assert 'type="list"' in work


def test_certified_items_are_never_offered_another_value(written, sheets):
    choices = sheets.read_grid(written["市民課"])["選択肢"]
    columns = [[row[index] for row in choices if row[index]] for index in range(10)]
    for certified in columns[1::2][2:]:
        assert not {"別の値にする", "候補を採用する", "すべて候補を採用する"} & set(certified)
    validation = parts(written["市民課"])["xl/worksheets/sheet4.xml"]
    assert 'IF($G5="○",選択肢!$F$1:$F$3,選択肢!$E$1:$E$4)' in validation.replace("&quot;", '"')


def test_the_same_run_gives_the_same_bytes_and_the_run_id_is_not_in_them(written, make_run, tmp_path):
    again = write_workbooks(make_run("run-2"), tmp_path / "elsewhere")
    assert {path.read_bytes() for path in again} == {path.read_bytes() for path in written.values()}


def test_decided_issues_leave_the_list_and_come_back_when_the_value_changed(make_run, tmp_path, sheets):
    run = make_run()
    rows = build_work_list(open_run(run)).filter(pl.col("rule_id") == "HSE-003").sort("number")
    with open_ledger(tmp_path) as ledger:
        proposals = [
            Proposal(row["rule_id"], row["rule_version"], row["issue_id"], value_hash, "accept_as_is", "甲", "確認済")
            for row, value_hash in zip(rows.iter_rows(named=True), (rows["value_hash"][0], "other"), strict=True)
        ]
        ids = ledger.propose(proposals, at=AT)
        ledger.decide([Approval(id_, "乙", reference="1") for id_ in ids], at=AT)
        ledger.freeze(run / "decisions.parquet")
    path = write_workbooks(run)[1]
    (_, again) = rows_of(sheets, path, JUDGE)
    assert again["これまで"] == "失効"
    assert "承認済 1、修正依頼中 0" in "".join("".join(row) for row in sheets.read_grid(path)["表紙"])


def test_a_kind_of_many_rows_is_asked_once_and_listed_in_order_of_size(make_run, sheets):
    rows = [("HSE-003", i % 6, "世帯番号", f"H{i}", None, "") for i in range(1001)]
    run = make_run(rows=rows)
    work = asked(build_work_list(open_run(run)))
    grouped = kinds(work.filter(pl.col("department") == "市民課"))
    assert grouped.select("sheet", "count", "has_candidate").rows() == [(4, 1001, False)]
    path = write_workbooks(run)[1]
    assert rows_of(sheets, path, JUDGE) == []
    assert [row["件数"] for row in rows_of(sheets, path, POLICY)] == ["1001"]


def test_control_characters_and_long_texts_are_shown_safely(make_run, sheets):
    run = make_run(rows=[("HSE-003", 0, "備考", "あ\x00\x1bい\ufffe" + "長" * 600, None, "")])
    (row,) = rows_of(sheets, write_workbooks(run)[1], JUDGE)
    assert row["現在の値"].startswith("あ{00}{1B}い{FFFE}長長")
    assert len(row["現在の値"]) == 501


def test_what_is_about_no_person_names_its_subject_instead(written, sheets):
    (row,) = rows_of(sheets, written["税務課"], FIX)
    assert (row["宛名番号"], row["項目"], row["現在の値"]) == ("", "juutogai.csv", "")
    assert row["理由・手がかり"] == "受領票 120件、実測 119件"


def test_empty_blank_and_withheld_values_are_named(make_run, sheets):
    rows = [("HSE-003", 0, "備考", None, None, ""), ("HSE-003", 1, "備考", " 　", None, ""),
            ("HSE-003", 4, "個人番号", None, None, "")]  # fmt: skip
    shown = rows_of(sheets, write_workbooks(make_run(rows=rows))[1], JUDGE)
    assert [row["現在の値"] for row in shown] == ["（空欄）", "（空白だけ）", "（個人番号のため表示しません）"]


def test_a_record_without_a_name_is_shown_under_that_of_its_person(make_run):
    run = make_run(rows=[("HSE-003", 0, "備考", "x", None, "")])
    place = {"file": "SHIEN.dat", "record_no": 1, "subject": "0000000203/1"}
    issues = pl.read_parquet(run / "issues/001.parquet")
    issues.with_columns(
        pl.lit(value, dtype=issues.schema[name]).alias(name) for name, value in place.items()
    ).write_parquet(run / "issues/001.parquet")
    row = build_work_list(open_run(run)).filter(pl.col("rule_id") == "HSE-003").row(0, named=True)
    assert (row["number"], row["household"], row["name"]) == ("0000000203", "H002", "𠮷田　花子")
    assert row["before"] == "（支援措置のため表示しません）"
