"""学齢簿 (017): children of school age, their school year by year, and the notices to their parents."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import YEAR, YEAR_START, People, day_number, padded
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
    same,
    several,
)
from pipelines.sample_city.calendar_dates import parts


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Children in their first to ninth year of school."""
    here = people.present
    year = here.age(YEAR_START - 1) - 5
    school = (year >= 1) & (year <= 9) & (here.head != here.number)
    here, year = here.where(school), year[school]
    count, number = len(here), padded(here.serial + 1, 8)
    where_to = here.household % 2 + 1
    building = np.where(year <= 6, 1_000 + where_to, 2_000 + where_to).astype(str)
    entered = day_number(YEAR - np.where(year <= 6, year, year - 6) + 1, 4, 1)
    pupil: Table = {
        "学齢簿番号": number, "児童生徒番号": here.number, "保護者番号": here.head, "学年": year,
        "学校": building, "就学区分": same("1", count), "就学日": entered, "区域外": same("0", count),
        "_april": (parts(here.birth)[1] == 4) & (parts(here.birth)[2] <= 2),
    }  # fmt: skip
    index, place = several(1 + (year > 6))
    first = place == 0
    after_six = day_number(YEAR - year[index] + 1, 4, 1)
    start = np.where(first, after_six, entered[index])
    history: Table = {
        "学齢簿番号": number[index], "連番": padded(place + 1, 3), "異動事由": same("01", len(index)),
        "学校": np.where(first, 1_000 + where_to[index], 2_000 + where_to[index]).astype(str), "開始日": start,
        "終了日": np.where((year[index] > 6) & first, entered[index] - 1, forever(len(index))),
    }  # fmt: skip
    index, place = several(np.where(year == 1, 2, 0))
    notice: Table = {
        "学齢簿番号": number[index], "通知年度": same(str(YEAR), len(index)),
        "通知区分": np.where(place == 0, "2", "1"),
        "通知日": np.where(place == 0, day_number(YEAR - 1, 10, 20), day_number(YEAR, 1, 20)),
    }  # fmt: skip
    return {"pupil": pupil, "pupil_history": history, "school_notice": notice}


MODULE = AreaModule(
    "017", "学齢簿編製", "教育委員会学校教育課", rows,
    (
        Plant("ARE-017", "pupil", "pupil", "学年", lambda t: (t["学年"] > 1) & (t["学年"] < 8), add("学年", (1, -1)),
              note="生年月日に合わない学年"),
        Plant("ARE-017", "pupil", "pupil", "学年", lambda t: t["学年"] > 2,
              lambda t, row, variant: {"学年": t["学年"][row] - 1, "就学区分": "2"}, 10, note="就学猶予",
              planted=False),
        Plant("ARE-017", "pupil", "pupil", "学年", lambda t: t["_april"], as_it_is, 10, note="4月1日生まれ・2日生まれ",
              planted=False),
        Plant("REF-001", "pupil", "pupil", "保護者番号", every, nobody("保護者番号", 17), 7),
    ),
    (
        Figure("学校基本調査", "児童生徒数", "pupil"),
        Figure("学校基本調査", "新入学児童数", "pupil", where=lambda t: t["学年"] == 1),
    ),
)  # fmt: skip
