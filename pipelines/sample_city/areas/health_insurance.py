"""国民健康保険 (024): insured households and people, the levy of the household, each one's part."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import (
    YEAR,
    YEAR_END,
    People,
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
    forever,
    instalments,
    nobody,
    none,
    same,
    set_cells,
    several,
)
from pipelines.sample_city.calendar_dates import day

_DUE = tuple(int(day_number(YEAR, month, 28)) for month in range(7, 15))


_BEGUN = day(2018, 4, 1)


def _homes(they: People) -> tuple[Column, Column, Column]:
    """The first insured person of each household (index), each person's household, and since when it is insured."""
    order = np.append(True, they.household[1:] != they.household[:-1])[: len(they)]
    homes = they.where(np.flatnonzero(order))
    # Some came from an employer's insurance within the year: the levy counts their months.
    late = homes.draw("insured late", 6) == 0
    begun = np.where(late, day_number(YEAR, 4 + homes.draw("insured month", 9), 10), _BEGUN)
    return np.flatnonzero(order), np.cumsum(order) - 1, np.maximum(begun, homes.since)


def entitled(people: People) -> tuple[People, Column]:
    """Who is insured, and since when: one household in five, without those of 75 and more."""
    here = people.present
    they = here.where((here.age(YEAR_END) < 75) & (here.draw_home("insured", 5) == 0))
    _, home_of, begun = _homes(they)
    return they, np.maximum(np.maximum(begun[home_of], they.birth), they.since)


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """The households and people insured; some were insured once before."""
    they, gained = entitled(people)
    first, home_of, begun = _homes(they)
    homes = they.where(first)
    count, sign = len(homes), padded(homes.serial + 1, 10)
    household: Table = {
        "記号番号": sign, "世帯番号": homes.home, "世帯主番号": homes.head,
        "擬制": np.where(homes.head != homes.number, "1", "0"), "適用開始日": begun, "適用終了日": forever(count),
    }  # fmt: skip
    firms = others["011"]["corporation"]["宛名番号"] if "011" in others else np.empty(0, "U10")
    again = (they.draw("insured before", 12) == 0) & (gained > they.since + 2_000) & (gained > they.birth + 2_000)
    index, place = several(1 + again)
    newest = (place == 1) | ~again[index]
    member: Table = {
        "宛名番号": they.number[index], "資格連番": padded(place + 1, 3), "記号番号": sign[home_of][index],
        "枝番": padded(np.arange(len(they)) - first[home_of] + 1, 2)[index], "最新区分": np.where(newest, "1", "0"),
        "取得日": np.where(newest, gained[index], gained[index] - 1_500),
        "取得事由": np.where(newest & (gained[index] == they.birth[index]), "3", "2"),
        "喪失日": np.where(newest, none(len(index)), gained[index] - 700),
        "喪失事由": np.where(newest, "", "02"), "被保険者証回収": same("0", len(index)), "_firm": a_firm(firms, index),
    }  # fmt: skip
    months = months_until_year_end(gained)
    on_income = (they.draw("nhi income", 900) * 200) * months // 12 // 100 * 100
    each = 31_000 * months // 12 // 100 * 100
    own = np.bincount(home_of, weights=on_income + each, minlength=count).astype(np.int64)
    flat = 24_000 * months_until_year_end(begun) // 12 // 100 * 100
    total = own + flat
    levy: Table = {
        "通知書番号": padded(homes.serial + 1, 8), "年度": same(str(YEAR), count), "記号番号": sign,
        "納税義務者番号": homes.head, "平等割": flat, "年税額": total, "徴収方法": same("2", count),
        **instalments(total, np.full(count, 8), _DUE, "税額", 100),
    }  # fmt: skip
    part: Table = {
        "通知書番号": levy["通知書番号"][home_of], "年度": same(str(YEAR), len(they)), "宛名番号": they.number,
        "賦課月数": months, "所得割": on_income, "均等割": each,
    }  # fmt: skip
    return {"nhi_household": household, "nhi_member": member, "nhi_levy": levy, "nhi_person_levy": part}


MODULE = AreaModule(
    "024", "国民健康保険", "国保年金課", rows,
    (
        Plant("ARE-024", "nhi_person_levy", "person_levy", "賦課月数", lambda t: t["賦課月数"] > 2,
              add("賦課月数", (-1, -2)), note="資格のある月数と違う賦課月数"),
        Plant("REF-012", "nhi_levy", "levy", "年税額", lambda t: t["年税額"] > 30_000,
              add("期別(4).税額", (100, 2_000)), note="期別の合計が年税額より多い"),
        Plant("REF-006", "nhi_household", "nhi_household", "世帯番号", every, set_cells(世帯番号="9900000046"), 7),
        Plant("REF-006", "nhi_household", "nhi_household", "世帯番号", lambda t: np.arange(len(t["世帯番号"])) > 0,
              lambda t, row, variant: {"世帯番号": t["世帯番号"][row - 1]}, 7, note="世帯主が別の世帯にいる"),
        Plant("REF-001", "nhi_member", "nhi_member", "宛名番号", lambda t: t["最新区分"] == "0",
              nobody("宛名番号", 24), 7),
        Plant("REF-002", "nhi_member", "nhi_member", "宛名番号",
              lambda t: (t["最新区分"] == "0") & (t["_firm"] != ""),
              lambda t, row, variant: {"宛名番号": t["_firm"][row]}, 7, note="法人に国保の資格"),
        Plant("HSE-023", "nhi_member", "nhi_member", "取得日",
              lambda t: (t["最新区分"] == "1") & (t["取得日"] == _BEGUN), add("取得日", (4, 11)), 8,
              note="住民票の個別事項と違う取得日"),
        Plant("HSE-023", "nhi_member", "nhi_member", "取得日", lambda t: t["最新区分"] == "0", as_it_is, 30,
              note="前の資格は住民票に載らない", planted=False),
        Plant("REF-006", "nhi_household", "nhi_household", "世帯番号", lambda t: t["擬制"] == "1", as_it_is, 20,
              note="擬制世帯主", planted=False),
        Plant("ARE-024", "nhi_person_levy", "person_levy", "賦課月数", lambda t: t["賦課月数"] < 12, as_it_is, 20,
              note="年度の途中で取得", planted=False),
        Plant("REF-007", "nhi_member", "nhi_member", "喪失日", lambda t: t["最新区分"] == "0", as_it_is, 20,
              note="失った資格", planted=False),
    ),
    (
        Figure("国民健康保険事業月報", "被保険者数", "nhi_member", where=lambda t: t["最新区分"] == "1"),
        Figure("国民健康保険事業月報", "国保世帯数", "nhi_household"),
        Figure("国民健康保険税調定簿", "調定額", "nhi_levy", "年税額"),
    ),
)  # fmt: skip

