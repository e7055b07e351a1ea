"""児童扶養手当 (020): single parents, the children they are paid for, and the payments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import YEAR_START, People, day_number
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
    nobody,
    none,
    same,
    several,
)
from pipelines.sample_city.calendar_dates import day
from pipelines.sample_city.population import CHILD, SPOUSE

_PAID = tuple(int(day_number(2025, month, 11)) for month in (5, 7, 9, 11))
_MONTHS = ("202505", "202507", "202509", "202511")


def children_of(people: People, below: int) -> tuple[People, Column]:
    """Children who are not yet ``below`` at the end of the fiscal year before, oldest first in each household, and the
    place of each among them.
    """
    here = people.present
    young = here.where((here.role == CHILD) & (here.age(YEAR_START - 1) < below) & (here.head != here.number)
                       & (here.head_birth < YEAR_START - 365 * 20))  # fmt: skip
    young = young.where(np.lexsort((young.birth, young.household)))
    starts = np.append(True, young.household[1:] != young.household[:-1])[: len(young)]
    return young, np.arange(len(young)) - np.maximum.accumulate(np.where(starts, np.arange(len(young)), 0))


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Households with children and no spouse of the head."""
    young, place = children_of(people, 18)
    couples = np.unique(people.household[people.role == SPOUSE])
    alone = ~np.isin(young.household, couples)
    young, place = young.where(alone), place[alone]
    heads = young.where(place == 0)
    number = np.asarray(np.strings.slice(young.head, 1, 9))
    counts = np.bincount(young.household, minlength=1)[heads.household]
    mine = number[place == 0]
    kind = np.array(["Z", "Z", "I", "T"])[heads.draw("single parent", 40) % 4]
    full = 46_690 + 11_030 * (counts - 1)
    amount = np.where(kind == "Z", full, np.where(kind == "I", full // 2 // 10 * 10, 0))
    begun = np.maximum(heads.since, day(2019, 4, 1))
    parent: Table = {
        "証書番号": mine, "宛名番号": heads.head, "認定日": begun, "支給区分": kind, "児童数": counts,
        "手当月額": amount,
        "所得額": heads.draw("single income", 190) * 10_000, "喪失日": none(len(heads)),
        "喪失事由": same("", len(heads)),
    }  # fmt: skip
    child: Table = {
        "証書番号": number, "児童番号": young.number, "続柄": same("01", len(young)),
        "開始日": np.maximum(young.birth, day(2019, 4, 1)), "終了日": none(len(young)),
        "障害区分": same("0", len(young)),
    }  # fmt: skip
    index, turn = several(np.where(amount > 0, 4, 0))
    payment: Table = {
        "証書番号": mine[index], "支給年月": np.array(_MONTHS)[turn], "支払日": np.array(_PAID)[turn],
        "支給額": amount[index] * 2, "支払区分": same("1", len(index)),
    }  # fmt: skip
    return {"single_parent": parent, "single_parent_child": child, "single_parent_pay": payment}


MODULE = AreaModule(
    "020", "児童扶養手当", "子育て支援課", rows,
    (
        Plant("ARE-020", "single_parent", "recipient", "手当月額", lambda t: t["支給区分"] == "Z",
              add("手当月額", (10, 5_000)), 7, note="児童数に合わない全部支給の月額"),
        Plant("ARE-020", "single_parent", "recipient", "手当月額", lambda t: t["支給区分"] != "Z", as_it_is, 20,
              note="一部支給・支給停止", planted=False),
        Plant("REF-001", "single_parent_child", "child", "児童番号", every, nobody("児童番号", 20), 7),
    ),
    (
        Figure("児童扶養手当受給者数調", "受給者数", "single_parent"),
        Figure("児童扶養手当支払調書", "支給額", "single_parent_pay", "支給額"),
    ),
)  # fmt: skip

