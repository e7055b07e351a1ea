"""戸籍 (003) and 戸籍の附票 (004): registers of families, who is in them, what happened to them, where they lived."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pipelines.sample_city.areas.people import People, padded
from pipelines.sample_city.areas.tables import (
    AreaModule,
    Column,
    Figure,
    Plant,
    Table,
    Tables,
    add,
    as_it_is,
    every,
    nobody,
    none,
    pick,
    same,
    set_cells,
    several,
    take,
)
from pipelines.sample_city.calendar_dates import NONE
from pipelines.sample_city.images import digest_of, image_columns
from pipelines.sample_city.population import CHILD, HEAD, MOTHER, SPOUSE, WIDE

_YEARS_KEPT = 700
"""Days from the making of a register to its removal."""


def _families(people: People) -> tuple[People, Column]:
    """Japanese couples and their children, without a name whose character only the register's host has; and the
    place of each in the register.
    """
    here = people.present
    here = here.where(~here.foreign & (here.role != MOTHER))
    own = np.array([any("\ue000" <= c <= "\uf8ff" for c in name) for name in here.name.tolist()], bool)
    refused = np.unique(here.household[own])
    here = here.where(~np.isin(here.household, refused))
    starts = np.append(True, here.household[1:] != here.household[:-1])
    place = np.arange(len(here)) - np.maximum.accumulate(np.where(starts, np.arange(len(here)), 0))
    return here, place


def _number(members: People) -> Column:
    """The register's number: it follows from the head's 宛名番号."""
    return np.asarray(np.strings.slice(members.head, 1, 10))


def register_rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """One register a household; one in fifteen is removed: everybody in it has left it."""
    members, place = _families(people)
    heads = members.where(members.role == HEAD)
    number = _number(heads)
    removed_head = heads.draw("register removed", 15) == 0
    made = heads.birth + 26 * 365
    gone = np.where(removed_head, made + _YEARS_KEPT, NONE)
    lot = WIDE[heads.serial % 900 + 1]
    register: Table = {
        "戸籍番号": number, "本籍町名": heads.town, "本籍地番": np.strings.add(lot, "番地"), "筆頭者": heads.name,
        "編製日": made, "編製事由": pick(("01", "02", "04"), heads.draw("register why", 9)), "消除日": gone,
        "戸籍区分": np.where(removed_head, "2", "1"),
    }  # fmt: skip
    # 改製原戸籍: the register is closed with everybody in it, who go on in the new one.
    renewed = removed_head & (heads.draw("register renewed", 4) == 0)
    register["戸籍区分"] = np.where(renewed, "3", register["戸籍区分"])
    removed = np.isin(members.head, heads.number[removed_head & ~renewed])
    head_made = members.head_birth + 26 * 365
    entered = np.where(members.role == CHILD, np.maximum(members.birth, head_made), head_made)
    left = np.where(removed, np.maximum(entered, head_made + _YEARS_KEPT), NONE)
    relation = np.where(members.sex == 1, np.where(place > 2, "12", "11"), np.where(place > 2, "22", "21"))
    order = padded(place + 1, 2)
    member: Table = {
        "戸籍番号": _number(members), "記載順位": order, "宛名番号": members.number, "氏": members.family,
        "名": members.given, "父母との続柄": relation, "入籍日": entered,
        "入籍事由": np.where(members.role == CHILD, "02", np.where(members.role == SPOUSE, "03", "01")),
        "除籍日": left, "除籍事由": np.where(removed, "04", ""), "入力者": same("", len(members)),
        "_renewed": np.isin(members.head, heads.number[renewed]),
    }  # fmt: skip
    index, turn = several(np.where(members.role == CHILD, 1, 2))
    entry: Table = {
        "戸籍番号": member["戸籍番号"][index], "記載順位": order[index], "事項連番": padded(turn + 1, 3),
        "事項種別": np.where(turn == 0, "01", "02"),
        "届出日": np.where(turn == 0, members.birth[index] + 7, np.maximum(entered, members.birth + 30)[index]),
        "受附番号": padded(members.serial[index] % 10**6, 6),
    }  # fmt: skip
    old = take(register, removed_head)
    images: Table = {
        "画像番号": padded(heads.serial[removed_head] + 1, 8), "戸籍番号": old["戸籍番号"],
        **image_columns("JOSEKI", padded(heads.serial[removed_head] + 1, 8)),
    }  # fmt: skip
    return {"koseki": register, "koseki_member": member, "koseki_entry": entry, "koseki_image": images}


def supplement_rows(people: People, others: Mapping[str, Tables]) -> Tables:
    """The 附票 of the registers in force: the addresses of each member, the newest as in the register of residents."""
    members, place = _families(people)
    heads = members.where(members.role == HEAD)
    kept = heads.draw("register removed", 15) != 0
    heads = heads.where(kept)
    stay = np.isin(members.head, heads.number)
    members, place = members.where(stay), place[stay]
    count, order = len(heads), padded(place + 1, 2)
    made = heads.birth + 26 * 365
    cover: Table = {
        "附票番号": _number(heads), "戸籍番号": _number(heads), "本籍町名": heads.town, "筆頭者": heads.name,
        "作成日": made, "改製日": none(count), "消除日": none(count), "附票区分": same("1", count),
    }  # fmt: skip
    member: Table = {
        "附票番号": _number(members), "記載順位": order, "宛名番号": members.number,
        "記載日": np.maximum(members.birth, members.head_birth + 26 * 365), "消除日": none(len(members)),
        "消除事由": same("", len(members)), "在外選挙": same("0", len(members)),
    }  # fmt: skip
    index, turn = several(1 + (members.here > members.since))
    newest = np.append(index[1:] != index[:-1], True) if len(index) else np.zeros(0, bool)
    since = np.where(newest, members.here[index], members.since[index])
    address: Table = {
        "附票番号": _number(members)[index], "記載順位": order[index], "住所連番": padded(turn + 1, 3),
        "宛名番号": members.number[index], "最新区分": np.where(newest, "1", "0"), "住所を定めた日": since,
        "市区町村コード": same("012025", len(index)), "町名": members.town[index], "番地": members.lot[index],
        "処理端末": same("", len(index)),
    }  # fmt: skip
    return {"fuhyo": cover, "fuhyo_member": member, "fuhyo_address": address}


REGISTER = AreaModule(
    "003", "戸籍", "市民課", register_rows,
    (
        Plant("ARE-003", "koseki_member", "member", "除籍日", lambda t: t["除籍日"] != NONE,
              lambda t, row, variant: {"除籍日": NONE, "除籍事由": ""}, note="消除された戸籍に除籍されていない人"),
        Plant("ARE-003", "koseki_image", "removed_image", "画像ファイル名", every,
              lambda t, row, variant: {"画像ハッシュ値": digest_of(t["画像ファイル名"][row], "blank")}, 7,
              note="白紙の画像", image="blank"),
        Plant("ARE-003", "koseki_image", "removed_image", "画像ハッシュ値", every, set_cells(), 7,
              note="別の画像", image="other"),
        Plant("ARE-003", "koseki_image", "removed_image", "画像ファイル名", every, set_cells(), 7,
              note="届いていない画像", image="absent"),
        Plant("ARE-003", "koseki_member", "member", "除籍日", lambda t: t["_renewed"], as_it_is, 20,
              note="改製原戸籍に在籍のまま", planted=False),
        Plant("REF-001", "koseki_member", "member", "宛名番号", lambda t: (t["除籍日"] == NONE) & ~t["_renewed"],
              nobody("宛名番号", 3)),
    ),
    (
        Figure("戸籍事務統計", "戸籍数", "koseki", where=lambda t: t["消除日"] == NONE),
        Figure("戸籍事務統計", "除籍数", "koseki", where=lambda t: t["消除日"] != NONE),
        Figure("戸籍事務統計", "除籍画像数", "koseki_image"),
    ),
)  # fmt: skip

SUPPLEMENT = AreaModule(
    "004", "戸籍の附票", "市民課", supplement_rows,
    (
        Plant("ARE-004", "fuhyo_address", "address_history", "住所を定めた日", lambda t: t["最新区分"] == "1",
              add("住所を定めた日", (1, 10)), note="住民票と違う住所を定めた日"),
        Plant("ARE-004", "fuhyo_address", "address_history", "住所を定めた日", lambda t: t["最新区分"] == "0", as_it_is,
              20, note="前の住所", planted=False),
        Plant("REF-001", "fuhyo_member", "member", "宛名番号", every, nobody("宛名番号", 4), 7),
    ),
    (
        Figure("戸籍の附票事務統計", "附票数", "fuhyo"),
        Figure("戸籍の附票事務統計", "記載者数", "fuhyo_member"),
    ),
)  # fmt: skip

