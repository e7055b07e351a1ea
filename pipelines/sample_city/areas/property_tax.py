"""固定資産税 (012): land and houses, their owners with shares, the levy of each owner group and its instalments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import LEVY_DAY, YEAR, People, day_number, padded
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Column,
    Figure,
    Plant,
    Table,
    Tables,
    add,
    as_it_is,
    instalments,
    nobody,
    none,
    pick,
    same,
    several,
)
from pipelines.sample_city.population import DEAD, HEAD, SPOUSE, WIDE

_DUE = tuple(int(day_number(YEAR, month, of_month)) for month, of_month in ((4, 30), (7, 31), (12, 25), (14, 27)))


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Two heads in five own a house on its land; with a spouse, one in three of them shares it."""
    here = people.known.where(people.known.since < LEVY_DAY)
    owners = here.where((here.role == HEAD) & (here.draw("land owns", 5) < 2) & (here.age(LEVY_DAY) >= 25))
    mates = people.where((people.role == SPOUSE) & (people.since < LEVY_DAY))
    spouse = {int(h): n for h, n in zip(mates.household, mates.number, strict=True)}
    mate = np.array([spouse.get(int(h), "") for h in owners.household], "U10")
    shared = (mate != "") & (owners.draw("land shares", 3) == 0)
    property_, size = _property(owners, shared), len(owners)
    owner = {
        "物件番号": np.repeat(property_["物件番号"], np.repeat(1 + shared, 2)),
        **_shares(owners, people.number[people.status == DEAD], mate, shared),
    }
    bases = property_["課税標準額"].reshape(size, 2)
    fixed, planning = bases.sum(1) * 14 // 1000 // 100 * 100, bases.sum(1) * 3 // 1000 // 100 * 100
    total = fixed + planning
    levy = {
        "通知書番号": padded(owners.serial + 1, 8), "年度": same(str(YEAR), size), "宛名番号": owners.number,
        "土地課標": bases[:, 0], "家屋課標": bases[:, 1], "固定税額": fixed, "都計税額": planning, "年税額": total,
        "納付方法": np.where(owners.draw("land account", 2) == 0, "2", "1"),
        **instalments(total, np.full(size, 4), _DUE, "税額"),
    }  # fmt: skip
    return {"property": property_, "property_owner": owner, "property_tax": levy}


def _property(owners: People, shared: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Table:
    index, place = several(np.full(len(owners), 2))
    land = place == 0
    area = np.where(land, 120 + owners.draw("land area", 380)[index], 60 + owners.draw("house area", 140)[index])
    value = np.where(land, area * (18_000 + owners.draw("land price", 30_000)[index]), area * 61_000)
    small = land & (area <= 200)
    kind = np.where(small, "1", np.where(land, "2", "0"))
    base = value // np.where(kind == "1", 6, np.where(kind == "2", 3, 1)) // 1000 * 1000
    lot = owners.serial[index] + 1
    lot_text = np.strings.add(np.strings.add(WIDE[lot // 1000 % 1000], "番"), WIDE[lot % 1000])
    return {
        "物件番号": padded(owners.serial[index] * 2 + place + 1, 10), "年度": same(str(YEAR), len(index)),
        "資産区分": np.where(land, "A", "B"), "所在町名": owners.town[index], "地番": lot_text,
        "家屋番号": np.where(land, "", lot_text), "地目種類": np.where(land, "01", "11"),
        "面積": np.strings.add(area.astype(str), pick((".25", ".50", ".00"), owners.draw("area part", 9)[index])),
        "特例区分": kind, "評価額": value, "課税標準額": base, "共有区分": np.where(shared[index], "1", "0"),
        "登記日": owners.here[index], "航測図番号": same("", len(index)),
    }  # fmt: skip


def _shares(owners: People, late: Column, mate: np.ndarray[tuple[int], np.dtype[np.str_]], shared: np.ndarray[
        tuple[int], np.dtype[np.bool_]]) -> Table:  # fmt: skip
    counts = np.repeat(1 + shared, 2)
    index, place = several(counts)
    person, both = index // 2, shared[index // 2]
    thirds = both & (owners.draw("land thirds", 2)[person] == 0)
    # Inherited shares have prime denominators, and not the same for both.
    prime = np.array((7, 11, 13, 99_991))[owners.draw("land prime", 4)[person]]
    odd = both & (owners.draw("land odd", 5)[person] == 0)
    halves = both & ~odd & ~thirds & (owners.draw("land halves", 3)[person] == 0)
    thirds &= ~odd
    of = np.where(odd, prime, np.where(thirds, 3, np.where(both, 2, 1)))
    part = np.where(thirds & (place == 0), 2, np.where(odd & (place == 0), of - 2, np.where(odd, 2, 1)))
    part, of = np.where(halves & (place == 1), 3, part), np.where(halves & (place == 1), 6, of)
    return {
        "宛名番号": np.where(place == 0, owners.number[person], mate[person]),
        "持分分子": part, "持分分母": of, "_odd": odd | halves,
        "_late": (place == 1) & np.isin(np.where(place == 0, "", mate[person]), late),
        "代表区分": np.where(place == 0, "1", "0"), "取得日": owners.here[person], "異動日": none(len(index)),
        "取得事由": pick(("01", "02", "01", "04"), owners.draw("land gain", 4)[person]),
    }  # fmt: skip


def _is_land(table: Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(table["資産区分"] == "A")


MODULE = AreaModule(
    "012", "固定資産税", "資産税課", rows,
    (
        Plant("ARE-012", "property", "property", "課税標準額", lambda t: _is_land(t) & (t["課税標準額"] > 100_000),
              lambda t, row, variant: {"課税標準額": t["評価額"][row] // (1 + variant) // 1000 * 1000},
              note="住宅用地の特例が課税標準に入っていない"),
        Plant("REF-016", "property_owner", "owner", "持分分子", lambda t: (t["持分分母"] > 1) & (t["代表区分"] == "1"),
              add("持分分子", (1, 2)), note="持分の合計が1を超える"),
        Plant("REF-016", "property_owner", "owner", "持分分子", lambda t: t["_odd"] & (t["代表区分"] == "1"), as_it_is,
              30, note="分母が素数、分母が互いに違う持分", planted=False),
        Plant("REF-001", "property_owner", "owner", "宛名番号", lambda t: t["_late"], as_it_is, 20,
              note="死亡した共有者", planted=False),
        Plant("ARE-012", "property", "property", "課税標準額", lambda t: t["特例区分"] == "1", as_it_is, 30,
              note="小規模住宅用地", planted=False),
        Plant("REF-017", "property", "property", "所在町名",
              lambda t: _is_land(t) & (np.arange(len(t["資産区分"])) > 1),
              lambda t, row, variant: {"所在町名": t["所在町名"][row - 2], "地番": t["地番"][row - 2],
                                       "地目種類": "03"}, 10, note="一筆に地目が二つ", planted=False),
        Plant("REF-001", "property_owner", "owner", "宛名番号", lambda t: t["持分分母"] == 1, nobody("宛名番号", 12),
              7),
        Plant("REF-017", "property", "property", "所在町名",
              lambda t: _is_land(t) & (np.arange(len(t["資産区分"])) > 1),
              lambda t, row, variant: {"所在町名": t["所在町名"][row - 2], "地番": t["地番"][row - 2]}, 7,
              with_row=lambda t, row: row - 2, note="同じ地番の土地が二筆ある"),
    ),
    (
        Figure("固定資産概要調書", "土地評価総額", "property", "評価額", _is_land),
        Figure("固定資産概要調書", "課税標準額", "property", "課税標準額"),
        Figure("固定資産税調定簿", "調定額", "property_tax", "年税額"),
    ),
)  # fmt: skip

