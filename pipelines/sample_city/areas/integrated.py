"""団体内統合宛名 (032): one number a person, and the 宛名番号 of the departments that belong to it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import TODAY, YEAR_START, People, padded, spread
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Figure,
    Plant,
    Table,
    Tables,
    as_it_is,
    every,
    forever,
    nobody,
    several,
)
from pipelines.sample_city.calendar_dates import day
from pipelines.sample_city.check_digits import my_numbers

_BEGAN = day(2017, 11, 13)
_SYSTEMS = ("JUK", "ZEI", "KOK")


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Everybody of the register; the departments' systems each link their own number."""
    number = padded(800_000_000_000 + people.serial * 17, 12)
    mine = padded(my_numbers(people.serial), 12)
    keys = np.array([_link_key(n) for n in mine.tolist()], "U32")
    since = np.maximum(people.since, _BEGAN)
    whole: Table = {"統合宛名番号": number, "リンクキー": keys, "個人番号": mine, "登録日": since}
    index, place = several(1 + spread(people.serial, "systems", 3))
    link: Table = {
        "業務": np.array(_SYSTEMS)[place], "宛名番号": people.number[index], "統合宛名番号": number[index],
        "開始日": since[index], "終了日": forever(len(index)), "_place": place,
        "_times": np.bincount(index)[index] if len(index) else index,
    }  # fmt: skip
    index, turn = several(1 + (people.draw("number changed", 50) == 0))
    history: Table = {
        "統合宛名番号": number[index], "連番": padded(turn + 1, 3),
        "異動日": np.where(turn == 0, since[index], np.maximum(since[index], YEAR_START)),
        "異動事由": np.where(turn == 0, "01", "02"),
    }  # fmt: skip
    return {"integrated": whole, "integrated_link": link, "integrated_history": history}


def _link_key(number: str) -> str:
    """Thirty-two letters that stand for a 個人番号 (letters only: no twelve digits in it look like one)."""
    digest = hashlib.sha256(f"link {number}".encode()).hexdigest()[:32]
    return digest.translate(str.maketrans("0123456789", "ghijklmnop"))


def _below(table: Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(np.arange(len(table["リンクキー"])) > 0)


MODULE = AreaModule(
    "032", "団体内統合宛名", "情報政策課", rows,
    (
        Plant("ARE-032", "integrated", "integrated", "統合宛名番号", _below,
              lambda t, row, variant: {"リンクキー": t["リンクキー"][row - 1]}, 7, with_row=lambda t, row: row - 1,
              note="一つの個人番号に統合宛名番号が二つ"),
        Plant("REF-020", "integrated_link", "link", "統合宛名番号", lambda t: (t["_place"] == 1) & (t["_times"] == 2),
              lambda t, row, variant: {"統合宛名番号": t["統合宛名番号"][row - 2]}, 7, with_row=lambda t, row: row - 1,
              note="一つの宛名番号に統合宛名番号が二つ"),
        Plant("ARE-032", "integrated", "integrated", "統合宛名番号", _below, as_it_is, 20, note="一人に一つの番号",
              planted=False),
        Plant("REF-020", "integrated_link", "link", "統合宛名番号",
              lambda t: (t["_place"] == 1) & (t["_times"] == 2) & (np.arange(len(t["_place"])) > 1),
              lambda t, row, variant: {"統合宛名番号": t["統合宛名番号"][row - 2], "終了日": TODAY - 300}, 15,
              note="終わった紐付け", planted=False),
        Plant("REF-001", "integrated_link", "link", "宛名番号", every, nobody("宛名番号", 32), 7),
    ),
    (
        Figure("団体内統合宛名件数調", "統合宛名番号数", "integrated"),
        Figure("団体内統合宛名件数調", "紐付け件数", "integrated_link"),
    ),
)  # fmt: skip

