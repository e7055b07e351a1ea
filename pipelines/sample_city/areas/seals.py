"""印鑑登録 (002): registrations with their changes, and the list of the seal images."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import TODAY, People, attained, padded
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Figure,
    Plant,
    Table,
    Tables,
    as_it_is,
    every,
    nobody,
    pick,
    same,
    set_cells,
    several,
)
from pipelines.sample_city.calendar_dates import NONE
from pipelines.sample_city.images import digest_of, image_columns


def rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """Three adults in five have a registered seal; one in ten has given it up."""
    grown = people.present.where((people.present.age(TODAY) >= 18) & (people.present.draw("seal", 5) < 3))
    grown = grown.where(np.maximum(attained(grown.birth, 15), grown.since) < TODAY - 200)
    count = len(grown)
    begun = np.maximum(attained(grown.birth, 15), grown.since)
    begun = begun + (TODAY - 100 - begun) * grown.draw("seal since", 90) // 100 + 1
    ended = np.where(grown.draw("seal end", 10) == 0, begun + 60, NONE)
    number = padded(grown.serial + 1, 8)
    seal: Table = {
        "印鑑登録番号": number, "宛名番号": grown.number, "登録日": begun,
        "登録区分": np.where(grown.draw("seal agent", 12) == 0, "1", "0"),
        "確認方法": pick(("1", "1", "2", "3"), grown.draw("seal check", 40)), "登録証番号": padded(grown.serial + 7, 8),
        "廃止日": ended, "廃止事由": np.where(ended != NONE, "1", ""), "状態区分": np.where(ended != NONE, "2", "1"),
        "備考": same("", count), "_at_15": attained(grown.birth, 15),
    }  # fmt: skip
    index, place = several(1 + (ended != NONE))
    history: Table = {
        "印鑑登録番号": number[index], "異動連番": padded(place + 1, 3),
        "異動日": np.where(place == 0, begun[index], ended[index]), "異動事由": np.where(place == 0, "01", "03"),
        "登録証番号": seal["登録証番号"][index],
    }  # fmt: skip
    kept = ended == NONE
    images: Table = {"印鑑登録番号": number[kept], **image_columns("INEI", number[kept]), "取込日": begun[kept]}
    return {"seal": seal, "seal_history": history, "seal_image": images}


def _in_force(table: Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray((table["廃止日"] == NONE) & (np.arange(len(table["廃止日"])) > 0))


def _given_up(table: Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Ended registrations below one in force."""
    here = table["廃止日"] == NONE
    return np.append(False, ~here[1:] & here[:-1])


def _both_in_force(table: Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    here = table["廃止日"] == NONE
    adult = table["登録日"] > NONE
    return np.append(False, (here & adult)[1:] & here[:-1])


MODULE = AreaModule(
    "002", "印鑑登録", "市民課", rows,
    (
        Plant("ARE-002", "seal", "registration", "宛名番号", _both_in_force,
              lambda t, row, variant: {"宛名番号": t["宛名番号"][row - 1], "登録日": t["登録日"][row - 1] + 1},
              with_row=lambda t, row: row - 1, note="一人に有効な印鑑登録が二つ"),
        Plant("ARE-002", "seal_image", "seal_image", "画像ファイル名", every,
              lambda t, row, variant: {"画像ハッシュ値": digest_of(t["画像ファイル名"][row], "blank")}, 7,
              note="白紙の画像", image="blank"),
        Plant("ARE-002", "seal_image", "seal_image", "画像ハッシュ値", every, set_cells(), 7,
              note="別の画像", image="other"),
        Plant("ARE-002", "seal_image", "seal_image", "画像ファイル名", every, set_cells(), 7,
              note="届いていない画像", image="absent"),
        Plant("REF-008", "seal", "registration", "登録日", _in_force,
              lambda t, row, variant: {"登録日": t["_at_15"][row] - 1 - 400 * variant}, note="15歳になる前の登録"),
        Plant("REF-008", "seal", "registration", "登録日", _in_force,
              lambda t, row, variant: {"登録日": t["_at_15"][row]}, 15, note="15歳の誕生日の前日に登録", planted=False),
        Plant("ARE-002", "seal", "registration", "宛名番号", _given_up,
              lambda t, row, variant: {"宛名番号": t["宛名番号"][row - 1], "登録日": t["登録日"][row - 1],
                                       "廃止日": t["登録日"][row - 1]}, 10, note="廃止して登録し直した", planted=False),
        Plant("REF-007", "seal", "registration", "廃止日", lambda t: t["廃止日"] != NONE, as_it_is, 20,
              note="廃止した登録", planted=False),
        Plant("REF-001", "seal", "registration", "宛名番号", _in_force, nobody("宛名番号", 2), 7),
    ),
    (
        Figure("印鑑登録事務統計", "登録者数", "seal", where=lambda t: t["廃止日"] == NONE),
        Figure("印鑑登録事務統計", "印影枚数", "seal_image"),
    ),
)  # fmt: skip

