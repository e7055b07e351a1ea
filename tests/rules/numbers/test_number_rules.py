from __future__ import annotations

import pytest

from rules.numbers import leading_zeros, overflow
from rules.trial import bound, try_find


@pytest.mark.parametrize(
    ("value", "too_long"),
    [("999", False), ("0000999", False), ("1000", True), ("-999", False), ("-1000", True), ("", False), (None, False),
     ("12A4", False), ("1.5", True), ("1.0", False)],
)  # fmt: skip
def test_whole_numbers(value: str | None, too_long: bool) -> None:
    item = bound("番号", "person.history_number", type="9", length=3)
    assert bool(try_find(overflow.find, {"番号": [value]}, item)) == too_long


@pytest.mark.parametrize(
    ("value", "too_long"), [("123.45", False), ("1234.5", True), ("1.255", True), ("1.250", False)]
)
def test_decimals(value: str, too_long: bool) -> None:
    item = bound("率", "person.history_number", type="9V", length=5, scale=2)
    assert bool(try_find(overflow.find, {"率": [value]}, item)) == too_long


def test_texts_and_unbounded_items_are_not_measured() -> None:
    text = bound("宛名番号", "person.number", type="X", length=3)
    open_ = bound("番号", "person.history_number", type="9")
    assert try_find(overflow.find, {"宛名番号": ["123456"], "番号": ["123456"]}, text, open_) == []


def test_short_codes_are_found_and_filled_up_only_where_the_definition_says_how() -> None:
    code = bound("市区町村コード", "address.municipality_code")
    columns = {"市区町村コード": ["12025", "1202", "012025", "10006", "０１２０２"]}
    assert try_find(leading_zeros.find, columns, code) == [
        ("12025", "short", None), ("1202", "short", None), ("10006", "short", None)
    ]  # fmt: skip
    found = try_find(
        leading_zeros.find, columns, code, params={"municipality_code_form": "without_check_digit"}
    )
    assert [candidate for _, _, candidate in found] == ["120251", "012025", "100064"]


def test_postal_codes_of_six_digits_have_lost_a_zero() -> None:
    postal = bound("郵便番号", "address.postal_code")
    assert try_find(leading_zeros.find, {"郵便番号": ["600001", "0600001", "060"]}, postal) == [
        ("600001", "short", None)
    ]
