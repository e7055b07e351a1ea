from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.characters.occurrences import SUBSTITUTE_PATTERN
from rules.contract import BoundItem, CodeMap, RuleContext
from rules.names import (
    kana_characters,
    kana_characters_left,
    long_vowel,
    name_overflow,
    name_parts,
    name_separator,
    name_undecided,
    placeholder_in_name,
    roman_name,
    roman_name_left,
    separator_blanks,
    sex,
    voiced_marks,
    voiced_marks_left,
)

ITEMS = (
    BoundItem("氏名", "person.name", "name", "N", 100, certified=True),
    BoundItem("氏", "person.name.family", "name", "N", 50, certified=True),
    BoundItem("名", "person.name.given", "name", "N", 50, certified=True),
    BoundItem("ローマ字", "person.name.roman", "roman", "N", 100, certified=True),
    BoundItem("カナ", "person.kana", "kana", "N", 100),
    BoundItem("方書カナ", "address.building.kana", "kana", "N", 300),
    BoundItem("世帯主", "person.household_head_name", "name", "N", 100, certified=True),
    BoundItem("種別", "person.kind", "code", "X", 1),
    BoundItem("性別", "person.sex", "code", "X", 1, certified=True),
)


def context(*items, **more):
    return RuleContext("001", "resident", "jumin", date(2026, 4, 1), items or ITEMS, **more)


def block(**columns):
    height = max(len(values) for values in columns.values())
    return pl.DataFrame(
        {i.name: columns.get(i.name, [None] * height) for i in ITEMS}, schema={i.name: pl.String for i in ITEMS})


def hits(rule, frame, ctx=None, reason=None):
    ctx = ctx or context()
    found = set()
    for finding in rule.find(frame, ctx):
        if reason is None or finding.reason == reason:
            mask = frame.select(finding.mask.fill_null(False).alias("m"))["m"]
            found |= {(finding.item, row) for row in mask.arg_true().to_list()}
    return found


def candidates(rule, frame, item):
    (finding,) = [f for f in rule.find(frame, context()) if f.item == item]
    return frame.select(finding.candidate.alias("c"))["c"].to_list()


def cleaned(rule, frame, item, ctx=None):
    for change in rule.clean(frame, ctx or context()):
        if change.item == item:
            return frame.select(change.value.alias("c"))["c"].to_list()
    return frame[item].to_list()


def test_name_without_a_blank_gets_the_blank_only_where_the_record_says_where_the_family_name_ends():
    frame = block(
        氏名=["山田太郎", "山田花子", "小林太郎", "山田　太郎", "金城太郎"],
        氏=["山田", None, None, "山田", "金"],
        世帯主=[None, "山田　太郎", None, None, "金城　一郎"],
        種別=["1"] * 5,
    )
    assert hits(name_separator, frame) == {("氏名", 0), ("氏名", 1), ("氏名", 2), ("氏名", 4)}
    assert candidates(name_separator, frame, "氏名") == ["山田　太郎", "山田　花子", None, None, None]


@pytest.mark.parametrize("name", ["マリア", "ＺＨＡＮＧ", "李", "株式会社山田", "未定", "山田　太郎", "山田 太郎"])
def test_names_that_need_no_blank_are_not_asked_about(name):
    assert not hits(name_separator, block(氏名=[name], 種別=[None]))


def test_a_single_name_of_a_foreign_resident_is_a_whole_name():
    assert not hits(name_separator, block(氏名=["張玉蓮"], 種別=["2"]))


def test_a_variation_selector_is_not_split_from_its_kanji():
    frame = block(氏名=["辻\U000E0102太郎"], 氏=["辻"], 種別=["1"])
    assert candidates(name_separator, frame, "氏名") == [None]


@pytest.mark.parametrize(("before", "after"), [
    ("山田  太郎", "山田　太郎"), ("　山田　太郎　", "山田　太郎"), ("山田\u3000 太郎", "山田　太郎"),
    ("山田　太郎", "山田　太郎"),
])
def test_blanks_become_one(before, after):
    assert cleaned(separator_blanks, block(氏名=[before]), "氏名") == [after]


def test_parts_that_contradict_the_name_are_found():
    frame = block(
        氏名=["山口　太郎", "山田　太郎", "山田太郎", "山田　太郎", "山田　未定", "マリア", "一休"],
        氏=["山田", "山田", "山田", "山田", "山田", "ガルシア", "一休"],
        名=["太郎", "太郎", "太郎", None, None, "マリア", None],
        種別=["1", "1", "1", "1", "1", "2", "1"],
    )
    assert hits(name_parts, frame, reason="parts_differ") == {("氏名", 0)}
    assert hits(name_parts, frame, reason="part_missing") == {("氏名", 3)}


def test_a_source_without_parts_is_not_asked():
    assert not hits(name_parts, block(氏名=["山田　太郎"], 種別=["1"]))


@pytest.mark.parametrize(("name", "after"), [
    ("未定", None), ("氏名未定", None), ("（未定）", None), ("未命名", None), ("山田　未定", "山田　未定"),
    ("未定子", "未定子"),
])
def test_an_undecided_name_is_a_state(name, after):
    assert cleaned(name_undecided, block(氏名=[name]), "氏名") == [after]


def test_an_undecided_kana_follows_but_a_name_that_reads_alike_stays():
    assert cleaned(name_undecided, block(カナ=["ミテイ", "ミテ　イチロウ"]), "カナ") == [None, "ミテ　イチロウ"]


def test_certified_roman_names_change_in_width_only_and_the_case_is_asked():
    frame = block(ローマ字=["Zhang Yuli", "ＬＥＥ　ＭＩＮＨＯ", None])
    assert cleaned(roman_name, frame, "ローマ字") == ["Ｚｈａｎｇ　Ｙｕｌｉ", "ＬＥＥ　ＭＩＮＨＯ", None]
    assert hits(roman_name_left, frame) == {("ローマ字", 0)}
    assert candidates(roman_name_left, frame, "ローマ字")[0] == "ＺＨＡＮＧ　ＹＵＬＩ"


def test_other_roman_names_are_raised_to_capitals():
    item = BoundItem("ローマ字", "person.name.roman", "roman", "N", 100)
    frame = block(ローマ字=["Zhang Yuli"])
    assert cleaned(roman_name, frame, "ローマ字", context(item)) == ["ＺＨＡＮＧ　ＹＵＬＩ"]
    assert not roman_name_left.find(frame, context(item))


@pytest.mark.parametrize(("before", "after"), [
    ("ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダ　タロウ"), ("ﾊﾟｸ", "パク"), ("ｳﾞｨ", "ヴィ"), ("キヨウコ", "キヨウコ"),
    ("ヤマダ ﾀﾛｳ", "ヤマダ　タロウ"),
])
def test_half_width_kana_becomes_full(before, after):
    assert cleaned(kana_characters, block(カナ=[before]), "カナ") == [after]


@pytest.mark.parametrize(("before", "after"), [
    ("ヤマタ゛", "ヤマダ"), ("ハ゜ク", "パク"), ("カ\u3099", "ガ"), ("ウ゛ィ", "ヴィ"), ("ア゛", "ア゛"),
    ("タﾞ", "ダ"),
])
def test_separate_marks_are_composed(before, after):
    assert cleaned(voiced_marks, block(カナ=[before]), "カナ") == [after]


@pytest.mark.parametrize(("kana", "found"), [
    ("ア゛", True), ("゛", True), ("ヤマダ", False), ("カ\u309a", False), ("ナ\u3099", True), ("ﾔﾏﾀﾞ", False),
    ("ｱﾞ", True),
])
def test_lone_marks_are_asked(kana, found):
    assert bool(hits(voiced_marks_left, block(カナ=[kana]))) is found


@pytest.mark.parametrize(("kana", "found"), [
    ("やまだ　たろう", True), ("山田", True), ("ＺＨＡＮＧ", True), ("ヤマダ1", True), ("キヨヱ", False),
    ("ヴィ・ロー", False),
    ("ヰヲヂヅヵヶヽヾ", False), ("ﾔﾏﾀﾞ ﾀﾛｳ", False), ("ヤマ〓", False),
    ("ジャン－ポール", False), ("アベ－ル", True),
])
def test_what_is_no_kana_is_asked(kana, found):
    assert bool(hits(kana_characters_left, block(カナ=[kana]))) is found


def test_hiragana_has_its_katakana_as_candidate():
    frame = block(カナ=["やまだ　たろう", "山田　たろう"])
    assert candidates(kana_characters_left, frame, "カナ") == ["ヤマダ　タロウ", None]


def test_the_kana_of_a_building_may_hold_digits():
    assert not hits(kana_characters_left, block(方書カナ=["ハイツ１０１"]))


@pytest.mark.parametrize(("before", "after"), [
    ("オ‐タ", "オータ"), ("ロ－ラ", "ローラ"), ("ジャン－ポール", "ジャン－ポール"), ("マッ－", "マッ－"),
    ("－ア", "－ア"),
    ("イト　－", "イト　－"),
])
def test_bars_after_kana_become_long_vowels(before, after):
    assert cleaned(long_vowel, block(カナ=[before]), "カナ") == [after]


@pytest.mark.parametrize("name", ["■田　太郎", "山田　〓", "？", "山\N{REPLACEMENT CHARACTER}", "＿田", "山?"])
def test_placeholders_in_names_are_found(name):
    assert hits(placeholder_in_name, block(氏名=[name])) == {("氏名", 0)}


@pytest.mark.parametrize("name", ["髙﨑　𠮷男", "辻\U000E0102　太郎", "山田　ノヱ", "佐々木　〆"])
def test_hard_characters_are_no_placeholders(name):
    assert not hits(placeholder_in_name, block(氏名=[name]))


def test_lengths_count_a_kanji_with_its_selector_as_one():
    frame = block(氏名=["辻\U000E0102" * 100, "山" * 101, "山" * 100], 氏=["山" * 51, None, None])
    assert hits(name_overflow, frame) == {("氏名", 1), ("氏", 0)}


def test_sex_is_on_the_list_and_not_empty():
    frame = block(性別=["0", "1", "2", "M", None, "9"])
    assert hits(sex, frame, reason="not_in_list") == {("性別", 3), ("性別", 5)}
    assert hits(sex, frame, reason="empty") == {("性別", 4)}


def test_an_optional_sex_may_be_empty_and_a_source_has_its_own_codes():
    optional = BoundItem("性別", "person.sex", "code", "X", 1, condition="任意")
    source = BoundItem("性別", "person.sex", "code", code_map="sex")
    maps = {"sex": CodeMap("sex", {"M": "1"}, {}, {})}
    frame = block(性別=["M", None])
    assert not hits(sex, frame, context(optional), "empty")
    assert hits(sex, frame, context(source, code_maps=maps)) == {("性別", 1)}


NAMES = st.text(alphabet="山田太郎髙﨑辻\U000E0102　 ヤマタカハ゛゜ﾔﾏﾞ‐－ーン-aＡ〓？福", max_size=12)
CLEANERS = {
    "blanks": separator_blanks.one_blank, "kana": kana_characters.full_width_kana, "marks": voiced_marks.compose_voiced,
    "bars": long_vowel.long_vowels, "roman": roman_name.full_width_name, "undecided": name_undecided.as_state,
}


@pytest.mark.parametrize("cleaner", CLEANERS.values(), ids=CLEANERS.keys())
@settings(max_examples=60, deadline=None)
@given(value=NAMES)
def test_cleaners_are_idempotent_keep_every_kanji_and_make_no_substitute(cleaner, value):
    frame = pl.DataFrame({"t": [value]})
    once = frame.select(cleaner(pl.col("t")).alias("t"))
    assert once.select(cleaner(pl.col("t")).alias("t")).equals(once)
    after = once["t"][0]
    if after is None:
        return
    kanji = r"[\p{Han}\x{E0102}]"
    assert once["t"].str.extract_all(kanji).to_list() == frame["t"].str.extract_all(kanji).to_list()
    assert once["t"].str.count_matches(SUBSTITUTE_PATTERN)[0] <= frame["t"].str.count_matches(SUBSTITUTE_PATTERN)[0]


@settings(max_examples=60, deadline=None)
@given(value=st.text(alphabet="ｱｲｳｶｷﾊﾎﾜｦﾞﾟｰ ", max_size=10))
def test_full_width_kana_can_be_taken_back(value):
    frame = pl.DataFrame({"カナ": [value]})
    ctx = context(BoundItem("カナ", "person.kana", "kana"))
    changes = kana_characters.clean(frame, ctx)
    for change in changes:
        after = frame.select(change.value.alias("カナ"))
        assert after.select(change.inverse.alias("t"))["t"].to_list() == [value]
