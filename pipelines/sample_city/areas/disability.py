"""障害者福祉 (022): handbooks with the grades one after the other, and what services were decided on which level."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import TODAY, People, anniversary, day_number, padded
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
    """One person in twenty-five holds a handbook; a third of them use services."""
    they = people.present.where((people.present.age(TODAY) >= 6) & (people.present.draw("handbook", 25) == 0))
    count, number = len(they), np.strings.add("HK", padded(they.serial + 1, 8))
    begun = np.maximum(they.since, TODAY - 900 - they.draw("handbook since", 6_000))
    twice = they.draw("handbook again", 4) == 0
    changed = begun + (TODAY - begun) // 2
    grade = they.draw("handbook grade", 5) + 1
    book: Table = {
        "手帳番号": number, "宛名番号": they.number,
        "手帳種別": pick(("S", "S", "R", "P"), they.draw("handbook kind", 40)),
        "等級": padded(grade, 2), "交付日": begun, "再認定日": none(count), "返還日": none(count),
        "原因疾病": same("", count),
    }  # fmt: skip
    index, place = several(1 + twice)
    again = twice[index]
    history: Table = {
        "手帳番号": number[index], "履歴連番": padded(place + 1, 3),
        "等級": padded(np.where(again & (place == 0), grade[index] + 1, grade[index]), 2),
        "適用開始日": np.where(place == 0, begun[index], changed[index]),
        "適用終了日": np.where(again & (place == 0), changed[index] - 1, forever(len(index))),
    }  # fmt: skip
    served = they.where(they.draw("service", 3) == 0)
    card = padded(served.serial + 500_000, 10)
    start = day_number(2024, 1 + served.draw("service month", 12), 1)
    level: Table = {
        "受給者証番号": card, "宛名番号": served.number, "支援区分": padded(served.draw("service level", 6) + 1, 1),
        "認定日": start - 14, "有効開始日": start, "有効終了日": anniversary(start, 3) - 1,
    }  # fmt: skip
    index, place = several(1 + (served.draw("services", 2) == 0))
    decision: Table = {
        "受給者証番号": card[index], "サービス種類": np.where(place == 0, "45", "11"), "支給開始日": start[index],
        "支給終了日": anniversary(start, 2)[index] - 1, "宛名番号": served.number[index],
        "支給量": 22 - 7 * place, "負担上限月額": pick(("0", "9300", "37200"), served.serial).astype(np.int64)[index],
    }  # fmt: skip
    return {"handbook": book, "handbook_history": history, "disability_service": decision, "support_level": level}


MODULE = AreaModule(
    "022", "障害者福祉", "障害福祉課", rows,
    (
        Plant("ARE-022", "disability_service", "service_decision", "支給終了日", every,
              add("支給終了日", (500, 800)), note="障害支援区分の有効期間を超える支給決定"),
        Plant("ARE-022", "handbook_history", "handbook_history", "適用開始日", lambda t: t["履歴連番"] == "002",
              add("適用開始日", (40, -15)), 7, note="等級の履歴が途切れ、または重なる"),
        Plant("ARE-022", "handbook_history", "handbook_history", "適用開始日", lambda t: t["履歴連番"] == "002",
              as_it_is, 20, note="前の等級の翌日から", planted=False),
        Plant("REF-001", "handbook", "handbook", "宛名番号", every, nobody("宛名番号", 22), 7),
    ),
    (
        Figure("障害者手帳交付台帳", "手帳所持者数", "handbook"),
        Figure("障害福祉サービス支給決定調", "支給決定件数", "disability_service"),
    ),
)  # fmt: skip
