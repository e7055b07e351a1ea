"""個人住民税 (010): the levy and its instalments, dependants, and whom the notices go to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import LEVY_DAY, YEAR, YEAR_START, Flags, People, day_number, padded
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Column,
    Figure,
    Plant,
    Table,
    Tables,
    add,
    as_it_is,
    either,
    every,
    forever,
    instalments,
    nobody,
    pick,
    same,
)
from pipelines.sample_city.population import CHILD, DEAD, HEAD, LISTED, SPOUSE

_QUARTERS = (6, 8, 10, 13)
_DUE = tuple(int(day_number(YEAR, month, 28)) for month in _QUARTERS)
_MONTHLY = tuple(int(day_number(YEAR, month, 10)) for month in range(7, 19))


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Adults who lived here on 1 January; heads of households pay, two in three through their employer."""
    here = people.taxable.where(people.taxable.since < LEVY_DAY)
    payers = here.where((here.age(LEVY_DAY) >= 20) & ((here.role == HEAD) | (here.draw("tax earns", 3) == 0)))
    count = len(payers)
    income = 1_200_000 + payers.draw("tax income", 6_000) * 1_137
    deductions = 430_000 + payers.draw("tax deductions", 12) * 110_000
    base = np.maximum(income - deductions, 0) // 1000 * 1000
    city, prefecture = base * 6 // 100 // 100 * 100, base * 4 // 100 // 100 * 100
    total = city + prefecture + 3_000 + 1_000 + 1_000
    at_work = (payers.draw("tax at work", 3) > 0) & (payers.age(LEVY_DAY) < 65)
    levy: Table = {
        "通知書番号": padded(payers.serial + 1, 8), "年度": same(str(YEAR), count), "宛名番号": payers.number,
        "徴収区分": np.where(at_work, "T", "F"), "課税区分": same("1", count), "総所得金額": income,
        "所得控除合計": deductions, "課税標準額": base, "市民税所得割": city, "市民税均等割": np.full(count, 3_000),
        "道民税所得割": prefecture, "道民税均等割": np.full(count, 1_000), "森林環境税額": np.full(count, 1_000),
        "年税額": total, "決定日": np.full(count, day_number(YEAR, 6, 2)),
        "更正事由": np.where(~at_work & (payers.draw("tax corrected", 60) == 0), "03", "00"),
        "端末番号": same("T001", count), "_dead": payers.status == DEAD,
        "_collected": at_work & (payers.draw("tax collected", 60) == 0),
    }  # fmt: skip
    by_quarter = instalments(total, np.full(count, 4), _DUE, "税額")
    by_month = instalments(total, np.full(count, 12), _MONTHLY, "税額", 100)
    levy |= either(at_work, by_month, by_quarter)
    spouses = people.number[(people.role == SPOUSE) & (people.status == LISTED)]
    sent_on = (payers.status != LISTED) | (payers.draw("tax agent", 40) == 0)
    agents = payers.where(sent_on & ((payers.head != payers.number) | (len(spouses) > 0)))
    agents = agents.where(~np.isin(agents.number, spouses))
    return {"resident_tax": levy, "tax_dependant": _dependants(people),
            "tax_agent": _agents(agents, spouses, people.number[people.status == DEAD])}


def _dependants(people: People) -> Table:
    here = people.present.where(people.present.since < LEVY_DAY)
    they = here.where((here.role == CHILD) | ((here.role == SPOUSE) & (here.draw("tax spouse", 2) == 0)))
    they = they.where(they.head != they.number)
    age, count = they.age(LEVY_DAY), len(they)
    kind = np.where(they.role == SPOUSE, "01", np.where(age < 16, "05", np.where(age < 19, "02", "03")))
    amount = np.where(kind == "05", 0, np.where(kind == "03", 450_000, 330_000))
    return {
        "年度": same(str(YEAR), count), "宛名番号": they.head, "被扶養者番号": they.number, "扶養区分": kind,
        "控除額": amount,
    }  # fmt: skip


def _agents(people: People, spouses: Column, dead: Column) -> Table:
    """The notices go to the head, a head's to somebody's spouse: nobody's agent has an agent in turn."""
    count = len(people)
    others = spouses[people.serial % len(spouses)] if len(spouses) else people.head
    kin = np.where(people.head != people.number, people.head, others)
    late = dead[people.serial % len(dead)] if len(dead) else same("", count)
    return {
        "宛名番号": people.number, "連番": same("001", count),
        "送付先区分": np.where(people.status == DEAD, "3", pick(("1", "1", "2"), people.draw("tax agent kind", 30))),
        "送付先宛名番号": kin, "_dead": people.status == DEAD, "_late": late,
        "開始日": np.full(count, YEAR_START), "終了日": forever(count),
    }  # fmt: skip


def _of_another(table: Table) -> Flags:
    """Rows whose neighbour above is claimed by another payer."""
    return np.append(False, table["宛名番号"][1:] != table["宛名番号"][:-1])


MODULE = AreaModule(
    "010", "個人住民税", "税務課", rows,
    (
        Plant("ARE-010", "resident_tax", "levy", "課税標準額", lambda t: t["課税標準額"] > 100_000,
              add("課税標準額", (1_000, 12_000)), note="所得と控除から求まらない課税標準額"),
        Plant("REF-001", "resident_tax", "levy", "宛名番号", lambda t: t["徴収区分"] == "T", nobody("宛名番号", 10), 7),
        Plant("REF-001", "resident_tax", "levy", "宛名番号", lambda t: t["_dead"], as_it_is, 20,
              note="賦課期日の後に死亡した納税義務者", planted=False),
        Plant("ARE-010", "resident_tax", "levy", "課税標準額", lambda t: t["課税標準額"] == 0, as_it_is, 20,
              note="控除が所得を上回る", planted=False),
        Plant("REF-012", "resident_tax", "levy", "年税額", every, as_it_is, 30, note="端数は第1期", planted=False),
        Plant("REF-012", "resident_tax", "levy", "年税額", lambda t: (t["徴収区分"] == "T") & ~t["_collected"],
              add("期別(3).税額", (100, -100)), note="特別徴収の月割額が年税額と合わない"),
        Plant("REF-019", "tax_dependant", "dependant", "年度", _of_another,
              lambda t, row, variant: {"被扶養者番号": t["被扶養者番号"][row - 1]}, 7,
              with_row=lambda t, row: row - 1, note="二人が同じ人を扶養にしている"),
        Plant("REF-019", "tax_dependant", "dependant", "年度", lambda t: t["扶養区分"] == "01", as_it_is, 20,
              note="同一生計配偶者", planted=False),
        Plant("REF-005", "tax_agent", "proxy", "送付先宛名番号", lambda t: ~t["_dead"],
              nobody("送付先宛名番号", 11), 7),
        Plant("REF-005", "tax_agent", "proxy", "送付先宛名番号", lambda t: t["_late"] != "",
              lambda t, row, variant: {"送付先宛名番号": t["_late"][row]}, 7, note="死亡した人に送る"),
        Plant("REF-005", "tax_agent", "proxy", "送付先宛名番号", lambda t: t["_dead"], as_it_is, 10,
              note="相続人代表者", planted=False),
        Plant("REF-005", "tax_agent", "proxy", "送付先宛名番号", lambda t: t["送付先区分"] == "2", as_it_is, 20,
              note="転出した人の納税管理人", planted=False),
    ),
    (
        Figure("個人住民税調定簿", "納税義務者数", "resident_tax"),
        Figure("個人住民税調定簿", "調定額", "resident_tax", "年税額"),
        Figure("個人住民税課税状況調", "課税標準額", "resident_tax", "課税標準額"),
        Figure("個人住民税課税状況調", "扶養親族数", "tax_dependant"),
    ),
)  # fmt: skip
