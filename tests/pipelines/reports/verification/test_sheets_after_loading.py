"""RPT-05, RPT-06, RPT-15 to RPT-18: what was loaded beside what was handed over, and what every difference is."""

from __future__ import annotations

import pytest

AFTER_LOADING = ("RPT-05", "RPT-06", "RPT-15", "RPT-16", "RPT-16b", "RCN-014", "RPT-18", "RPT-18b")


@pytest.mark.parametrize("number", AFTER_LOADING)
def test_without_a_re_extract_each_says_not_done_and_why(number, shown):
    sheet = shown(loaded=False).sheets[number]
    assert sheet.state == "未実施"
    assert not sheet.rows
    assert "loaded/" in sheet.why


def test_items_that_differ_come_first_with_masked_examples(shown):
    first, *others = shown().records("RPT-05")
    assert (first["出力"], first["項目"], first["未説明の差"], first["判定"]) == ("住民情報", "氏名", 1, "未達")
    assert first["差の例（10件まで。値は伏せる）"] == "0000000101/1　●●●●●→●●●●●"
    assert {row["判定"] for row in others} == {"差0"}


def test_a_code_is_shown_and_what_is_no_code_is_not(shown):
    """A shifted column puts names where codes stand; large moves are told from small ones."""
    rows = {row["測り方"]: row for row in shown().records("RPT-06")}
    assert rows["値 （コードでない値）"]["強調"] == "要確認"
    assert rows["値 1"]["強調"] == ""
    assert rows["空欄"]["強調"] == "動いた"


def test_amounts_stand_as_numbers_and_by_bands(shown):
    told = shown()
    gaps = {row["キー"]: row["差"] for row in told.records("RPT-16") if row["キー"] != "（計）"}
    assert gaps == {"0000000101": 100, "0000000102": "数でない"}
    bands = [(row["金額帯（旧の額）"], row["対象者"], row["差の合計"]) for row in told.records("RPT-16b")]
    assert bands == [("数でない", 1, 0), ("1万円〜5万円未満", 7, 100), ("計", None, 100)]


def test_every_difference_has_a_class_and_one_without_is_not_passed(shown):
    """Cells, records, figures, forms, calculations and counterparts stand in one list, the open ones first."""
    told = shown()
    sheet = told.sheets["RPT-18"]
    assert sheet.state == "未達"
    assert "差 12件、うち未分類 7件" in sheet.lead
    classes = told.column("RPT-18", "分類")
    assert classes == sorted(classes, key=lambda one: one != "未分類")
    kinds = set(told.column("RPT-18", "種別"))
    assert {"文字の破損", "欠落", "金額・件数", "新旧の差"} <= kinds
    total = told.records("RPT-18b")[0]
    assert (total["未分類"], total["C 仕様差"], total["E 許容"], total["計"]) == (7, 3, 2, 12)


def test_support_measures_are_counted_in_full_and_named_nowhere(shown):
    told = shown()
    assert told.sheets["RPT-17"].state == "未達"
    assert told.column("RPT-17", "内容")[-1] == "支援措置情報 欠落"
    keys = [row["キー"] for row in told.records("RPT-18") if row["出力・報告書"] == "支援措置情報"]
    assert keys == ["（支援措置の担当者だけに示す）"]


def test_unmasked_shows_no_address_of_a_sheltered_household_and_no_my_number(shown):
    """0000000203 is under 支援措置, 0000000204 lives with her, 0000000305 with nobody."""
    told = shown(unmasked=True)
    towns = {row["キー"]: row["出力の値"] for row in told.records("RPT-18") if row["項目"] == "住所_町字"}
    assert towns == {
        "0000000203/1": "（支援措置のため表示しません）",
        "0000000204/1": "（支援措置のため表示しません）",
        "0000000305/1": "カナリア町",
    }
    remarks = [row["出力の値"] for row in told.records("RPT-18") if row["項目"] == "備考"]
    assert "123456789018" not in remarks[0]
    forms = {row["項目"]: row["旧"] for row in told.records("RPT-15") if row["キー"] != "（計）"}
    assert forms == {"氏名": "髙橋　太郎", "住所": "（支援措置のため表示しません）"}


def test_a_department_sees_the_values_of_its_own_areas_alone(shown):
    told = shown(unmasked=frozenset({"010"}))
    cells = [row for row in told.records("RPT-18") if row["種別"] == "値の差"]
    assert {row["出力の値"].strip("●") for row in cells} == {""}
    assert {row["旧"].strip("●") for row in told.records("RPT-15") if row["キー"] != "（計）"} == {""}
