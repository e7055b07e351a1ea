from __future__ import annotations

from collections import Counter

import jaconv
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from char_mapping.kernels.histogram import code_point_histogram
from char_mapping.kernels.text_columns import (
    character_map,
    character_set,
    count_characters_column,
    find_outside,
    map_characters,
    narrow_column,
    widen_column,
    widen_kana_column,
)
from char_mapping.text import SUBSTITUTES, count_characters, find_substitutes, narrow, widen, widen_kana

TEXTS = st.text(
    st.one_of(st.sampled_from("ｶﾊｳﾜﾞﾟ1-Ａ 　山𠮷か゚゙辻\ufe00\U000e0102〓"), st.characters(codec="utf-8")), max_size=12
)
COLUMNS = st.lists(st.none() | TEXTS, min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("辻", 1),
        ("辻\U000e0102", 1),
        ("葛\U000e0100城", 2),
        ("か゚", 1),
        ("𠮷野", 2),
        ("福\ufe00", 1),
        ("\U000e0102", 1),
        ("é", 1),
        ("ｶﾞ", 2),
    ],
)
def test_length_as_a_person_counts_it(text: str, count: int) -> None:
    assert count_characters(text) == count
    assert pl.select(count_characters(pl.lit(text))).item() == count


@settings(max_examples=30)
@given(COLUMNS)
def test_columns_do_what_the_definitions_say(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.large_string())
    for done, defined in ((widen_column, widen), (widen_kana_column, widen_kana), (narrow_column, narrow)):
        assert done(column).to_pylist() == [None if text is None else defined(text) for text in texts]
    assert count_characters_column(column).tolist() == [count_characters(text or "") for text in texts]
    lengths = pl.DataFrame({"t": texts}, schema={"t": pl.String}).select(count_characters(pl.col("t")))["t"].to_list()
    assert lengths == [None if text is None else count_characters(text) for text in texts]


@settings(max_examples=30)
@given(COLUMNS)
def test_code_points_are_counted_in_any_arrow_form(texts: list[str | None]) -> None:
    expected = Counter(ord(char) for text in texts for char in text or "")
    for column in (
        pa.array(texts, pa.large_string()),
        pa.array(texts, pa.string()),
        pa.chunked_array([pa.array(texts)]),
        pa.array(["前", *texts], pa.large_string())[1:],
        pa.array(texts, pa.string_view()),
    ):
        points, counts = code_point_histogram(column)
        assert points.tolist() == sorted(expected)
        assert dict(zip(points.tolist(), counts.tolist(), strict=True)) == expected


@settings(max_examples=30)
@given(COLUMNS)
def test_the_first_character_outside_a_set_is_named(texts: list[str | None]) -> None:
    inside = "ｶﾊｳﾜﾞﾟ1-Ａ 　山か辻"
    found = find_outside(pa.array(texts, pa.large_string()), character_set(inside)).tolist()
    assert found == [next((ord(char) for char in text or "" if char not in inside), -1) for text in texts]


@pytest.mark.parametrize(
    ("half", "full"),
    [
        ("ﾜﾀﾅﾍﾞ", "ワタナベ"),
        ("ﾊﾟﾝ", "パン"),
        ("ｳﾞ", "ヴ"),
        ("ﾜﾞｦﾞ", "ヷヺ"),
        ("ｱﾞ", "ア゛"),
        ("ﾟ", "゜"),
        ("ｶ゛", "カ゛"),
        ("ﾊﾞﾞ", "バ゛"),
        ("ｰ･｢｣｡､", "ー・「」。、"),
        ("山ﾞ", "山゛"),
    ],
)
def test_a_mark_joins_its_letter_and_nothing_is_lost(half: str, full: str) -> None:
    assert widen_kana(half) == full
    assert widen_kana_column(pa.array([half])).to_pylist() == [full]


@given(st.text("ｱｲｳｶｷｸﾊﾋﾌﾍﾎﾝｰｯｬ", max_size=8), st.booleans())
def test_kana_without_lone_marks_equals_jaconv(text: str, voiced: bool) -> None:
    text = text.replace("ｶ", "ｶﾞ").replace("ﾊ", "ﾊﾟ") if voiced else text
    assert widen_kana(text) == jaconv.h2z(text)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=10))
def test_ascii_goes_wide_and_back(text: str) -> None:
    assert narrow(widen(text)) == text
    assert widen(text) == jaconv.h2z(text, ascii=True, digit=True, kana=False)


def test_width_of_the_canonical_signs() -> None:
    assert widen("-~¢£¬¥") == "－～￠￡￢￥"
    assert narrow("１－６　カ漢") == "1-6 カ漢"


def test_substitutes_are_the_seven_of_the_rule() -> None:
    assert [f"{ord(char):04X}" for char in SUBSTITUTES] == ["FFFD", "3013", "FF1F", "FF3F", "25A0", "25CF", "25A1"]
    assert find_substitutes("山〓田？") == "〓？"


def test_a_map_may_lengthen_and_delete() -> None:
    mapping = character_map({"①": "(1)", "髙": "高", "ﾞ": "", "辻": "辻\U000e0102"})
    mapped, changed = map_characters(pa.array(["①髙ﾞ辻", "山", None]), mapping)
    assert mapped.to_pylist() == ["(1)高辻\U000e0102", "山", None]
    assert np.asarray(changed).tolist() == [True, False, False]
