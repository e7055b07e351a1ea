"""介護保険 (023): the insured, their certifications one after the other, the levy and its instalments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import (
    TODAY,
    YEAR,
    YEAR_START,
    People,
    anniversary,
    attained,
    day_number,
    months_until_year_end,
    padded,
)
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Column,
    Figure,
    Plant,
    Table,
    Tables,
    a_firm,
    add,
    as_it_is,
    every,
    instalments,
    joined,
    nobody,
    none,
    pick,
    same,
    set_cells,
    several,
)
from pipelines.sample_city.calendar_dates import NONE
from pipelines.sample_city.population import DEAD, LISTED

_DUE = tuple(int(day_number(YEAR, month, 28)) for month in range(6, 16))
_STEPS = np.array([0.3, 0.5, 0.7, 0.9, 1.0, 1.2, 1.3, 1.5, 1.7, 1.9, 2.1, 2.3, 2.4])
_BASE = 72_000
"""Yen a year of the base step (第5段階)."""


def entitled(people: People) -> tuple[People, Column]:
    """Who is insured, and since when: everybody of 65 and more."""
    old = people.present.where(people.present.age(YEAR_START) >= 65)
    return old, np.maximum(attained(old.birth, 65), old.since)


def _lost(people: People) -> tuple[People, Column, Column]:
    """Who was insured and has died (lost the day after) or gone into a home elsewhere (住所地特例: not lost)."""
    gone = people.where((people.status != LISTED) & (people.age(YEAR_START) >= 65))
    gone = gone.where(np.maximum(attained(gone.birth, 65), gone.since) < np.minimum(gone.gone, YEAR_START))
    gone = gone.where((gone.status == DEAD) | (gone.draw("care elsewhere", 4) == 0))
    return gone, np.maximum(attained(gone.birth, 65), gone.since), gone.status != DEAD


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Who is insured, and who was; a third of those over 75 are certified."""
    old, gained = entitled(people)
    count = len(old)
    insured = padded(old.serial + 1_000_000, 10)
    at_65 = attained(old.birth, 65)
    step, ordinary = old.draw("care step", 13), old.draw("care ordinary", 10) == 0
    months = months_until_year_end(gained)
    firms = others["011"]["corporation"]["宛名番号"] if "011" in others else np.empty(0, "U10")
    amount = (_BASE * _STEPS[step] * months / 12 // 100 * 100).astype(np.int64)
    return {
        "care_insured": joined([{
            "被保険者番号": insured, "宛名番号": old.number, "世帯番号": old.home, "被保険者区分": same("A", count),
            "資格取得日": gained, "取得事由": np.where(gained > at_65, "02", "01"), "資格喪失日": none(count),
            "喪失事由": same("", count), "住所地特例": same("0", count), "備考欄": same("", count),
            "_empty": old.empty_home(), "_firm": a_firm(firms, old.serial), "_here": np.ones(count, bool),
        }, _insured_before(people)]),
        "care_certification": _certifications(old, insured, gained),
        "care_levy": {
            "通知書番号": padded(old.serial + 1, 8), "年度": same(str(YEAR), count), "被保険者番号": insured,
            "宛名番号": old.number, "保険料段階": padded(step + 1, 2), "賦課月数": months,
            "徴収方法": np.where(ordinary, "2", "1"), "年額保険料": amount,
            **instalments(amount, np.where(ordinary, 10, 6), _DUE, "保険料", 100),
        },
    }  # fmt: skip


def _insured_before(people: People) -> Table:
    gone, gained, elsewhere = _lost(people)
    count = len(gone)
    return {
        "被保険者番号": padded(gone.serial + 1_000_000, 10), "宛名番号": gone.number, "世帯番号": gone.home,
        "被保険者区分": same("A", count), "資格取得日": gained,
        "取得事由": np.where(gained > attained(gone.birth, 65), "02", "01"),
        "資格喪失日": np.where(elsewhere, NONE, gone.gone + 1), "喪失事由": np.where(elsewhere, "", "02"),
        "住所地特例": np.where(elsewhere, "1", "0"), "備考欄": same("", count), "_empty": same("", count),
        "_firm": same("", count), "_here": np.zeros(count, bool),
    }  # fmt: skip


def _certifications(old: People, insured: Column, gained: Column) -> Table:
    needed = np.where(old.age(TODAY) >= 75, old.draw("care needed", 3) == 0, old.draw("care needed", 20) == 0)
    times = np.where(needed, 1 + old.draw("care times", 3), 0)
    newest = day_number(2024, 1 + old.draw("care month", 12), 1)
    index, place = several(times)
    start = anniversary(newest[index], 2 * (place - times[index] + 1))
    kept = start > gained[index]
    index, start = index[kept], start[kept]
    _, position = several(np.bincount(index, minlength=len(old)))
    last = start == newest[index]
    end = anniversary(start, np.where(last, 3, 2)) - 1
    return {
        "被保険者番号": insured[index], "認定連番": position + 1, "宛名番号": old.number[index],
        "申請区分": np.where(position == 0, "1", "2"), "申請日": start - 20, "認定日": start - 2,
        "要介護度": pick(("1", "2", "3", "3", "4", "5", "6", "7"), old.draw("care level", 64)[index] + position),
        "有効開始日": start, "有効終了日": end, "取消区分": same("0", len(index)),
        "_single": np.bincount(index, minlength=len(old))[index] == 1,
    }  # fmt: skip


MODULE = AreaModule(
    "023", "介護保険", "介護保険課", rows,
    (
        Plant("IDN-010", "care_insured", "insured", "被保険者番号", lambda t: ~t["_here"],
              lambda t, row, variant: {"被保険者番号": ("", "H")[variant] + t["被保険者番号"][row][1:]},
              note="先頭のゼロを失った被保険者番号"),
        Plant("ARE-023", "care_certification", "certification", "有効開始日", lambda t: t["認定連番"] > 1,
              add("有効開始日", (31, -12)), note="有効期間が途切れ、または重なる"),
        Plant("REF-001", "care_insured", "insured", "宛名番号", every, nobody("宛名番号", 23), 7),
        Plant("REF-006", "care_insured", "insured", "世帯番号", every, set_cells(世帯番号="9900000020"), 7),
        Plant("REF-008", "care_insured", "insured", "資格取得日", lambda t: t["取得事由"] == "01",
              add("資格取得日", (-800, -500)), note="65歳になる前の資格取得", also_ok=("HSE-023",)),
        Plant("REF-007", "care_insured", "insured", "資格喪失日", lambda t: t["喪失事由"] == "02",
              set_cells(資格喪失日=NONE, 喪失事由=""), 8, note="死亡した人に資格がある"),
        Plant("REF-002", "care_insured", "insured", "宛名番号", lambda t: t["_here"] & (t["_firm"] != ""),
              lambda t, row, variant: {"宛名番号": t["_firm"][row]}, 7, note="法人に介護の資格"),
        Plant("HSE-003", "care_insured", "insured", "世帯番号", lambda t: t["_empty"] != "",
              lambda t, row, variant: {"世帯番号": t["_empty"][row]}, 8, note="現存者のいない世帯"),
        Plant("HSE-023", "care_insured", "insured", "資格取得日",
              lambda t: t["_here"] & (t["資格取得日"] < YEAR_START - 400), add("資格取得日", (7, 40)), 7,
              note="住民票の個別事項と違う取得日"),
        Plant("REF-007", "care_insured", "insured", "資格喪失日", lambda t: t["住所地特例"] == "1", as_it_is, 20,
              note="住所地特例", planted=False),
        Plant("REF-007", "care_insured", "insured", "資格喪失日", lambda t: t["喪失事由"] == "02", as_it_is, 20,
              note="死亡の翌日に失った資格", planted=False),
        Plant("IDN-010", "care_insured", "insured", "被保険者番号", lambda t: t["_here"], as_it_is, 30,
              note="ゼロで始まる10桁", planted=False),
        Plant("HSE-003", "care_insured", "insured", "世帯番号", every, as_it_is, 30, note="誰かが住む世帯",
              planted=False),
        Plant("REF-008", "care_insured", "insured", "資格取得日", lambda t: t["取得事由"] == "01", as_it_is, 30,
              note="65歳の誕生日の前日に取得", planted=False),
        Plant("HSE-023", "care_insured", "insured", "資格取得日", lambda t: ~t["_here"], as_it_is, 20,
              note="転出・死亡した人の住民票に個別事項がない", planted=False),
        Plant("ARE-023", "care_certification", "certification", "有効開始日", lambda t: t["_single"],
              set_cells(取消区分="1"), 10, note="取り消された認定", planted=False),
        Plant("ARE-023", "care_certification", "certification", "有効開始日", lambda t: t["認定連番"] > 1, as_it_is,
              20, note="前の認定の翌日から", planted=False),
        Plant("REF-009", "care_levy", "levy", "賦課月数", lambda t: t["賦課月数"] < 12, as_it_is, 20,
              note="年度の途中で取得", planted=False),
        Plant("REF-012", "care_levy", "levy", "年額保険料", lambda t: t["年額保険料"] > 20_000, as_it_is, 30,
              note="端数は第1期", planted=False),
        Plant("REF-009", "care_levy", "levy", "賦課月数", lambda t: t["賦課月数"] < 11,
              add("賦課月数", (1, 1)), 7, note="資格のある月数より多い賦課"),
        Plant("REF-012", "care_levy", "levy", "年額保険料", lambda t: t["年額保険料"] > 20_000,
              add("期別(2).保険料", (100, 300)), note="期別の合計が年額より多い"),
    ),
    (
        Figure("介護保険被保険者数調", "第1号被保険者数", "care_insured"),
        Figure("要介護認定者数調", "有効な認定件数", "care_certification", where=lambda t: t["有効終了日"] >= TODAY),
        Figure("介護保険料調定簿", "調定額", "care_levy", "年額保険料"),
    ),
)  # fmt: skip
