from datetime import date

import jaconv
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.characters import (
    private_use_left,
    radicals,
    source_mapping_differences,
    substitutes,
    variation_sequences,
    wave_dashes,
    width,
)
from rules.contract import BoundItem, RuleContext

ITEMS = (
    BoundItem("氏名", "person.name", "name", "N", 100, certified=True),
    BoundItem("カナ", "person.kana", "kana", "N", 100),
    BoundItem("番地", "address.lot", "address", "N", 50, certified=True),
    BoundItem("宛名番号", "person.number", "number", "X", 15, key=True),
    BoundItem("備考", "none", "text"),
    BoundItem("生年月日", "person.birth_date", "date", "DATE", 10),
)


def context():
    return RuleContext("001", "resident", "jumin", date(2026, 4, 1), ITEMS)


def block(**columns):
    height = max(len(values) for values in columns.values())
    return pl.DataFrame(
        {i.name: columns.get(i.name, [None] * height) for i in ITEMS}, schema={i.name: pl.String for i in ITEMS})


def hits(rule, frame):
    found = set()
    for finding in rule.find(frame, context()):
        mask = frame.select(finding.mask.fill_null(False).alias("m"))["m"]
        found |= {(finding.item, row) for row in mask.arg_true().to_list()}
    return found


def changes(rule, frame):
    return {c.item: frame.select(c.value.alias("c"))["c"].to_list() for c in rule.clean(frame, context())}


def test_the_type_decides_the_width():
    frame = block(番地=["1-6"], 宛名番号=["１２３"], 備考=["1-6 ｶﾅ"], カナ=["ﾔﾏﾀﾞ"], 生年月日=["S50.1.1"])
    assert changes(width, frame) == {"番地": ["１－６"], "宛名番号": ["123"]}


def test_what_has_the_right_width_is_left():
    assert not changes(width, block(番地=["１００８番地", "１番６号"], 宛名番号=["0000123", None]))


def test_a_kanji_in_a_half_width_item_is_no_matter_of_width():
    assert changes(width, block(宛名番号=["１不明"])) == {"宛名番号": ["1不明"]}


def test_the_seven_symbols_meet():
    frame = block(番地=["１〜３−２", "１～３"])
    assert changes(wave_dashes, frame) == {"番地": ["１～３－２", "１～３"]}
    assert hits(source_mapping_differences, frame) == {("番地", 0)}


@pytest.mark.parametrize(("name", "found"), [
    ("\U000E0102太郎", True), ("山田　\U000E0102", True), ("ノ\U000E0102", True), ("辻\U000E0102\U000E0103", True),
    ("辻\U000E0102　太郎", False), ("𠮷\U000E0100", False), ("福\ufe00", False), ("山田", False),
])
def test_lone_selectors(name, found):
    assert bool(hits(variation_sequences, block(氏名=[name]))) is found


def test_substitutes_stand_in_kana_and_addresses():
    frame = block(カナ=["ヤマ〓", "ヤマダ"], 番地=["１？", "１○２"], 氏名=["■田", None])
    assert hits(substitutes, frame) == {("カナ", 0), ("番地", 0)}


def test_private_use_characters_are_left_over():
    assert hits(private_use_left, block(氏名=["山\ue001", "山\U000F0001", "髙"])) == {("氏名", 0), ("氏名", 1)}


def test_radical_signs_have_their_ideograph():
    frame = block(氏名=["⾼⽥", "高田", "⺀田"])
    assert hits(radicals, frame) == {("氏名", 0), ("氏名", 2)}
    (candidate,) = [f.candidate for f in radicals.find(frame, context()) if f.item == "氏名"]
    assert frame.select(candidate.alias("c"))["c"].to_list()[0::2] == ["高田", None]


def test_compatibility_ideographs_are_letters_of_their_own():
    assert not hits(radicals, block(氏名=["\ufa1b\ufa19"]))


HALF = "".join(map(chr, range(0x21, 0x7F))) + "".join(map(chr, range(0xFF61, 0xFFA0))) + " "


@settings(max_examples=100)
@given(st.text(alphabet=HALF, max_size=12))
def test_widening_agrees_with_jaconv_and_can_be_taken_back(value):
    frame = pl.DataFrame({"t": [value]})
    wide = frame.select(width.to_full_width(pl.col("t")).alias("t"))
    oracle = jaconv.h2z(value, kana=True, ascii=True, digit=True).replace(" ", "\u3000")
    # jaconv leaves lone marks half width, has no letter for a voiced ワ or ヲ and makes typographic signs of quotes.
    oracle = oracle.replace("ﾞ", "゛").replace("ﾟ", "゜")
    unusual = ("ﾜﾞ", "ｦﾞ", "\\", "'", '"', "`", "~")
    if not any(sign in value for sign in unusual):
        assert wide["t"][0] == oracle
    assert wide.select(width.back_to_half_width(pl.col("t")).alias("t"))["t"][0] == value


@settings(max_examples=60)
@given(st.text(alphabet="山髙辻\U000E0102福\ufa1b1Aａ-ｱﾞ〜−〓？ 　", max_size=12))
def test_cleaners_are_idempotent_and_keep_every_kanji(value):
    frame = pl.DataFrame({"t": [value]})
    for cleaner in (width.to_full_width, width.to_half_width, wave_dashes.unify_symbols):
        once = frame.select(cleaner(pl.col("t")).alias("t"))
        assert once.select(cleaner(pl.col("t")).alias("t")).equals(once)
        kanji = r"[\p{Han}\x{E0102}]"
        assert once["t"].str.extract_all(kanji).to_list() == frame["t"].str.extract_all(kanji).to_list()
        assert once["t"][0].count("〓") == value.count("〓")
