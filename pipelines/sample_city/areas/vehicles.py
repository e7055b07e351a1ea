"""軽自動車税 (013): vehicles with their changes, and the levy on who held one on 1 April."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import TODAY, YEAR, YEAR_START, Flags, People, day_number, padded
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Figure,
    Plant,
    Table,
    Tables,
    Told,
    as_it_is,
    every,
    nobody,
    pick,
    same,
    several,
)
from pipelines.sample_city.calendar_dates import NONE

_KINDS = ("A1", "A2", "B1", "C1", "D1", "D1", "D1", "D2", "E1")
_WIDE_DIGITS = np.array([f"{i:03d}".translate({48 + d: 0xFF10 + d for d in range(10)}) for i in range(1_000)])
_TAX = {"A1": 2_000, "A2": 2_400, "B1": 3_600, "C1": 2_400, "D1": 10_800, "D2": 5_000, "E1": 6_000}


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """One adult in four holds a small vehicle; one in eight of them has given it up."""
    grown = people.known.where((people.known.age(TODAY) >= 20) & (people.known.draw("car", 4) == 0))
    count = len(grown)
    kind = pick(_KINDS, grown.draw("car kind", 900))
    begun = np.maximum(grown.since, TODAY - 300 - grown.draw("car since", 3_500))
    # 廃車 falls before or after the day of the levy, never on it.
    away = np.where(grown.draw("car gone", 8) == 0, YEAR_START - 200 + grown.draw("car end", 2) * 300, NONE)
    away = np.where(away > begun, away, NONE)
    number = padded(grown.serial + 1, 8)
    plate = np.strings.add("函館市", pick(("あ", "い", "う"), grown.serial))
    for unit in (1_000_000, 1_000, 1):
        plate = np.strings.add(plate, _WIDE_DIGITS[grown.serial // unit % 1_000])
    car = {
        "車両番号": number, "標識": plate, "納税義務者": grown.number, "使用者": grown.number, "車種": kind,
        "登録日": begun, "廃車日": away, "廃車事由": np.where(away != NONE, "1", ""),
        "初度検査年月": same("2015-04", count), "メモ": same("", count),
    }  # fmt: skip
    index, place = several(1 + (away != NONE))
    history = {
        "車両番号": number[index], "連番": padded(place + 1, 3),
        "異動日": np.where(place == 0, begun[index], away[index]),
        "異動事由": np.where(place == 0, "1", "3"), "納税義務者": grown.number[index],
    }  # fmt: skip
    held = (begun < YEAR_START) & ((away == NONE) | (away >= YEAR_START))
    size = int(held.sum())
    levy = {
        "通知書番号": padded(grown.serial[held] + 1, 8), "年度": same(str(YEAR), size), "車両番号": number[held],
        "納税義務者": grown.number[held], "賦課期日": np.full(size, YEAR_START),
        "納期限": np.full(size, day_number(YEAR, 6, 2)), "年税額": np.array([_TAX[k] for k in kind[held]], np.int64),
        "減免区分": np.where(grown.draw("car free", 60)[held] == 0, "1", "0"),
    }  # fmt: skip
    return {"vehicle": car, "vehicle_history": history, "vehicle_tax": levy}


def _in_use(table: Table) -> Flags:
    return np.asarray((table["廃車日"] == NONE) & (np.arange(len(table["廃車日"])) > 0))


def _above(table: Table) -> Flags:
    """Vehicles in use whose neighbour above is in use too."""
    here = table["廃車日"] == NONE
    return np.append(False, here[1:] & here[:-1])


MODULE = AreaModule(
    "013", "軽自動車税", "税務課", rows,
    (
        Plant("ARE-013", "vehicle", "vehicle", "廃車日",
              lambda t: _in_use(t) & (t["登録日"] < YEAR_START - 200),
              lambda t, row, variant: {"廃車日": YEAR_START - 30 - variant, "廃車事由": "1"},
              told=Told("013", "levy", "vehicle_tax", "賦課期日", ("車両番号",)),
              note="賦課期日より前に廃車した車両に課税"),
        Plant("REF-018", "vehicle", "vehicle", "標識", _above,
              lambda t, row, variant: {"標識": t["標識"][row - 1]}, with_row=lambda t, row: row - 1,
              note="同じ標識番号の車両が二台"),
        Plant("REF-018", "vehicle", "vehicle", "標識",
              lambda t: np.append(False, (t["廃車日"] != NONE)[1:] & (t["廃車日"] == NONE)[:-1]),
              lambda t, row, variant: {"標識": t["標識"][row - 1]}, 15, note="廃車した車両と同じ標識", planted=False),
        Plant("ARE-013", "vehicle_tax", "levy", "賦課期日", every, as_it_is, 30, note="賦課期日に持つ車両",
              planted=False),
        Plant("REF-001", "vehicle", "vehicle", "納税義務者", every, nobody("納税義務者", 13), 7),
    ),
    (
        Figure("軽自動車税課税台数調", "登録台数", "vehicle", where=lambda t: t["廃車日"] == NONE),
        Figure("軽自動車税調定簿", "調定額", "vehicle_tax", "年税額"),
    ),
)  # fmt: skip
