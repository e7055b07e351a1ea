from datetime import date

import polars as pl
import pytest

from rules.addresses import same_as_above
from rules.characters import circled_and_units
from rules.contract import BoundItem, RuleContext
from rules.households import relationship_and_sex, resident_kind
from rules.names import brackets_in_name, former_name, joint_owners, kana_like_kanji, roman_and_kanji, titles_in_name

ITEMS = (
    BoundItem("氏名", "person.name", "name", "N", 100, certified=True),
    BoundItem("旧氏", "person.former_name", "name", "N", 50),
    BoundItem("旧氏カナ", "person.former_name.kana", "kana", "N", 50),
    BoundItem("種別", "person.kind", "code", "X", 1),
    BoundItem("最新", "person.latest", "flag", "X", 1),
    BoundItem("性別", "person.sex", "code", "X", 1),
    BoundItem("続柄", "person.relationship_text", "text", "N", 20),
    BoundItem("在留カード", "person.residence_card", "number", "X", 12),
    BoundItem("町字", "address.town", "address", "N", 120),
)
CONTEXT = RuleContext("001", "resident", "jumin", date(2026, 4, 1), ITEMS)


def asked(rule, **columns):
    frame = pl.DataFrame({i.name: [columns.get(i.name)] for i in ITEMS}, schema={i.name: pl.String for i in ITEMS})
    found = {}
    for finding in rule.find(frame, CONTEXT):
        if frame.select(finding.mask.fill_null(False).alias("m"))["m"][0]:
            value = None if finding.candidate is None else frame.select(finding.candidate.alias("c"))["c"][0]
            found[finding.item] = value
    return found


@pytest.mark.parametrize(("name", "kanji"), [
    ("ＺＨＡＮＧ　ＹＵＬＩＮ　張　玉蓮", "張　玉蓮"), ("KIM MINHO（金 民浩）", "金 民浩"),
    ("張　玉蓮　ＺＨＡＮＧ　ＹＵＬＩＮ", "張　玉蓮"),
])
def test_two_scripts_in_one_name(name, kanji):
    assert asked(roman_and_kanji, 氏名=name) == {"氏名": kanji}


@pytest.mark.parametrize("name", [
    "ＺＨＡＮＧ　ＹＵＬＩＮ", "張　玉蓮", "山田　Ａ男", "株式会社ＡＢＣ", "マリア　ＳＡＮＴＯＳ",
])
def test_one_script_is_one_name(name):
    assert not asked(roman_and_kanji, 氏名=name)


def test_other_names_in_brackets():
    assert asked(brackets_in_name, 氏名="山田（旧姓鈴木）花子") == {"氏名": "山田　花子"}
    assert asked(brackets_in_name, 氏名="通称山田花子") == {"氏名": None}
    for name in ("山田　花子", "（未定）", "（亡）山田　太郎"):
        assert not asked(brackets_in_name, 氏名=name)


def test_titles():
    assert asked(titles_in_name, 氏名="（亡）山田　太郎　相続人") == {"氏名": "山田　太郎"}
    assert asked(titles_in_name, 氏名="山田　太郎　様") == {"氏名": "山田　太郎"}
    for name in ("鵜殿　太郎", "真殿　様子", "故島　太郎", "山田　亡夫"):
        assert not asked(titles_in_name, 氏名=name)


def test_joint_owners():
    assert asked(joint_owners, 氏名="山田　太郎　外２名") == {"氏名": None}
    assert not asked(joint_owners, 氏名="外山　一名子")


def test_only_japanese_residents_have_a_former_name():
    assert "旧氏" in asked(former_name, 旧氏="鈴木", 旧氏カナ="スズキ", 種別="2")
    assert not asked(former_name, 旧氏カナ="スズキ", 種別="1")
    assert not asked(former_name, 旧氏="鈴木", 旧氏カナ="スズキ", 種別="1")
    assert not asked(former_name, 旧氏="鈴木", 種別=None)


@pytest.mark.parametrize(("name", "kanji"), [("山ロ　健ニ", "山口　健二"), ("ー郎", "一郎"), ("川ロ", "川口")])
def test_kana_that_look_like_kanji(name, kanji):
    assert asked(kana_like_kanji, 氏名=name) == {"氏名": kanji}


@pytest.mark.parametrize("name", [
    "山口　健二", "千エ子", "木ノ下　ハナ", "マリー", "ロバート", "竹ケ原", "山口　ロミ", "ニコ",
])
def test_true_kana_in_names_stay(name):
    assert not asked(kana_like_kanji, 氏名=name)


def test_signs_in_names_and_not_in_addresses():
    assert asked(circled_and_units, 氏名="㈱山田") == {"氏名": "株式会社山田"}
    assert asked(circled_and_units, 氏名="山田①") == {"氏名": None}
    assert not asked(circled_and_units, 町字="コーポⅢ", 氏名="山田　太郎")


@pytest.mark.parametrize("town", ["同上", "〃", "（同上）", "同番地"])
def test_references_to_another_address(town):
    assert asked(same_as_above, 町字=town) == {"町字": None}


@pytest.mark.parametrize("town", ["同心町", "大同", "本町", "同仁"])
def test_towns_that_begin_alike(town):
    assert not asked(same_as_above, 町字=town)


@pytest.mark.parametrize(("relationship", "sex", "found"), [
    ("妻", "1", True), ("夫（未届）", "2", True), ("子の妻", "1", True), ("妻", "2", False),
    ("妻", "0", False), ("妻", None, False),
    ("子", "1", False), ("妹の夫", "1", False), ("縁故者", "2", False), (None, "1", False),
])
def test_the_last_word_of_the_relationship_tells_the_sex(relationship, sex, found):
    assert bool(asked(relationship_and_sex, 続柄=relationship, 性別=sex)) is found


def test_a_japanese_resident_has_no_residence_card():
    assert asked(resident_kind, 種別="1", 最新="1", 在留カード="AB12345678CD") == {"在留カード": None}
    assert not asked(resident_kind, 種別="2", 最新="1", 在留カード="AB12345678CD")
    assert not asked(resident_kind, 種別="1", 最新="0", 在留カード="AB12345678CD")
    assert not asked(resident_kind, 種別="1", 最新="1")
    assert not asked(resident_kind, 種別="1", 最新="1", 在留カード="000000000000")
