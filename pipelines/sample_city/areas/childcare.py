"""子ども・子育て支援 (028): certifications of small children, the places they go to, the fee of each month."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import TODAY, YEAR_START, People, attained, day_number, padded
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
    pick,
    several,
)

_MONTHS = ("2025-10", "2025-11", "2025-12", "2026-01")


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Two in three children before school; a child of three has a second certification."""
    young, _ = children_of(people, 6)
    young = young.where((young.draw("childcare", 3) > 0) & (young.birth < TODAY - 300))
    count, number = len(young), padded(young.serial + 1, 8)
    begun = np.maximum(young.birth + 180, YEAR_START - 365 * 2)
    begun = np.maximum(begun, young.since)
    at_three = attained(young.birth, 3)
    starts_small = begun < at_three
    turned = starts_small & (at_three < TODAY)
    school = day_number(2025 + 6 - young.age(YEAR_START - 1), 3, 31)
    index, place = several(1 + turned)
    small = (place == 0) & starts_small[index]
    start = np.where(place == 0, begun[index], at_three[index])
    certified: Table = {
        "認定番号": number[index], "認定連番": padded(place + 1, 3), "児童番号": young.number[index],
        "保護者番号": young.head[index],
        "認定区分": np.where(small, "C", np.where(young.draw("kindergarten", 3)[index] == 0, "A", "B")),
        "必要量": np.where(small, "1", "2"), "認定開始": start,
        "認定終了": np.where(small, at_three[index] - 1, school[index]),
    }  # fmt: skip
    moved = young.draw("childcare moved", 5) == 0
    index, place = several(np.where(moved & (TODAY - begun > 200), 2, 1))
    twice = np.bincount(index, minlength=count)[index] == 2
    middle = begun[index] + 120
    where_to = pick(("K00001", "K00002", "Y00001"), young.serial[index] + place)
    enrolled: Table = {
        "認定番号": number[index], "利用連番": padded(place + 1, 3), "施設": where_to,
        "利用開始": np.where(place == 0, begun[index], middle),
        "利用終了": np.where(twice & (place == 0), middle - 1, school[index]), "_place": place,
    }  # fmt: skip
    index, turn = several(np.full(count, 4))
    step = young.draw("childcare step", 8)
    fee = np.where(starts_small & ~turned, step * 7_000, 0)
    less = np.where(young.draw("childcare less", 6) == 0, fee // 2, 0)
    fees: Table = {
        "認定番号": number[index], "年月": np.array(_MONTHS)[turn], "階層": padded(step + 1, 2)[index],
        "負担額": fee[index], "減免額": less[index], "徴収額": (fee - less)[index],
    }  # fmt: skip
    return {"childcare": certified, "enrolment": enrolled, "childcare_fee": fees}


MODULE = AreaModule(
    "028", "子ども・子育て支援", "子育て支援課", rows,
    (
        Plant("ARE-028", "childcare", "certification", "認定区分", lambda t: t["認定区分"] == "C",
              lambda t, row, variant: {"認定区分": ("B", "A")[variant]}, note="認定開始の日の年齢に合わない認定区分"),
        Plant("REF-012", "childcare_fee", "fee", "徴収額", every, add("徴収額", (500, 1_000)), 7,
              note="負担額から減免額を引いた額でない徴収額"),
        Plant("REF-007", "enrolment", "enrolment", "利用開始", lambda t: t["_place"] == 1,
              add("利用開始", (-20, -30)), 7, note="重なる施設の利用期間"),
        Plant("ARE-028", "childcare", "certification", "認定区分", lambda t: t["認定連番"] == "002", as_it_is, 20,
              note="満3歳に達した日からの2号・1号", planted=False),
        Plant("REF-007", "enrolment", "enrolment", "利用開始", lambda t: t["_place"] == 1, as_it_is, 20, note="転園",
              planted=False),
        Plant("REF-001", "childcare", "certification", "児童番号", every, nobody("児童番号", 28), 7),
    ),
    (
        Figure("支給認定状況調", "認定件数", "childcare"),
        Figure("保育料調定簿", "調定額", "childcare_fee", "徴収額"),
    ),
)  # fmt: skip

