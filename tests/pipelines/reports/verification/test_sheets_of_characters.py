"""RPT-07 to RPT-11: characters, 外字, changed glyphs, values too long, numbers that may be one person."""

from __future__ import annotations


def test_what_nothing_explains_stands_first_and_is_counted(shown):
    told = shown()
    first = told.records("RPT-07")[0]
    assert (first["コードポイント"], first["別"], first["増減"]) == ("U+E000", "説明がつかない", -1)
    counts = {row["別"]: row["増減した文字数"] for row in told.records("RPT-07b")}
    assert counts["説明がつかない"] == 1
    assert counts["破損"] == 0


def test_gaiji_say_code_mj_number_class_and_evidence(shown):
    told = shown()
    undecided, known = told.records("RPT-08")
    assert undecided["区分"] == "未判定"
    assert told.sheets["RPT-08"].state == "未達"
    assert (known["移行後の字"], known["符号"], known["MJ・GJ"]) == ("髙", "U+9AD9", "MJ028902")
    assert (known["区分"], known["判定日"]) == ("デザイン差", "2025-10-01")


def test_changed_glyphs_name_one_character_and_count_people_once(shown):
    """Two rows of one person's history are one person; the rest of the name stands nowhere."""
    told = shown()
    rows = told.records("RPT-09")
    assert [(r["宛名番号"], r["旧字"], r["新字"], r["新字の符号"]) for r in rows] == [
        ("0000000101", "髙", "高", "U+9AD8"),
        ("0000000203", "𠮷", "（保留）", ""),
    ]
    assert {row["送信先"] for row in rows} == {"中間サーバ"}
    assert rows[1]["旧字のMJ"] == "MJ032129"
    assert told.column("RPT-09b", "人数") == [1, 1]
    assert "対象者 2人" in told.sheets["RPT-09"].lead


def test_pairs_are_worded_for_a_meeting(shown):
    told = shown()
    (row,) = told.records("RPT-11")
    assert (row["水準"], row["生年月日"], row["業務2"]) == ("A 強", "1桁違い", "031 住登外者宛名番号管理")
    assert row["反証"] == "双方住民、性別相違"
