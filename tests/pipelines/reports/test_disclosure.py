from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.reports.disclosure import PERSONAL_NUMBER_TEXT, PROTECTED_TEXT, disclose, without_personal_numbers

NUMBER = "123456789018"


def shown(item: str | None, meaning: str, *, protected: bool = False, value: str | None = "値") -> str | None:
    row = pl.DataFrame(
        [{"item_path": item, "meaning": meaning, "protected": protected, "before": value, "candidate": None}],
        schema={
            "item_path": pl.String,
            "meaning": pl.String,
            "protected": pl.Boolean,
            "before": pl.String,
            "candidate": pl.String,
        },
    )
    out = disclose(row, ("before", "candidate"))
    assert out["candidate"].to_list() == [None]
    return out["before"].item()


@pytest.mark.parametrize(
    ("item", "meaning"),
    [
        ("住所_町字", "address.town"),
        ("転入前住所_方書", "previous_address.building"),
        ("本籍", "person.honseki"),
        ("町名", "none"),
        ("備考", "none"),
        ("謎の項目", ""),
        (None, ""),
    ],
)
def test_addresses_of_protected_people_and_what_might_be_one_are_hidden(item, meaning):
    assert shown(item, meaning, protected=True) == PROTECTED_TEXT
    assert shown(item, meaning) == "値"


def test_other_values_of_protected_people_are_shown():
    assert shown("氏名", "person.name", protected=True) == "値"
    assert shown("住所_町字", "address.town", protected=True, value=None) is None


@pytest.mark.parametrize(("item", "meaning"), [("個人番号", ""), ("番号", "person.my_number"), ("旧個人番号", "none")])
def test_personal_numbers_are_never_shown(item, meaning):
    assert shown(item, meaning) == PERSONAL_NUMBER_TEXT


@pytest.mark.parametrize("text", [NUMBER, f"本人 {NUMBER} です", "１２３４５６７８９０１８"])
def test_a_personal_number_in_a_remark_is_hidden(text):
    assert NUMBER not in without_personal_numbers(text)
    assert PERSONAL_NUMBER_TEXT in without_personal_numbers(text)
    assert shown("備考", "none", value=text) == without_personal_numbers(text)


@pytest.mark.parametrize("text", ["123456789012", f"9{NUMBER}", "000000000123456", "", "2026-05-29"])
def test_other_numbers_stay(text):
    assert without_personal_numbers(text) == text


@given(st.text(max_size=30))
def test_text_without_digits_stays(text):
    assert without_personal_numbers("".join(sign for sign in text if not sign.isdigit())) == "".join(
        sign for sign in text if not sign.isdigit()
    )


def test_whether_a_sheltered_place_is_anothers_is_not_told():
    text = "判断D7（別人）は失効: 住所が変わった；カナが一致・現住所が一致・方書は異なる／反証: 性別が相違"
    rows = pl.DataFrame({
        "item_path": ["宛名番号"] * 3, "meaning": ["person.number"] * 3, "protected": [True, False, True],
        "rule_id": ["DUP-003", "DUP-003", "HSE-008"], "before": ["1 / 9"] * 3, "evidence": [text] * 3,
    })
    pair, open_pair, other = disclose(rows, ("before", "evidence"))["evidence"]
    assert "住所が" not in pair
    assert "方書" not in pair
    for kept in ("判断D7", "カナが一致", "反証: 性別が相違"):
        assert kept in pair
    assert open_pair == other == text
