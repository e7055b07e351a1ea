"""RPT-11 and RPT-11b: what the meeting reads of 名寄せ, and whose number it does not read."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.duplicates import NOT_SHARED, link_sheet, pair_sheet
from pipelines.runs.folder import LINKED


def pair(a: str, b: str, **more: str | None) -> dict[str, object]:
    return {
        "a_number": a, "a_area": "001", "a_subject": a, "a_no_sharing": None, "b_number": b, "b_area": "031",
        "b_subject": b, "b_no_sharing": "0", "kana": "equal", "name": "different", "birth_relation": "equal",
        "sex_relation": "different", "place": "past", "both_present": "no", "after_death": "no", "one_dead": "yes",
        "level": "C", "weight": 12.3, "survivor": None, **more,
    }  # fmt: skip


def made_run(folder: Path, *pairs: dict[str, object]) -> RunFiles:
    (folder / "links").mkdir(parents=True)
    pl.DataFrame(list(pairs)).write_parquet(folder / "links" / "pairs.parquet")
    items = pl.DataFrame(schema={"area_id": pl.String, "group_id": pl.String, "item": pl.String, "meaning": pl.String})
    return RunFiles(folder, {"as_of": "2026-04-01", "generation": "g1"}, {}, items)


def test_pairs_are_told_in_japanese(tmp_path: Path) -> None:
    (row,) = pair_sheet(made_run(tmp_path, pair("1", "9"))).rows
    assert row == ("C 弱", "1", "001", "9", "031", "一致", "相違", "一致", "相違", "過去の住所が一致",
                   "一方死亡、性別相違", 12, "", "")  # fmt: skip


def test_a_row_that_other_areas_may_not_see_is_not_named(tmp_path: Path) -> None:
    hidden = pair("1", "9", b_no_sharing="1", survivor="9")
    run = made_run(tmp_path, hidden, pair("2", "8", survivor="2"))
    rows = {row[1]: row for row in pair_sheet(run).rows}
    assert rows["1"][3] == rows["1"][12] == NOT_SHARED
    assert (rows["2"][3], rows["2"][12]) == ("8", "2")
    pl.DataFrame({
        "名寄せ元宛名番号": ["9", "8"], "名寄せ先宛名番号": ["1", "2"], "書いた名寄せ先": ["1", None],
        "判断": ["D9", "D2"], "状態": ["適用", "失効"], "行数": ["1", "0"],
    }).write_csv(tmp_path / LINKED, include_bom=True)  # fmt: skip
    sheet = link_sheet(run)
    assert [row[:4] for row in sheet.rows] == [(NOT_SHARED, "1", "1", "D9"), ("8", "2", "", "D2")]
    assert [row[5] for row in sheet.rows] == [1, 0]
    assert "適用していないもの 1件" in sheet.lead


def test_without_a_link_the_table_says_so(tmp_path: Path) -> None:
    sheet = link_sheet(made_run(tmp_path, pair("1", "9")))
    assert (list(sheet.rows), sheet.why) == ([], "承認した紐付けはない。")
