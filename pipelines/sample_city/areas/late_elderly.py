"""後期高齢者医療 (025): the insured, the share they pay year by year, the levy and its instalments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import (
    TODAY,
    YEAR,
    People,
    anniversary,
    day_number,
    months_until_year_end,
    padded,
)
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Figure,
    Plant,
    Table,
    Tables,
    add,
    as_it_is,
    every,
    forever,
    instalments,
    nobody,
    none,
    same,
    set_cells,
    several,
)
from pipelines.sample_city.calendar_dates import day

_DUE = tuple(int(day_number(YEAR, month, 31 if month != 14 else 28)) for month in (7, 8, 10, 12, 13, 15))
_START = day(2008, 4, 1)


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Everybody from the 75th birthday on."""
    here = people.present
    old = here.where((here.age(TODAY - 1) >= 75) & (anniversary(here.birth, 75) <= TODAY))
    count, number = len(old), padded(30_000_000 + old.serial * 7 % 60_000_000, 8)
    birthday = np.maximum(anniversary(old.birth, 75), _START)
    gained = np.maximum(birthday, old.since)
    insured: Table = {
        "被保険者番号": number, "宛名番号": old.number, "世帯番号": old.home, "取得日": gained,
        "取得事由": np.where(gained > birthday, "T", "N"), "喪失日": none(count), "喪失事由": same("", count),
        "_empty": old.empty_home(), "_alone": np.bincount(old.household)[old.household] == 1,
    }  # fmt: skip
    index, place = several(np.where(gained < day(2024, 8, 1), 2, 1))
    newest = (place == 1) | (gained[index] >= day(2024, 8, 1))
    income = old.draw("elderly income", 220)[index] * 10_000 + place * 30_000
    burden: Table = {
        "被保険者番号": number[index], "負担連番": padded(place + 1, 3),
        "適用開始日": np.where(newest, np.maximum(gained[index], day(2025, 8, 1)), np.maximum(gained[index],
                                                                                  day(2024, 8, 1))),
        "適用終了日": np.where(newest, forever(len(index)), day(2025, 7, 31)), "課税所得": income,
    }  # fmt: skip
    # One insured person with such an income makes it three tenths for all of the household.
    homes = np.unique(old.home[index][newest & (income >= 1_450_000)])
    beside = newest & np.isin(old.home[index], homes)
    burden["負担割合"] = np.where((income >= 1_450_000) | beside, "3", np.where(income >= 280_000, "2", "1"))
    burden["_beside"] = beside & (income < 1_450_000)
    burden["適用開始日"] = np.where(gained[index] >= day(2024, 8, 1), gained[index], burden["適用開始日"])
    months = months_until_year_end(gained)
    on_income = old.draw("elderly part", 700) * 150 * months // 12 // 100 * 100
    each = 53_000 * months // 12 // 100 * 100
    ordinary = old.draw("elderly ordinary", 4) == 0
    total = on_income + each
    levy: Table = {
        "通知書番号": padded(old.serial + 1, 8), "年度": same(str(YEAR), count), "被保険者番号": number,
        "宛名番号": old.number, "賦課月数": months, "所得割": on_income, "均等割": each, "年額保険料": total,
        "徴収方法": np.where(ordinary, "2", "1"), **instalments(total, np.full(count, 6), _DUE, "保険料", 100),
        **{f"期別({n}).{name}": column for n in (7, 8) for name, column in (
            ("期", same("", count)), ("納期限", none(count)), ("保険料", np.zeros(count, np.int64)))},
    }  # fmt: skip
    return {"elderly_insured": insured, "elderly_burden": burden, "elderly_levy": levy}


MODULE = AreaModule(
    "025", "後期高齢者医療", "国保年金課", rows,
    (
        Plant("ARE-025", "elderly_burden", "burden", "負担割合", lambda t: t["課税所得"] >= 1_450_000,
              lambda t, row, variant: {"負担割合": ("1", "2")[variant]}, note="課税所得に合わない負担割合"),
        Plant("REF-008", "elderly_insured", "insured", "取得日",
              lambda t: (t["取得事由"] == "N") & (t["取得日"] > _START),
              add("取得日", (-400, -900)), 7, note="75歳になる前の資格取得"),
        Plant("REF-012", "elderly_levy", "levy", "年額保険料", every, add("期別(1).保険料", (100, 1_000)), 7,
              note="期別の合計が年額より多い"),
        Plant("ARE-025", "elderly_burden", "burden", "負担割合", lambda t: t["_beside"], as_it_is, 20,
              note="世帯の別の被保険者が現役並み所得", planted=False),
        Plant("REF-008", "elderly_insured", "insured", "取得日", lambda t: t["取得事由"] == "N", as_it_is, 30,
              note="75歳の誕生日に取得", planted=False),
        Plant("HSE-003", "elderly_insured", "insured", "世帯番号", lambda t: (t["_empty"] != "") & t["_alone"],
              lambda t, row, variant: {"世帯番号": t["_empty"][row]}, 4, note="現存者のいない世帯"),
        Plant("REF-009", "elderly_levy", "levy", "賦課月数", lambda t: t["賦課月数"] == 12,
              set_cells(賦課月数=13), 6, note="資格のある月数より多い賦課"),
        Plant("REF-001", "elderly_insured", "insured", "宛名番号", every, nobody("宛名番号", 25), 7),
    ),
    (
        Figure("後期高齢者医療事業月報", "被保険者数", "elderly_insured"),
        Figure("後期高齢者医療保険料調定簿", "調定額", "elderly_levy", "年額保険料"),
    ),
)  # fmt: skip

