"""健康管理 (019): who is in the health register, vaccinations dose by dose, and screenings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import TODAY, YEAR_END, YEAR_START, People, padded
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
    pick,
    same,
    set_cells,
    several,
)

_VACCINES = ("5KN", "PCV", "MRV")
_DOSES = {"5KN": 4, "PCV": 4, "MRV": 2}


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Infants with their vaccinations; adults of 40 and more who came to a screening."""
    here = people.present
    infant = here.where((here.age(TODAY) < 6) & (here.birth < TODAY - 400))
    screened = here.where((here.age(YEAR_START) >= 40) & (here.draw("screened", 4) == 0))
    old = screened.age(TODAY) >= 65
    count = len(infant) + len(screened)
    subject: Table = {
        "健康管理番号": padded(np.concatenate([infant.serial, screened.serial]) + 1, 8),
        "住民番号": np.concatenate([infant.number, screened.number]),
        "対象区分": np.concatenate([same("1", len(infant)), np.where(old, "3", "2")]),
        "登録日": np.concatenate([infant.birth + 14, np.full(len(screened), YEAR_START)]),
        "同意フラグ": same("1", count),
    }  # fmt: skip
    doses = np.array([_DOSES[v] for v in _VACCINES])
    index, place = several(np.full(len(infant), int(doses.sum())))
    vaccine = np.repeat(np.arange(3), doses)[place % int(doses.sum())]
    dose = place - np.concatenate([[0], np.cumsum(doses)])[vaccine] + 1
    first = np.where(vaccine == 2, 370, 65)
    given = infant.birth[index] + first + (dose - 1) * 30 + infant.draw("vaccine day", 9)[index]
    past = given < TODAY - 30
    index, vaccine, dose, given = index[past], vaccine[past], dose[past], given[past]
    shots: Table = {
        "住民番号": infant.number[index], "接種種別": np.array(_VACCINES)[vaccine], "回数": padded(dose, 2),
        "接種日": given, "医療機関": padded(114_000_001 + infant.serial[index] % 40, 10),
        "ロット": np.strings.add("LOT", padded(given % 997, 4)), "公費負担額": np.full(len(index), 11_000),
        "_dose": dose, "_vaccine": vaccine,
    }  # fmt: skip
    checkup: Table = {
        "住民番号": screened.number, "健診種別": pick(("01", "02", "03", "04"), screened.serial),
        "受診日": YEAR_START + 40 + screened.draw("screened on", 200),
        "判定": pick(("1", "1", "1", "2", "3"), screened.draw("screening", 500)), "年度末年齢": screened.age(YEAR_END),
        "自己負担額": np.full(len(screened), 500), "医師コメント": same("", len(screened)),
    }  # fmt: skip
    return {"health_person": subject, "vaccination": shots, "checkup": checkup}


MODULE = AreaModule(
    "019", "健康管理", "健康増進課", rows,
    (
        # The last dose, so that no later one is too near to the changed day.
        Plant("ARE-019", "vaccination", "vaccination", "接種日", lambda t: (t["_vaccine"] == 2) & (t["_dose"] == 2),
              add("接種日", (-15, -20)), note="前の回から20日に満たない接種"),
        Plant("ARE-019", "vaccination", "vaccination", "接種日", lambda t: (t["_vaccine"] == 2) & (t["_dose"] == 2),
              lambda t, row, variant: {"接種日": t["接種日"][row - 1] + 20}, 15, note="ちょうど20日", planted=False),
        Plant("IDN-008", "vaccination", "vaccination", "ロット", every,
              lambda t, row, variant: {"ロット": ("621498320257", "983205673214")[variant]},
              note="個人番号の書かれた自由記入欄"),
        Plant("IDN-008", "vaccination", "vaccination", "ロット", every, set_cells(ロット="621498320258"), 15,
              note="検査用数字の合わない12桁", planted=False),
        Plant("REF-008", "checkup", "checkup", "年度末年齢", every, as_it_is, 30, note="年度末の年齢", planted=False),
        Plant("REF-008", "checkup", "checkup", "年度末年齢", every, add("年度末年齢", (1, -1)), 7,
              note="生年月日に合わない年度末年齢"),
        Plant("REF-001", "health_person", "subject", "住民番号", every, nobody("住民番号", 19), 7),
    ),
    (
        Figure("予防接種実施状況調", "接種件数", "vaccination"),
        Figure("予防接種実施状況調", "公費負担額", "vaccination", "公費負担額"),
        Figure("健診受診者数調", "受診件数", "checkup"),
    ),
)  # fmt: skip
