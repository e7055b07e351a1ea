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
    as_it_is,
    every,
    nobody,
    same,
    set_cells,
    several,
)
from pipelines.sample_city.calendar_dates import NONE, day, parts
from pipelines.sample_city.population import DEAD, EXTRACTED, LISTED

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
    """Japanese of 18 and more who have lived here for three months, and who was on the roll until they left or died."""
    here = people.where(~people.foreign & (people.age(_LAST) >= 18))
    listed, left = here.status == LISTED, here.gone
    here = here.where((_registration(here) <= _LAST) & (listed | (_registration(here) < left)))
    # Who has moved out stays on the roll for four months, marked; whose time ends between two exports is left out.
    year, month, of_month = parts(np.where(here.status == LISTED, 0, here.gone))
    struck = np.where(here.status == DEAD, here.gone, day_number(year, month + 4, np.minimum(of_month, 28)))
    stays = (here.status != LISTED) & (struck > EXTRACTED[-1])
    settled = (here.status == LISTED) | stays | (struck < EXTRACTED[0])
    here, struck, stays = here.where(settled), struck[settled], stays[settled]
    struck = np.where((here.status == LISTED) | stays, NONE, struck)
    dead = here.status == DEAD
    on, count = _registration(here), len(here)
    district = padded(here.serial % 24 + 1, 4)
    roll: Table = {
        "宛名番号": here.number, "名簿番号": padded(here.serial + 1, 8), "投票区": district,
        "頁": here.serial // 50 % 9_000 + 1, "登録日": on, "登録区分": same("T", count), "抹消日": struck,
        "抹消事由": np.where(struck == NONE, "", np.where(dead, "01", "03")), "表示区分": np.where(stays, "1", "0"),
        "_since": here.since, "_adult": attained(here.birth, 18),
    }  # fmt: skip
    moved = (here.status == LISTED) & (here.here > on) & (here.draw("district", 4) == 0)
    index, place = several(1 + moved)
    history: Table = {
        "宛名番号": here.number[index], "異動連番": padded(place + 1, 3),
        "異動日": np.where(place == 0, on[index], here.here[index]), "異動事由": np.where(place == 0, "01", "02"),
        "投票区": district[index],
    }  # fmt: skip
    voted = here.where((here.draw("voted", 100) < 54) & (on < _VOTE) & (here.status == LISTED))
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
              lambda t, row, variant: {"登録日": t["_adult"][row] - 30 - variant}, 7, note="18歳になる前の登録"),
        Plant("REF-008", "elector", "elector", "登録日", lambda t: t["_adult"] > t["_since"] + 400,
              lambda t, row, variant: {"登録日": t["_adult"][row]}, 15, note="18歳の誕生日の前日に登録", planted=False),
        Plant("REF-008", "elector", "elector", "登録日", lambda t: t["_adult"] > t["_since"] + 400,
              lambda t, row, variant: {"登録日": t["_adult"][row] - 12, "登録区分": "S"}, 15,
              note="選挙の期日までに18歳になる選挙時登録", planted=False),
        Plant("ARE-006", "elector", "elector", "登録日", lambda t: t["_since"] > t["_adult"] + 400, as_it_is, 30,
              note="3か月を過ぎた登録", planted=False),
        Plant("REF-007", "elector", "elector", "抹消日", lambda t: t["抹消事由"] == "01",
              set_cells(抹消日=NONE, 抹消事由=""), note="死亡した人が抹消されていない"),
        Plant("REF-007", "elector", "elector", "抹消日", lambda t: t["表示区分"] == "1", as_it_is, 20,
              note="転出後4か月の表示", planted=False),
        Plant("REF-007", "elector", "elector", "抹消日", lambda t: t["抹消事由"] == "01", as_it_is, 20,
              note="死亡により抹消", planted=False),
        Plant("REF-001", "ballot", "ballot", "宛名番号", every, nobody("宛名番号", 6), 7),
    ),
    (
        Figure("選挙人名簿登録者数調", "登録者数", "elector"),
        Figure("投票状況調", "投票者数", "ballot"),
    ),
)  # fmt: skip
