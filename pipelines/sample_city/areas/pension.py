"""国民年金 (026): the insured of the first kind, the kinds one after the other, and exemptions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import TODAY, YEAR, People, attained, day_number, padded
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
    pick,
    same,
    several,
)


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """One person in six between 20 and 59; one in three of them need not pay all."""
    here = people.present
    they = here.where((here.age(TODAY) >= 20) & (here.age(TODAY) < 60) & (here.draw("pension", 6) == 0))
    at_20, count = attained(they.birth, 20), len(they)
    gained = np.maximum(at_20 + 1, they.since)
    insured: Table = {
        "基礎年金番号": padded(1_000_000_000 + they.serial * 31 % 8_999_999_999, 10), "宛名番号": they.number,
        "種別": same("A", count), "取得日": gained, "喪失日": none(count),
        "付加": np.where(they.draw("pension more", 20) == 0, "1", "0"), "_at_20": at_20,
    }  # fmt: skip
    changed = (TODAY - gained > 3_000) & (they.draw("pension kind", 3) == 0)
    index, place = several(np.where(changed, 2, 1))
    newest = (place == 1) | ~changed[index]
    turn = gained[index] + 1_500
    history: Table = {
        "宛名番号": they.number[index], "履歴連番": padded(place + 1, 3), "種別": np.where(newest, "A", "C"),
        "該当日": np.where(place == 0, gained[index], turn),
        "非該当日": np.where(newest, forever(len(index)), turn - 1),
    }  # fmt: skip
    free = they.where((they.draw("exempt", 3) == 0) & (gained < day_number(YEAR, 7, 1)))
    exemption: Table = {
        "宛名番号": free.number, "免除年度": same(str(YEAR), len(free)),
        "免除区分": pick(("1", "1", "2", "3", "5"), free.draw("exemption", 500)),
        "免除開始日": np.full(len(free), day_number(YEAR, 7, 1)),
        "免除終了日": np.full(len(free), day_number(YEAR + 1, 6, 30)),
        "審査所得": free.draw("exempt income", 70) * 10_000, "承認日": np.full(len(free), day_number(YEAR, 9, 5)),
    }  # fmt: skip
    return {"pension": insured, "pension_history": history, "pension_exemption": exemption}


MODULE = AreaModule(
    "026", "国民年金", "国保年金課", rows,
    (
        Plant("ARE-026", "pension_exemption", "exemption", "免除開始日", every, add("免除開始日", (-31, -61)),
              note="7月より前に始まる免除期間"),
        Plant("ARE-026", "pension_history", "kind_history", "該当日", lambda t: t["履歴連番"] == "002",
              add("該当日", (40, -15)), 7, note="種別の履歴が途切れ、または重なる"),
        Plant("REF-008", "pension", "insured", "取得日", lambda t: t["取得日"] == t["_at_20"] + 1,
              add("取得日", (-400, -800)), 7, note="20歳になる前の第1号"),
        Plant("REF-008", "pension", "insured", "取得日", lambda t: t["取得日"] == t["_at_20"] + 1,
              lambda t, row, variant: {"取得日": t["_at_20"][row]}, 15, note="20歳の誕生日の前日に取得", planted=False),
        Plant("ARE-026", "pension_history", "kind_history", "該当日", lambda t: t["履歴連番"] == "002", as_it_is, 20,
              note="前の種別の翌日から", planted=False),
        Plant("REF-001", "pension_exemption", "exemption", "宛名番号", every, nobody("宛名番号", 26), 7),
    ),
    (
        Figure("国民年金被保険者調", "第1号被保険者数", "pension"),
        Figure("国民年金免除状況調", "免除件数", "pension_exemption"),
    ),
)  # fmt: skip
