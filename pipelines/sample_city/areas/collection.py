"""収納管理 (014): what is due of each instalment, what was paid when, and the accounts it is drawn from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import TODAY, Flags, People, padded, spread
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Column,
    Figure,
    Plant,
    Table,
    Tables,
    Told,
    add,
    as_it_is,
    every,
    forever,
    joined,
    nobody,
    pick,
    same,
    set_cells,
    several,
    take,
)
from pipelines.sample_city.calendar_dates import NONE, day

_KEY = ("税目", "通知書番号", "期")
_OVERDUE = day(2025, 12, 1)
"""From this day on nothing is in arrears yet."""
_BANKS = ("0001", "0005", "0009", "0010")


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """The instalments of the taxes on residents, property and vehicles; the accounts of who pays by them.

    Of the tax that employers withhold, what this office collects itself; its last two months are of the next year.
    """
    tax, land = others["010"]["resident_tax"], others["012"]["property_tax"]
    ordinary, withheld = take(tax, tax["徴収区分"] == "F"), take(tax, tax["_collected"])
    by_account = spread(ordinary["通知書番号"].astype(np.int64), "tax account", 2) == 0
    ordinary = {**ordinary, "納付方法": np.where(by_account, "2", "1")}
    withheld = {**withheld, "納付方法": same("1", len(withheld["年度"]))}
    due = joined([
        _corrected(_due(ordinary, "JUM", 4), ordinary), _due(withheld, "JUM", 10), _due(land, "KOT", 4),
        _of_vehicles(others["013"]["vehicle_tax"]),
    ])  # fmt: skip
    collected, receipts = _paid(due)
    account = joined([_accounts(ordinary, "JUM"), _accounts(land, "KOT")])
    kana = dict(zip(people.number.tolist(), people.serial.tolist(), strict=True))
    serial = np.array([kana[n] for n in account["宛名番号"]], np.int64)
    account["名義カナ"] = pick(("ﾐﾎﾝ ﾀﾛｳ", "ﾐﾎﾝ ﾊﾅｺ", "ｻﾝﾌﾟﾙ ｲﾁﾛｳ"), serial)
    account["口座番号"] = padded(1_000_000 + serial % 8_999_999, 7)
    account["金融機関コード"] = pick(_BANKS, serial)
    return {"collection": collected, "receipt_line": receipts, "account": account}


def _due(levy: Table, tax: str, count: int) -> Table:
    parts = []
    for place in range(1, count + 1):
        there = levy[f"期別({place}).期"] != ""
        parts.append({
            "税目": same(tax, int(there.sum())), "通知書番号": levy["通知書番号"][there], "年度": levy["年度"][there],
            "期": padded(np.full(int(there.sum()), place), 2), "宛名番号": levy["宛名番号"][there],
            "納期限": levy[f"期別({place}).納期限"][there], "調定額": levy[f"期別({place}).税額"][there],
            "納付方法": levy["納付方法"][there], "_plain": np.ones(int(there.sum()), bool),
        })  # fmt: skip
    return joined(parts)


def _corrected(due: Table, levy: Table) -> Table:
    """更正 of the levy that the 調定 has not followed yet: the last instalment is still the former one."""
    changed = np.isin(due["通知書番号"], levy["通知書番号"][levy["更正事由"] != "00"])
    former = np.where(changed & (due["期"] == "04"), due["調定額"] + 3_000, due["調定額"])
    return {**due, "調定額": former, "_plain": ~changed}


def _of_vehicles(levy: Table) -> Table:
    """One instalment a vehicle; what is 減免 is not due."""
    count, free = len(levy["年度"]), levy["減免区分"] != "0"
    return {
        "税目": same("KEI", count), "通知書番号": levy["通知書番号"], "年度": levy["年度"], "期": same("01", count),
        "宛名番号": levy["納税義務者"], "納期限": levy["納期限"], "調定額": np.where(free, 0, levy["年税額"]),
        "納付方法": same("1", count), "_plain": ~free,
    }  # fmt: skip


def _paid(due: Table) -> tuple[Table, Table]:
    """What came in: all of it, in two parts, too much, a part of it, or nothing; what is not due yet is open."""
    count = len(due["税目"])
    serial = due["通知書番号"].astype(np.int64) * 10 + due["期"].astype(np.int64)
    draw, amount = spread(serial, "paid", 100), due["調定額"]
    draw = np.where(due["納期限"] > TODAY, 99, draw)
    twice, over, part, nothing = draw % 20 == 3, draw == 40, (draw >= 93) & (draw < 96), draw >= 96
    over &= ~nothing & (amount > 0)
    returned = over & (spread(serial, "paid back", 2) == 0)
    received = np.where(nothing, 0, np.where(part, amount // 2, np.where(over, amount + 1_000, amount)))
    refund = np.where(over & ~returned, 1_000, 0)
    written = np.where(nothing & (draw == 96), amount, 0)
    lines = np.where(received == 0, 0, np.where(twice | returned, 2, 1))
    index, place = several(lines)
    first = np.where(twice & ~returned, received // 2, received)
    second = np.where(returned, 1_000, received - first)
    # What was paid back is no longer received.
    received = np.where(returned, amount, received)
    on = due["納期限"] - 10 + spread(serial, "paid on", 9)
    receipts: Table = {
        **{name: due[name][index] for name in ("税目", "通知書番号", "年度", "期")},
        "収納連番": padded(place + 1, 3), "収納日": on[index] + place,
        "収納区分": np.where(returned[index] & (place == 1), "2", "1"),
        "収納額": np.where(place == 0, first[index], second[index]), "_returned": returned[index],
    }  # fmt: skip
    collected: Table = {
        **due, "収入済額": received, "還付未済額": refund, "不納欠損額": written,
        "収入未済額": amount - (received - refund) - written,
        "完納日": np.where((received - refund == amount), on, NONE),
        "収納課内番号": same("", count), "_returned": returned,
    }  # fmt: skip
    return collected, receipts


def _accounts(levy: Table, tax: str) -> Table:
    rows_ = take(levy, levy["納付方法"] == "2")
    count = len(rows_["宛名番号"])
    return {
        "宛名番号": rows_["宛名番号"], "税目": same(tax, count), "店舗コード": same("001", count),
        "預金種目": same("1", count), "開始日": np.full(count, day(2020, 4, 1)), "終了日": forever(count),
    }  # fmt: skip


def _open(table: Table) -> Flags:
    """Instalments that are not due yet: no arrears stand against them."""
    return np.asarray((table["納期限"] >= _OVERDUE) & (table["調定額"] > 0))


def _paid_up(table: Table) -> Flags:
    return np.asarray((table["完納日"] != NONE) & (table["納期限"] < _OVERDUE))


def _without(table: Table, item: str, value: str) -> Column:
    return np.asarray(table[item] == value)


MODULE = AreaModule(
    "014", "収納管理（税務システム）", "納税課", rows,
    (
        Plant("ARE-014", "receipt_line", "receipt", "収納額", lambda t: (t["収納連番"] == "001")
              & ~t["_returned"],
              add("収納額", (500, 900)), 7, told=Told("014", "collection", "collection", "収入済額", _KEY),
              note="収納履歴の合計が収入済額と違う"),
        Plant("REF-011", "collection", "collection", "収入未済額", _open, add("収入未済額", (100, 200)), 7,
              note="恒等式に合わない収入未済額"),
        Plant("REF-014", "collection", "collection", "収入未済額", lambda t: _open(t) & (t["収入未済額"] > 1_000),
              lambda t, row, variant: {"不納欠損額": 300 * (variant + 1),
                                       "収入未済額": t["収入未済額"][row] - 300 * (variant + 1)},
              7, note="不納欠損をしたのに残る収入未済額"),
        Plant("REF-010", "collection", "collection", "調定額",
              lambda t: _open(t) & t["_plain"] & (t["不納欠損額"] == 0) & _without(t, "税目", "JUM"),
              lambda t, row, variant: {name: t[name][row] + 1_000 * (variant + 1) for name in ("調定額", "収入未済額")},
              7, told=Told("010", "instalment", "resident_tax", "期別.税額", ("通知書番号",)),
              note="調定額が期別税額と違う"),
        Plant("REF-010", "collection", "collection", "調定額",
              lambda t: _open(t) & t["_plain"] & (t["不納欠損額"] == 0) & _without(t, "税目", "KOT"),
              lambda t, row, variant: {name: t[name][row] + 500 * (variant + 1) for name in ("調定額", "収入未済額")},
              7, told=Told("012", "instalment", "property_tax", "期別.税額", ("通知書番号",)),
              note="調定額が期別税額と違う"),
        Plant("REF-010", "collection", "collection", "調定額", lambda t: ~t["_plain"] & _without(t, "税目", "JUM"),
              as_it_is, 20, told=Told("010", "instalment", "resident_tax", "期別.税額", ("通知書番号",)),
              note="更正", planted=False),
        Plant("REF-010", "collection", "collection", "調定額", lambda t: ~t["_plain"] & _without(t, "税目", "KEI"),
              as_it_is, 10, told=Told("013", "levy", "vehicle_tax", "年税額", ("通知書番号",)), note="減免",
              planted=False),
        Plant("REF-011", "collection", "collection", "収入未済額", lambda t: t["還付未済額"] > 0, as_it_is, 30,
              note="還付未済", planted=False),
        Plant("REF-014", "collection", "collection", "収入未済額", lambda t: t["不納欠損額"] > 0, as_it_is, 30,
              note="全額の不納欠損", planted=False),
        Plant("ARE-014", "collection", "collection", "収入済額", lambda t: t["_returned"], as_it_is, 30,
              note="還付した過納金", planted=False),
        Plant("REF-015", "collection", "collection", "宛名番号", lambda t: t["納付方法"] == "2", as_it_is, 30,
              note="口座の名義が本人でない", planted=False),
        Plant("REF-015", "collection", "collection", "宛名番号", lambda t: _open(t) & _without(t, "納付方法", "1"),
              lambda t, row, variant: {"納付方法": "2"}, 7, note="口座振替なのに口座がない"),
        Plant("BNK-001", "account", "account", "名義カナ", every,
              lambda t, row, variant: {"名義カナ": ("ﾐﾎﾝ ﾀﾛｰ", "ﾐﾎﾝ ｼｮｳｼﾞ")[variant]}, 3, note="全銀に無い文字"),
        Plant("BNK-002", "account", "account", "名義カナ", every, set_cells(名義カナ="ｶﾌﾞｼｷｶﾞｲｼﾔﾐﾎﾝ"), 3,
              note="法人略語"),
        Plant("BNK-003", "account", "account", "店舗コード", every, set_cells(店舗コード="12"), 2,
              note="2桁の店舗コード"),
        Plant("BNK-004", "account", "account", "預金種目", every, set_cells(預金種目="3"), 2, note="無い預金種目"),
        Plant("NUM-010", "account", "account", "口座番号", every, set_cells(口座番号="9999999"), 2, note="番兵値"),
        Plant("REF-001", "collection", "collection", "宛名番号",
              lambda t: _paid_up(t) & _without(t, "納付方法", "1"), nobody("宛名番号", 14), 7),
    ),
    (
        Figure("収納月計表", "調定額", "collection", "調定額"),
        Figure("収納月計表", "収入済額", "collection", "収入済額"),
        Figure("収納月計表", "収入未済額", "collection", "収入未済額"),
        Figure("収納月計表", "年度税目期別の調定額", "collection", "調定額", by=("年度", "税目", "期"),
               words={"税目": {"JUM": "個人住民税", "HOJ": "法人市民税", "KOT": "固定資産税", "KEI": "軽自動車税"}}),
        Figure("収納日計表", "収納額", "receipt_line", "収納額"),
        Figure("口座登録件数調", "口座件数", "account"),
    ),
    ("010", "012", "013"),
)  # fmt: skip
