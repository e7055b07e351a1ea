"""Persons of the register who have a second number among 住登外, written as other departments would write them; and
people who look like them and are others: twins, namesakes.
"""

from __future__ import annotations

import numpy as np

from pipelines.sample_city.addressees import AREA, GROUP, SOURCE, Addressee
from pipelines.sample_city.check_digits import with_check_digit
from pipelines.sample_city.desk import Desk, mask
from pipelines.sample_city.outsiders import ALL, Flags, calm, grown_up, kept_copy, pair, take
from pipelines.sample_city.population import MOVED_OUT
from pipelines.sample_city.truth import TruthRow

_FIRST = 600_000_000
_VARIANTS = str.maketrans("辺斎高崎浜沢桜広", "邉齋髙﨑濱澤櫻廣")


def choose_second_numbers(desk: Desk, used: Flags, copies: list[Addressee]) -> None:
    """Add the second numbers of a chunk, and those who only look like one."""
    people, rows = desk.people, desk.rows
    first, last = people["first_row"], people["last_row"]
    present = mask(grown_up(desk) & (rows["方書"][last] == ""))
    for person in take(present, used, 8):
        copy = _second(desk, person, desk.last(person), copies)
        copy.cells["氏名"] = copy.cells["氏名"].translate(_VARIANTS)
        copy.cells["氏"] = copy.cells["氏"].translate(_VARIANTS)
        _plant(desk, copy, person, "DUP-003", "字体が違う同じ人")
    other_place = (rows["町名"][first] != rows["町名"][last]) | (rows["番地"][first] != rows["番地"][last])
    moved = mask(present & (last > first) & other_place & (rows["方書"][first] == ""))
    for person in take(moved, used, 6):
        _plant(desk, _second(desk, person, desk.first(person), copies), person, "DUP-004", "前に住んでいた住所")
    left = mask(calm(desk) & (people["status"] == MOVED_OUT) & ~people["foreign"])
    for person in take(left, used, 5):
        copy = _second(desk, person, desk.last(person), copies)
        own = ("転出先市区町村コード", "転出先都道府県", "転出先市区町村", "転出先町名", "転出先番地")
        columns = ("市区町村コード", "都道府県", "市区町村", "町字", "番地")
        row = desk.last(person)
        copy.cells.update({column: desk.value(row, item) for column, item in zip(columns, own, strict=True)})
        copy.cells.update({"方書": "", "郵便番号": ""})
        _plant(desk, copy, person, "DUP-004", "転出者に住登外の新しい番号")
    for person in take(present, used, 5):
        copy = _second(desk, person, desk.last(person), copies)
        copy.cells["生年月日"] = one_digit_off(copy.cells["生年月日"])
        _plant(desk, copy, person, "DUP-005", "生年月日が1桁違う")
    for person in take(present, used, 6):
        copy = _second(desk, person, desk.last(person), copies)
        woman = copy.cells["性別"] == "2"
        given, kana = ("双葉", "フタバ") if woman else ("双一", "ソウイチ")
        copy.cells.update({
            "氏名": f"{copy.cells['氏']}\u3000{given}", "名": given,
            "フリガナ": copy.cells["フリガナ"].split("\u3000")[0] + "\u3000" + kana,
        })  # fmt: skip
        _plant(desk, copy, person, "DUP-006", "同じ日に生れた別人", action="NONE")
        for rule in ("DUP-003", "DUP-004", "DUP-005"):
            _oddity(desk, copy, person, rule, "双子は別人")
    for person in take(present, used, 6):
        copy = _second(desk, person, desk.last(person), copies)
        year = copy.cells["生年月日"]
        copy.cells["生年月日"] = f"{int(year[:4]) - 13}/07/2{int(year[9])}"
        copy.cells["番地"] = "９８番地"
        for rule in ("DUP-003", "DUP-004", "DUP-005", "DUP-006"):
            _oddity(desk, copy, person, rule, "同姓同名の別人")


def one_digit_off(date: str) -> str:
    """A date (YYYY-MM-DD) that differs in one digit of its day, and is a day of the calendar as well."""
    tens, ones = date[8], date[9]
    if tens != "3":
        return f"{date[:9]}{'1' if ones != '1' else '2'}"
    if ones == "1":
        return f"{date[:9]}0"
    return f"{date[:9]}1" if date[5:7] in ("01", "03", "05", "07", "08", "10", "12") else f"{date[:8]}20"


def _second(desk: Desk, person: int, row: int, copies: list[Addressee]) -> Addressee:
    copy = kept_copy(desk, person, row)
    number = int(with_check_digit(np.array([_FIRST + len(copies) * 3]), 9)[0])
    copy.cells["宛名番号"] = f"{number:010d}"
    copies.append(copy)
    return copy


def _plant(
    desk: Desk,
    copy: Addressee,
    person: int,
    rule: str,
    note: str,
    also_ok: tuple[str, ...] = (),
    action: str = "REVIEW",
) -> None:
    row = TruthRow(
        AREA, GROUP, SOURCE, pair(desk, copy, person), "宛名番号", "宛名番号", rule, action, also_ok=also_ok, note=note
    )
    copy.truth.append((row, ALL))


def _oddity(desk: Desk, copy: Addressee, person: int, rule: str, note: str) -> None:
    row = TruthRow(
        AREA, GROUP, SOURCE, pair(desk, copy, person), "宛名番号", "宛名番号", rule, "NONE", planted=False, note=note
    )
    copy.truth.append((row, ALL))
