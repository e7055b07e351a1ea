from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.catalogue import RuleSet, load_catalogue
from rules.engine import clean_block
from rules.names.kanji_readings import fitting, is_read
from rules.trial import block, bound, context

RIGHT = [
    ("山田", "ヤマダ"), ("渡邉", "ワタナベ"), ("髙\U000e0101橋", "タカハシ"), ("齋藤", "サイトウ"),
    ("佐々木", "ササキ"),
    ("東海林", "ショウジ"), ("服部", "ハットリ"), ("太郎", "タロウ"), ("一郎", "イチロー"), ("さくら", "サクラ"),
    ("ひろみ", "ヒロミ"), ("俊介", "シュンスケ"), ("京子", "キヨウコ"), ("ジョン", "ジョン"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kana"), RIGHT)
def test_true_readings_fit_by_half_and_more(name: str, kana: str) -> None:
    fits, size = fitting(name, kana)
    assert fits * 2 >= size > 0


@pytest.mark.parametrize(("name", "kana"), [("山田", "スズキ"), ("渡邉", "コバヤシ"), ("太郎", "ミサキ")])
def test_another_persons_kana_does_not(name: str, kana: str) -> None:
    fits, size = fitting(name, kana)
    assert fits * 2 < size


@given(st.text("山田太郎々渡邉花子ノヶ", max_size=6), st.text("アイウカガサザシジタダハバパマヤャンッー", max_size=12))
def test_no_more_is_explained_than_there_is(name: str, kana: str) -> None:
    fits, size = fitting(name, kana)
    assert 0 <= fits <= size
    if is_read(name, kana) and name and name[0] != "々" and kana:
        assert fits == size


@pytest.mark.parametrize("name", ["駒ヶ嶺　ケイ", "鎌ヶ谷　ヵ", "一ノ瀬　ノリ"])
def test_small_ke_in_names_is_never_changed(name: str) -> None:
    items = (bound("氏名", "person.name", type="N", length=100), bound("氏", "person.name.family", type="N", length=50))
    frame = block({"氏名": [name], "氏": [name[:3]]})
    assert clean_block(frame, context(items), RuleSet.select(load_catalogue())).frame["氏名"].to_list() == [name]


@pytest.mark.parametrize("kana", ["キヨヱ　ヰト", "ヲノ　ヂュン", "ヅカ　ヴァン", "ワタナベ　ヂヅ"])
def test_historical_kana_is_never_modernised(kana: str) -> None:
    items = (bound("カナ", "person.kana", type="N", length=100), bound("戸籍カナ", "person.registered_kana", type="N"))
    frame = block({"カナ": [kana], "戸籍カナ": [kana]})
    after = clean_block(frame, context(items), RuleSet.select(load_catalogue())).frame
    assert after.select("カナ", "戸籍カナ").row(0) == (kana, kana)
