"""RPT-01 to RPT-04b: receipts, records, expected rows, figures, people by age, sex and town."""

from __future__ import annotations

import pytest


def test_a_receipt_names_generation_source_and_hash(shown):
    """The columns of RPT-01 of §7.2; who handed over is written by hand."""
    (row,) = shown().records("RPT-01")
    assert (row["世代"], row["源泉"], row["SHA-256"]) == ("g1-2026-01", "住民マスタ", "ab" * 32)
    assert row["受渡者"] == row["受渡日時"] == ""


def test_reasons_stand_under_their_source_and_the_sum_hides_no_difference(shown):
    """The 合計 adds differences by size, so two files cannot cancel each other out."""
    rows = shown().records("RPT-02")
    assert rows[0]["源泉・理由"] == "合計"
    assert rows[0]["差"] == 1
    told = [row["源泉・理由"] for row in rows]
    assert told.index("　隔離の理由：キー項目が復号できない") == told.index("住民マスタ") + 2
    assert [row["除外"] for row in rows if "D01" in row["源泉・理由"]] == [3]


def test_what_was_not_loaded_is_not_done(shown):
    before = shown(loaded=False)
    assert set(before.column("RPT-02b", "取込後")) == {"未実施"}
    assert "未実施" in before.column("RPT-03", "取込後")


def test_a_figure_that_differs_carries_its_class(shown):
    (row,) = shown().records("RPT-03")
    assert (row["判定"], row["分類"], row["源泉−現行"]) == ("未達", "未分類", 1)


def test_people_by_nationality_stand_in_rpt_04(shown):
    (row,) = [r for r in shown().records("RPT-04") if r["項目"] == "国籍別人口"]
    assert (row["区分"], row["現行帳票値"], row["取込後"], row["判定"]) == ("外国人住民/ベトナム", 7, 7, "一致")


@pytest.mark.parametrize(("loaded", "verdict"), [(True, "未達"), (False, "未実施")])
def test_people_by_age_sex_and_town(loaded, verdict, shown):
    """One woman of thirty is not in the new system; without a re-extract nobody can say so."""
    rows = shown(loaded=loaded).records("RPT-04b")
    (woman,) = [row for row in rows if row["町字・年齢階級"] == "30〜34歳" and row["性別"] == "女"]
    assert (woman["出力"], woman["判定"]) == (3, verdict)
    assert [row["出力"] for row in rows if row["町字・年齢階級"] == "年齢不詳"] == [1]
    towns = {row["町字・年齢階級"] for row in rows if row["くくり"] == "区×町字×性別"}
    assert towns == {"亀田町", "10人未満の町字（合わせて）"}
