from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.jp import cn, in_

import rules
from rules.identifiers import (
    addressee_number,
    corporate_number,
    municipality_check_digit,
    my_number,
    my_number_in_text,
    residence_card,
)
from rules.identifiers.check_digits import (
    addressee_digit,
    corporate_digit,
    digits_of,
    disagrees,
    insurer_digit,
    municipality_digit,
    my_number_digit,
)
from rules.trial import bound, try_find

VECTORS = Path(rules.__file__).parents[2] / "shared/data/check_digit_vectors.csv"


def is_valid(kind: str, number: str) -> bool:
    digits = {
        "個人番号": lambda: disagrees("n", 12, my_number_digit),
        "法人番号": lambda: disagrees("n", 13, corporate_digit, first=True),
        "住民票コード(要確認)": lambda: disagrees("n", 11, addressee_digit),
        "全国地方公共団体コード": lambda: disagrees("n", 6, municipality_digit),
        "保険者番号(医療)": lambda: disagrees("n", 8, insurer_digit),
    }
    return not pl.DataFrame({"n": [number]}).select(digits[kind]())["n"][0]


@pytest.mark.skipif(not VECTORS.exists(), reason="../shared/data/check_digit_vectors.csv is not at hand")
def test_published_vectors() -> None:
    with VECTORS.open(encoding="utf-8", newline="") as file:
        vectors = list(csv.DictReader(file))
    checked = 0
    for vector in vectors:
        assert is_valid(vector["kind"], vector["number"]) == vector["expected"].startswith("valid"), vector["number"]
        checked += 1
    assert checked == 70


numbers = st.text("0123456789", min_size=12, max_size=12)


@given(st.lists(numbers, min_size=1, max_size=30))
def test_personal_numbers_agree_with_stdnum(values: list[str]) -> None:
    found = pl.DataFrame({"n": values}).select(disagrees("n", 12, my_number_digit))["n"].to_list()
    assert [not wrong for wrong in found] == [in_.is_valid(value) for value in values]


@given(st.lists(st.text("0123456789", min_size=13, max_size=13), min_size=1, max_size=30))
def test_corporate_numbers_agree_with_stdnum(values: list[str]) -> None:
    found = (
        pl.DataFrame({"n": values}).select(disagrees("n", 13, corporate_digit, first=True))["n"].to_list()
    )
    assert [not wrong for wrong in found] == [cn.is_valid(value) for value in values]


@given(st.text("0123456789", min_size=4, max_size=14))
def test_a_new_addressee_number_ends_with_its_check_digit(body: str) -> None:
    whole = body + str(addressee_digit(digits_of(pl.Series([body]), len(body)))[0])
    total = sum(int(d) * (2 + k % 6) for k, d in enumerate(reversed(body))) % 11
    assert whole[-1] == str(0 if total <= 1 else 11 - total)


@given(st.lists(st.none() | st.text(max_size=13), max_size=20))
def test_texts_that_are_no_numbers_are_no_wrong_check_digits(values: list[str | None]) -> None:
    frame = pl.DataFrame({"n": values}, schema={"n": pl.String})
    found = frame.select(disagrees("n", 12, my_number_digit))["n"].to_list()
    for value, wrong in zip(values, found, strict=True):
        if value is None or len(value) != 12 or not (value.isascii() and value.isdigit()):
            assert wrong is False


def test_personal_number_rule() -> None:
    number = bound("個人番号", "person.my_number")
    values = ["621498320257", "983205673214", "379474484458", "123456789018", None]
    assert try_find(my_number.find, {"個人番号": values}, number) == []
    wrong = ["621498320258", "983205673210", "62149832025", "６２１４９８３２０２５７", "62149832025X"]
    assert [reason for _, reason, _ in try_find(my_number.find, {"個人番号": wrong}, number)] == [
        "check_digit",
        "check_digit",
        "format",
        "format",
        "format",
    ]


def test_corporate_number_rule_cannot_see_0_and_9_exchanged() -> None:
    number = bound("法人番号", "person.corporate_number")
    values = ["7000012050002", "8000012010038", "4011001098993", "7123456789012", "7999912959992"]
    assert try_find(corporate_number.find, {"法人番号": values}, number) == []


def test_municipality_codes_of_every_address_are_checked() -> None:
    here = bound("住所", "address.municipality_code")
    there = bound("転入前", "previous_address.municipality_code")
    columns = {"住所": ["131016", "131017"], "転入前": ["261009", "261008"]}
    found = try_find(municipality_check_digit.find, columns, here, there)
    assert [before for before, _, _ in found] == ["131017", "261008"]


def test_addressee_numbers_are_noticed_only_in_a_source_that_has_check_digits() -> None:
    number = bound("宛名番号", "person.number")
    bodies = [f"{k:09d}" for k in range(1, 40)]
    checks = addressee_digit(digits_of(pl.Series(bodies), 9))
    right = [f"{body}{check}" for body, check in zip(bodies, checks, strict=True)]
    wrong = right[3][:-1] + str((int(right[3][-1]) + 1) % 10)
    assert try_find(addressee_number.find, {"宛名番号": right}, number) == []
    assert [b for b, _, _ in try_find(addressee_number.find, {"宛名番号": [*right, wrong]}, number)] == [
        wrong
    ]
    assert try_find(addressee_number.find, {"宛名番号": [body + "0" for body in bodies]}, number) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("621498320257", True), ("番号:621498320257。", True), ("6214 9832 0257", True),
     ("６２１４９８３２０２５７", True),
     ("621498320258", False), ("6214983202570", False), ("1621498320257", False), ("2026-04-01 090-1234-5678", False),
     ("", False), (None, False)],
)  # fmt: skip
def test_personal_numbers_in_remarks(text: str | None, found: bool) -> None:
    note = bound("備考", "none")
    assert try_find(my_number_in_text.find, {"備考": [text, "x"]}, note) == [(None, "my_number", None)] * found


@pytest.mark.parametrize(
    ("card", "right"), [("AB12345678CD", True), ("ＡＢ12345678CD", False), ("AB12345678CD\n", False)]
)
def test_residence_cards(card: str, right: bool) -> None:
    item = bound("番号", "person.residence_card")
    assert bool(try_find(residence_card.find, {"番号": [card]}, item)) != right
