"""児童手当 (027): who is paid for which child, and what was paid."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import People, day_number, padded
from pipelines.sample_city.areas.single_parents import children_of
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Figure,
    Plant,
    Table,
    Tables,
    add,
    as_it_is,
    every,
    nobody,
    none,
    same,
    several,
)
from pipelines.sample_city.calendar_dates import day, parts

_MONTHS = ("2025-08", "2025-10", "2025-12")
_PAID = tuple(int(day_number(2025, month, 10)) for month in (8, 10, 12))


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """All children up to the fiscal year of their 18th birthday; the head of the household is paid."""
    young, place = children_of(people, 18)
    young, place = young.where(young.birth < day(2025, 6, 1)), place[young.birth < day(2025, 6, 1)]
    number = np.asarray(np.strings.slice(young.head, 1, 9))
    heads = young.where(place == 0)
    begun = np.maximum(heads.birth, heads.since) + 10
    recipient: Table = {
        "認定番号": number[place == 0], "受給者番号": heads.head, "認定日": begun, "受給者区分": same("M", len(heads)),
        "消滅日": none(len(heads)), "消滅事由": same("", len(heads)),
    }  # fmt: skip
    amount = np.where(place >= 2, 30_000, np.where(young.age(day(2025, 12, 31)) < 3, 15_000, 10_000))
    year, month, _ = parts(np.maximum(young.birth, day(2015, 4, 1)))
    since = np.strings.add(np.strings.add(padded(year, 4), "-"), padded(month, 2))
    child: Table = {
        "認定番号": number, "児童番号": young.number, "出生順位": place + 1, "同居区分": same("1", len(young)),
        "支給開始年月": since, "手当月額": amount,
    }  # fmt: skip
    index, turn = several(np.full(len(young), 3))
    payment: Table = {
        "認定番号": number[index], "児童番号": young.number[index], "支給年月": np.array(_MONTHS)[turn],
        "支払日": np.array(_PAID)[turn], "支給額": amount[index] * 2,
    }  # fmt: skip
    return {"child_allowance": recipient, "child_allowance_child": child, "child_allowance_pay": payment}


MODULE = AreaModule(
    "027", "児童手当", "子育て支援課", rows,
    (
        Plant("ARE-027", "child_allowance_child", "child", "手当月額", every, add("手当月額", (4_000, 2_000)), 7,
              note="年齢と出生順位に合わない手当月額"),
        Plant("ARE-027", "child_allowance_child", "child", "手当月額", lambda t: t["手当月額"] != 10_000, as_it_is, 20,
              note="3歳未満・第3子以降", planted=False),
        Plant("REF-001", "child_allowance", "recipient", "受給者番号", every, nobody("受給者番号", 27), 7),
    ),
    (
        Figure("児童手当受給者数調", "受給者数", "child_allowance"),
        Figure("児童手当受給者数調", "支給対象児童数", "child_allowance_child"),
        Figure("児童手当支払調書", "支給額", "child_allowance_pay", "支給額"),
    ),
)  # fmt: skip
