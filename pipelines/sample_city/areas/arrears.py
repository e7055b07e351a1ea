"""滞納管理 (015): who has not paid, what stands open and until when, and what was done about it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import TODAY, People, anniversary, padded
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Figure,
    Plant,
    Tables,
    add,
    as_it_is,
    every,
    nobody,
    pick,
    several,
    take,
)
from pipelines.sample_city.calendar_dates import NONE, day

_OVERDUE = day(2025, 12, 1)


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Every instalment of 収納 that is unpaid and was due before December."""
    due = others["014"]["collection"]
    left = take(due, (due["収入未済額"] > 0) & (due["納期限"] < _OVERDUE))
    numbers, first, who = np.unique(left["宛名番号"], return_index=True, return_inverse=True)
    debtor = padded(numbers.astype(np.int64) // 10 % 10**8, 8)
    count, kind = len(numbers), np.arange(len(numbers)) % 4
    prescribed = anniversary(left["納期限"], 5)
    index, place = several(1 + kind % 3)
    return {
        "debtor": {
            "滞納者番号": debtor, "宛名番号": numbers, "担当": pick(("N001", "N002", "N003"), np.arange(count)),
            "事案区分": pick(("A", "A", "B", "C"), kind), "開始日": left["納期限"][first],
            "催告日": np.full(count, TODAY - 20),
        },
        "arrears": {
            "滞納者番号": debtor[who], **{name: left[name] for name in ("税目", "通知書番号", "年度", "期", "納期限")},
            "滞納額": left["収入未済額"], "延滞金": left["収入未済額"] // 100 * 2, "時効日": prescribed,
        },
        "disposition": {
            "滞納者番号": debtor[index], "処分連番": padded(place + 1, 3), "処分区分": padded(place + 1, 2),
            "処分日": left["納期限"][first][index] + 20 * (place + 1), "解除日": np.full(len(index), NONE),
            "処分額": np.zeros(len(index), np.int64),
        },
    }  # fmt: skip


MODULE = AreaModule(
    "015", "滞納管理（税務システム）", "納税課", rows,
    (
        Plant("ARE-015", "arrears", "arrears", "時効日", every, add("時効日", (-400, -40)),
              note="納期限の5年後より早い時効"),
        Plant("ARE-015", "arrears", "arrears", "時効日", every, add("時効日", (365, 365)), 20,
              note="承認により更新した時効", planted=False),
        Plant("REF-014", "arrears", "arrears", "時効日", every,
              lambda t, row, variant: {"時効日": TODAY - 40 - variant}, note="時効の完成を過ぎた滞納",
              also_ok=("ARE-015",)),
        Plant("REF-013", "arrears", "arrears", "滞納額", every, as_it_is, 20, note="一部を納めた残り", planted=False),
        Plant("REF-013", "arrears", "arrears", "滞納額", every, add("滞納額", (100, 700)), 7,
              note="収納の残高と違う滞納額"),
        Plant("REF-001", "debtor", "debtor", "宛名番号", every, nobody("宛名番号", 15), 7),
    ),
    (
        Figure("滞納繰越調", "滞納者数", "debtor"),
        Figure("滞納繰越調", "滞納本税額", "arrears", "滞納額"),
    ),
    ("014", "010", "012", "013"),
)  # fmt: skip
