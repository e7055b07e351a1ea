"""生活保護 (021): households on relief, the people in them, and the grant of each month."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import TODAY, People, padded
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
    nobody,
    none,
    same,
    set_cells,
    several,
)
from pipelines.sample_city.population import HEAD

_MONTHS = ("202510", "202511", "202512", "202601")


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """One household in thirty is on relief; its head stands for the case."""
    here = people.present
    heads = here.where((here.role == HEAD) & (here.draw("relief", 30) == 0))
    count, number = len(heads), padded(heads.serial + 1, 7)
    begun = np.maximum(heads.since, TODAY - 300 - heads.draw("relief since", 3_000))
    old = heads.age(TODAY) >= 65
    case: Table = {
        "ケース番号": number, "世帯主番号": heads.number, "世帯番号": heads.home, "開始日": begun,
        "廃止日": none(count),
        "廃止事由": same("", count), "世帯類型": np.where(old, "K", "Z"), "担当員": padded(heads.serial % 12 + 1, 4),
        "_empty": heads.empty_home(),
    }  # fmt: skip
    members = here.where(np.isin(here.household, heads.household))
    case_of = np.searchsorted(heads.household, members.household)
    starts = np.append(True, members.household[1:] != members.household[:-1])[: len(members)]
    place = np.arange(len(members)) - np.maximum.accumulate(np.where(starts, np.arange(len(members)), 0))
    member: Table = {
        "ケース番号": number[case_of], "世帯員番号": padded(place + 1, 2), "宛名番号": members.number,
        "開始日": np.maximum(begun[case_of], members.birth), "終了日": forever(len(members)),
        "介護保険区分": np.where(members.age(TODAY) >= 65, "1", "0"),
    }  # fmt: skip
    size = np.bincount(case_of, minlength=count)
    index, turn = several(np.full(count, 4))
    living, housing = 62_000 + 31_000 * (size - 1), 29_000 + 6_000 * np.minimum(size, 4)
    schooling = np.where(size > 2, 4_200 * (size - 2), 0)
    more = heads.draw("relief more", 3) * 1_500
    need = living + housing + schooling + more
    income = np.where(old, 40_000 + heads.draw("relief income", 300) * 100, heads.draw("relief wage", 2) * 25_000)
    grant: Table = {
        "ケース番号": number[index], "支給年月": np.array(_MONTHS)[turn], "生活扶助": living[index],
        "住宅扶助": housing[index], "教育扶助": schooling[index], "その他扶助": more[index], "最低生活費": need[index],
        "収入充当額": income[index], "支給決定額": np.maximum(need - income, 0)[index],
    }  # fmt: skip
    return {"relief_case": case, "relief_member": member, "relief_grant": grant}


MODULE = AreaModule(
    "021", "生活保護", "福祉事務所保護課", rows,
    (
        Plant("ARE-021", "relief_grant", "relief_grant", "支給決定額", lambda t: t["支給決定額"] > 10_000,
              add("支給決定額", (1_000, -800)), note="最低生活費から収入充当額を引いた額でない支給額"),
        Plant("REF-006", "relief_case", "relief_case", "世帯番号", every, set_cells(世帯番号="9900000038"), 7),
        Plant("HSE-003", "relief_case", "relief_case", "世帯番号", lambda t: t["_empty"] != "",
              lambda t, row, variant: {"世帯番号": t["_empty"][row]}, 3, note="現存者のいない世帯"),
        Plant("ARE-021", "relief_grant", "relief_grant", "支給決定額", lambda t: t["支給決定額"] > 10_000, as_it_is, 20,
              note="収入充当額を引いた額", planted=False),
        Plant("REF-001", "relief_member", "relief_member", "宛名番号", every, nobody("宛名番号", 21), 7),
    ),
    (
        Figure("被保護者調査", "被保護世帯数", "relief_case"),
        Figure("被保護者調査", "被保護人員", "relief_member"),
        Figure("保護費支払調書", "支給額", "relief_grant", "支給決定額"),
    ),
)  # fmt: skip
