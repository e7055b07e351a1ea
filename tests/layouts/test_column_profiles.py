from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layouts.column_profiles import ColumnProfile, profile_column, shape_of_value


def measured(*values: str | None, times: int = 1) -> ColumnProfile:
    return profile_column(pl.Series("甲", [*values] * times, dtype=pl.String))


def test_filled_blank_and_null() -> None:
    found = measured("1", "", None, "　 ", " 2 ")
    assert (found.rows, found.filled, found.distinct, found.trimmed) == (5, 2, 2, 1)
    assert found.fill_rate == 0.4
    assert not found.unique
    assert measured("1", "2").unique


def test_lengths_count_what_a_reader_counts() -> None:
    found = measured("辻\U000e0102田", "𠮷")
    assert (found.shortest, found.longest) == (1, 2)


@pytest.mark.parametrize(("value", "shape"), [
    ("辻\U000e0102田　太郎", "漢2　漢2"), ("ﾔﾏﾀﾞ ﾀﾛｳ", "ｱ4 ｱ3"), ("１番６号", "９漢９漢"),
    ("090-1234-5678", "9{3}-9{4}-9{4}"),
    ("\ue000田", "外漢"), ("", ""), ("----", "-{4}"), ("Ａｂ", "Ａ2"), ("AB12", "A{2}9{2}"),
])
def test_shapes(value: str, shape: str) -> None:
    assert shape_of_value(value) == shape


@pytest.mark.parametrize(("values", "form"), [
    ([f"19{n:02d}-01-31" for n in range(20, 60)], "ISO"), ([f"19{n:02d}/1/31" for n in range(20, 60)], "SLASH"),
    ([f"19{n:02d}0131" for n in range(20, 60)], "YYYYMMDD"), ([f"3{n:02d}0131" for n in range(20, 60)], "GYYMMDD"),
    ([f"04{n:02d}0131" for n in range(10, 30)], "GGYYMMDD"), ([f"S{n:02d}0131" for n in range(20, 60)], "GYYMMDD"),
    ([f"昭和{n}年1月31日" for n in range(20, 60)], "WAREKI_TEXT"),
])
def test_forms_of_dates(values: list[str], form: str) -> None:
    found = measured(*values)
    assert found.date_forms[form] == 1.0
    assert found.codes == ()
    assert (found.years == ("1920", "1959")) == (form in ("ISO", "SLASH", "YYYYMMDD"))


def test_sentinels_are_named_and_do_not_hide_the_form() -> None:
    found = measured(*[f"19{n:02d}0131" for n in range(20, 60)], "00000000", "99999999", "00000000")
    assert found.sentinels == (("00000000", 2), ("99999999", 1))
    assert found.date_forms["YYYYMMDD"] == 1.0
    assert measured("0", "1", "9", times=10).sentinels == ()


def test_only_codes_are_shown() -> None:
    assert measured("1", "2", times=10).codes == (("1", 10), ("2", 10))
    assert measured("男", "女", times=10).codes == (("女", 10), ("男", 10))
    assert measured(*["1"] * 30, "2", "2").codes == (("1", 30),)
    assert measured("山田太郎", "田中花子", times=10).codes == ()
    assert measured(*[str(n) for n in range(100)]).codes == ()
    assert measured("1234567", "7654321", times=50).codes == ()


def test_numbers_show_digits_and_no_values() -> None:
    found = measured(*[str(n * 1000) for n in range(1, 100)])
    assert found.digits == (4, 5)
    assert found.codes == ()


@settings(max_examples=30)
@given(st.lists(st.one_of(st.none(), st.text(max_size=12)), max_size=40))
def test_counts_agree_with_plain_python(values: list[str | None]) -> None:
    found = measured(*values)
    bare = [one.strip(" 　\t") for one in values if one is not None]
    assert found.rows == len(values)
    assert found.filled == sum(bool(one) for one in bare)
    assert found.distinct == len({one for one in bare if one})
    assert all(count >= 3 for _, count in found.codes)
