"""選挙人名簿 (006): who is registered since when, changes of the register, and who voted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import People, attained, day_number, padded
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Figure,
    Plant,
    Table,
    Tables,
    every,
    nobody,
    none,
    same,
    several,
)
from pipelines.sample_city.calendar_dates import day, parts

_LAST = day(2025, 12, 1)
"""The last 定時登録 before the export."""
_VOTE = day(2025, 7, 20)


def _registration(people: People) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The first 定時登録 (1 March, June, September, December) after 18 years of age and three months' residence."""
    year, month, of_month = parts(people.since)
    three_months = day_number(year, month + 3, of_month)
    year, month, of_month = parts(np.maximum(attained(people.birth, 18), three_months + 2) - 1)
    return day_number(year, (month + 2) // 3 * 3 + np.where(month % 3 == 0, 3, 0), 1)


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Japanese residents of 18 and more who have lived here for three months."""
    here = people.present.where(~people.present.foreign & (people.present.age(_LAST) >= 18))
    here = here.where(_registration(here) <= _LAST)
    on, count = _registration(here), len(here)
    district = padded(here.serial % 24 + 1, 4)
    roll: Table = {
        "宛名番号": here.number, "名簿番号": padded(here.serial + 1, 8), "投票区": district,
        "頁": here.serial // 50 % 9_000 + 1, "登録日": on, "登録区分": same("T", count), "抹消日": none(count),
        "抹消事由": same("", count), "表示区分": same("0", count),
        "_since": here.since, "_adult": attained(here.birth, 18),
    }  # fmt: skip
    moved = (here.here > on) & (here.draw("district", 4) == 0)
    index, place = several(1 + moved)
    history: Table = {
        "宛名番号": here.number[index], "異動連番": padded(place + 1, 3),
        "異動日": np.where(place == 0, on[index], here.here[index]), "異動事由": np.where(place == 0, "01", "02"),
        "投票区": district[index],
    }  # fmt: skip
    voted = here.where((here.draw("voted", 100) < 54) & (on < _VOTE))
    ballot: Table = {
        "選挙コード": same("R07072", len(voted)), "宛名番号": voted.number,
        "投票区分": np.where(voted.draw("early", 3) == 0, "2", "1"),
        "投票日": _VOTE - np.where(voted.draw("early", 3) == 0, voted.draw("early day", 9) + 1, 0),
        "投票所": padded(voted.serial % 24 + 1, 4),
    }  # fmt: skip
    return {"elector": roll, "elector_history": history, "ballot": ballot}


MODULE = AreaModule(
    "006", "選挙人名簿管理", "選挙管理委員会事務局", rows,
    (
        Plant("ARE-006", "elector", "elector", "登録日", lambda t: t["_since"] > t["_adult"] + 400,
              lambda t, row, variant: {"登録日": t["_since"][row] + 40 + variant},
              note="住民となって3か月に満たない登録"),
        Plant("REF-008", "elector", "elector", "登録日", lambda t: t["_adult"] > t["_since"] + 400,
              lambda t, row, variant: {"登録日": t["_adult"][row] - 30 - variant}, 2, note="18歳になる前の登録"),
        Plant("REF-001", "ballot", "ballot", "宛名番号", every, nobody("宛名番号", 6), 2),
    ),
    (
        Figure("選挙人名簿登録者数調", "登録者数", "elector"),
        Figure("投票状況調", "投票者数", "ballot"),
    ),
)  # fmt: skip
