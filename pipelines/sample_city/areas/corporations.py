"""法人住民税 (011): corporations with a 宛名番号 of the tax office's own, their returns year by year, their offices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import People, anniversary, day_number, padded, spread
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Column,
    Figure,
    Plant,
    Table,
    Tables,
    add,
    as_it_is,
    every,
    forever,
    nobody,
    none,
    pick,
    same,
    set_cells,
    several,
)
from pipelines.sample_city.check_digits import with_check_digit
from pipelines.sample_city.population import WIDE

_NAMES = ("北海商店", "函館水産", "みほん工業", "大空運輸", "五稜郭食品", "港町印刷", "見本建設", "津軽観光")
_HALF = ("ﾎｯｶｲｼﾖｳﾃﾝ", "ﾊｺﾀﾞﾃｽｲｻﾝ", "ﾐﾎﾝｺｳｷﾞﾖｳ", "ｵｵｿﾞﾗｳﾝﾕ", "ｺﾞﾘﾖｳｶｸｼﾖｸﾋﾝ", "ﾐﾅﾄﾏﾁｲﾝｻﾂ", "ﾐﾎﾝｹﾝｾﾂ", "ﾂｶﾞﾙｶﾝｺｳ")
"""Their kana as the machine of the day wrote it: half-width, small letters large."""


def corporate_number(serial: Column) -> Column:
    """法人番号: twelve digits behind their check digit (9 less the sum by weights 1 and 2 from the right, modulo 9)."""
    body = 430_001_000_000 + serial
    total, rest = np.zeros(len(body), np.int64), body.copy()
    for place in range(12):
        rest, digit = np.divmod(rest, 10)
        total += digit * (1 + place % 2)
    return padded((9 - total % 9) * 10**12 + body, 13)


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """One corporation for every forty people; each has filed for one to four business years."""
    seed = people.where(people.serial % 40 == 0)
    serial, count = seed.serial // 40, len(seed)
    number = padded(with_check_digit(610_000_000 + serial * 3, 9), 10)
    month = spread(serial, "closing month", 12) + 1
    begun = day_number(1990 + spread(serial, "corporation", 30), month % 12 + 1, 1)
    # A name repeats in every city; the numeral tells branches of one house apart in the sheets people read.
    name = np.strings.add("株式会社", np.strings.add(pick(_NAMES, serial), WIDE[serial % 1000]))
    corporation: Table = {
        "宛名番号": number, "法人番号": corporate_number(serial), "商号": name,
        "商号カナ": pick(_HALF, serial), "町名": seed.town, "番地": seed.lot, "設立日": begun,
        "決算月": padded(month, 2), "資本金等": (1 + spread(serial, "capital", 90)) * 1_000_000,
        "均等割区分": pick(("1", "1", "2", "3"), serial), "閉鎖日": none(count),
    }  # fmt: skip
    index, place = several(1 + spread(serial, "business years", 4))
    times = np.bincount(index, minlength=count)
    last = day_number(2024, month % 12 + 1, 1)
    start = anniversary(last[index], place - times[index] + 1)
    tax = 100_000 + spread(serial[index] * 7 + place, "corporate tax", 900) * 10_000
    on_tax, flat = tax * 6 // 100 // 100 * 100, np.full(len(index), 50_000)
    midway = on_tax // 2 // 100 * 100
    returns: Table = {
        "宛名番号": number[index], "事業年度開始日": start, "事業年度終了日": anniversary(start, 1) - 1,
        "申告区分": same("K", len(index)), "申告日": anniversary(start, 1) + 55, "法人税額": tax, "法人税割額": on_tax,
        "均等割額": flat, "中間納付額": midway, "納付税額": on_tax + flat - midway, "_place": place,
        "_last": place == times[index] - 1,
    }  # fmt: skip
    index, place = several(1 + (serial % 5 == 0))
    office: Table = {
        "宛名番号": number[index], "事業所番号": padded(place + 1, 3),
        "事業所名": np.where(place == 0, "本店", "西支店"), "従業者数": 3 + spread(serial[index], "staff", 60),
        "開設日": begun[index], "廃止日": forever(len(index)),
    }  # fmt: skip
    return {"corporation": corporation, "corporation_return": returns, "office": office}


def _wrong(number: str, variant: int) -> str:
    """The number with another check digit."""
    return str((int(number[0]) + variant) % 9 + 1) + number[1:]


MODULE = AreaModule(
    "011", "法人住民税", "税務課", rows,
    (
        Plant("ARE-011", "corporation_return", "business_year", "事業年度開始日", lambda t: t["_place"] > 0,
              add("事業年度開始日", (30, -20)), note="事業年度が途切れ、または重なる"),
        Plant("REF-012", "corporation_return", "business_year", "納付税額", every,
              add("納付税額", (100, 500)), 7, note="税割・均等割・中間納付と合わない納付税額"),
        Plant("REF-002", "office", "office", "宛名番号", every, nobody("宛名番号", 16), 7,
              note="台帳にない法人の事業所"),
        Plant("REF-012", "corporation_return", "business_year", "納付税額", every, as_it_is, 20,
              note="中間納付を引いた額", planted=False),
        Plant("REF-002", "office", "office", "宛名番号", lambda t: t["事業所番号"] == "002", as_it_is, 20,
              note="支店", planted=False),
        Plant("ARE-011", "corporation_return", "business_year", "事業年度開始日", lambda t: t["_place"] > 0, as_it_is,
              20, note="前の事業年度の翌日から", planted=False),
        Plant("IDN-002", "corporation", "corporation", "法人番号", every,
              lambda t, row, variant: {"法人番号": _wrong(t["法人番号"][row], variant)}, note="検査用数字が合わない"),
        Plant("IDN-002", "corporation", "corporation", "法人番号", every, as_it_is, 30, note="正しい法人番号",
              planted=False),
        Plant("DUP-008", "corporation", "corporation", "宛名番号", every, as_it_is, 20, note="似た名の別の法人",
              planted=False),
        Plant("DUP-008", "corporation", "corporation", "宛名番号", lambda t: np.arange(len(t["法人番号"])) > 0,
              lambda t, row, variant: {"法人番号": t["法人番号"][row - 1]}, with_row=lambda t, row: row - 1,
              note="一つの法人番号に宛名が二つ"),
        Plant("ORG-001", "corporation", "corporation", "商号", every,
              lambda t, row, variant: {"商号": ("（株）北海商店", "北海商店（有）")[variant]}, 3, note="略記"),
        Plant("ORG-002", "corporation", "corporation", "商号", every, set_cells(商号="株式会社北海商店株式会社"), 2,
              note="前後の両方に種類"),
        Plant("ORG-003", "corporation", "corporation", "商号", every, set_cells(商号="医療法人社団桜会桜町病院"), 2,
              note="法人名と施設名"),
        Plant("ORG-005", "corporation", "corporation", "商号", every,
              lambda t, row, variant: {"商号": ("株式会社北海商店　代表取締役", "株式会社北海商店函館支店")[variant]},
              3, note="代表者・支店の混入"),
    ),
    (
        Figure("法人市民税調定簿", "法人数", "corporation"),
        Figure("法人市民税調定簿", "申告税額", "corporation_return", "納付税額"),
        Figure("法人市民税調定簿", "事業所数", "office"),
    ),
)  # fmt: skip
