"""What is planted in the addresses of the resident master, and names of places that look wrong and are right."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import numpy as np

from pipelines.sample_city.desk import Desk, Flags, Kind, Planted, kept, mask
from pipelines.sample_city.eligible import leaver, moved_in, present
from pipelines.sample_city.towns import MUNICIPALITY, PREFECTURE, own_towns

ORIGIN = ("転入前市区町村コード", "転入前都道府県", "転入前市区町村", "転入前町名", "転入前番地")
DESTINATION = ("転出先市区町村コード", "転出先都道府県", "転出先市区町村", "転出先町名", "転出先番地")
_OWN_CODE = "012025"
_KASUMIGASEKI = ("131016", "東京都", "千代田区", "霞が関", "１番２号")

RIGHT_AS_THEY_ARE = (
    ("131016", "東京都", "千代田区", "一番町", "６番地"),
    ("011070", "北海道", "札幌市西区", "二十四軒一条一丁目", "２番３号"),
    ("281107", "兵庫県", "神戸市中央区", "三宮町一丁目", "１番２号"),
    ("261041", "京都府", "京都市中京区", "壬生坊城町", "４８番地"),
    ("082210", "茨城県", "ひたちなか市", "阿字ケ浦町", "２０８番地"),
    ("073440", "福島県", "岩瀬郡天栄村", "大里", "５番地"),
    ("041033", "宮城県", "仙台市若林区", "六丁目", "１番地"),
    ("072052", "福島県", "白河市", "大", "１番地"),
    ("052035", "秋田県", "横手市", "十文字町十文字", "１番地"),
)
"""Places whose names look like numbers, 字, 丁目 or another town, with an origin's five items."""


@cache
def _own() -> dict[str, str]:
    """The city's towns without 丁目 and their postal codes."""
    return {town.name: town.postal_code for ward in own_towns() for town in ward if not town.chome}


def arrived(desk: Desk) -> Flags:
    """Residents whose latest row is their moving in from within the country."""
    rows = desk.rows
    last = desk.people["last_row"]
    return mask(moved_in(desk) & (rows["異動事由"][last] == "01"))


def in_plain_town(desk: Desk) -> Flags:
    """Residents of a town of three to nine characters without 丁目."""
    towns = desk.rows["町名"][desk.people["last_row"]]
    length = np.strings.str_len(towns)
    return mask(present(desk) & np.isin(towns, list(_own())) & (length >= 3) & (length <= 9))


def in_cho(desk: Desk) -> Flags:
    """Those of them whose town ends in 町 and is no town without it."""
    towns = desk.rows["町名"][desk.people["last_row"]]
    known = [town.name for ward in own_towns() for town in ward]
    ends = np.strings.endswith(towns, "町") & ~np.isin(np.strings.slice(towns, -1), known)
    return mask(in_plain_town(desk) & ends)


def gone(desk: Desk) -> Flags:
    """People who moved out to a known place."""
    return mask(leaver(desk) & (desk.rows["転出先市区町村コード"][desk.people["last_row"]] != ""))


def _cells(desk: Desk, items: tuple[str, ...], texts: tuple[str, ...]) -> dict[str, bytes]:
    return {item: desk.text(item, text) for item, text in zip(items, texts, strict=True)}


def _origin(desk: Desk, person: int, texts: tuple[str, ...], item: str) -> Planted:
    return Planted(desk.last(person), _cells(desk, ORIGIN, texts), item)


def _lot(desk: Desk, person: int, lot: str) -> Planted:
    return Planted(desk.last(person), {"番地": desk.text("番地", lot)}, "番地")


def other_code(desk: Desk, person: int, variant: int) -> Planted:
    """A code of a city that is not the one named."""
    item, row = ORIGIN[0], desk.last(person)
    codes = [code for code in ("131016", "011002", "271004") if code[:5] != desk.value(row, item)[:5]]
    named = [code for code in codes if code[:2] != desk.value(row, item)[:2]]
    return Planted(row, {item: desk.text(item, named[variant])}, item)


def no_prefecture(desk: Desk, person: int, variant: int) -> Planted:
    """A city without its prefecture."""
    return Planted(desk.last(person), {ORIGIN[1]: desk.text(ORIGIN[1], "")}, ORIGIN[1])


def no_district(desk: Desk, person: int, variant: int) -> Planted:
    """A village without its 郡."""
    return _origin(desk, person, ("073440", "福島県", "天栄村", "大里", "５番地"), ORIGIN[2])


def with_oaza(desk: Desk, person: int, variant: int) -> Planted:
    """大字 before a town."""
    row = desk.last(person)
    text = ("大字", "字")[variant] + desk.value(row, "町名")
    return Planted(row, {"町名": desk.text("町名", text)}, "町名")


def bare_numbers(desk: Desk, person: int, variant: int) -> Planted:
    """A lot of nothing but numbers."""
    return _lot(desk, person, ("２４－１５", "１２")[variant])


def no_in_lot(desk: Desk, person: int, variant: int) -> Planted:
    """の before the 枝番."""
    return _lot(desk, person, ("１０番地の３", "２５番地ノ７")[variant])


def small_ke(desk: Desk, person: int, variant: int) -> Planted:
    """霞ヶ関 for 霞が関."""
    return _origin(desk, person, (*_KASUMIGASEKI[:3], ("霞ヶ関", "霞ケ関")[variant], _KASUMIGASEKI[4]), ORIGIN[3])


def old_form(desk: Desk, person: int, variant: int) -> Planted:
    """北一條 for 北一条."""
    town = ("北一條西三丁目", "北二條西三丁目")[variant]
    return _origin(desk, person, ("011011", "北海道", "札幌市中央区", town, "１番２号"), ORIGIN[3])


def town_of_old(desk: Desk, person: int, variant: int) -> Planted:
    """A town that nobody knows any more."""
    return Planted(desk.last(person), {"町名": desk.text("町名", ("旧桟橋通り", "北埠頭官舎")[variant])}, "町名")


def building_in_lot(desk: Desk, person: int, variant: int) -> Planted:
    """A building behind the lot."""
    return _lot(desk, person, ("１番２号霞ハイツ", "１２番地　松風荘")[variant])


def four_numbers(desk: Desk, person: int, variant: int) -> Planted:
    """A fourth number: a room, or not."""
    lot = _lot(desk, person, ("１－２－３－４０５", "１番２号－４０５")[variant])
    if variant == 0:
        lot.beside = (("ADR-007", "番地", "PROPOSE", None),)
    return lot


def letter_in_lot(desk: Desk, person: int, variant: int) -> Planted:
    """A letter of the old cadastre."""
    return _lot(desk, person, ("甲１２番地", "イ５番地")[variant])


def no_lot_number(desk: Desk, person: int, variant: int) -> Planted:
    """Land without a number."""
    return _lot(desk, person, ("番外地", "５番地先")[variant])


def kyoto_street(desk: Desk, person: int, variant: int) -> Planted:
    """A street before the town."""
    return _origin(
        desk, person, ("261041", "京都府", "京都市中京区", "烏丸通御池上る二条殿町", "５４８番地"), ORIGIN[3]
    )


def chome_in_lot(desk: Desk, person: int, variant: int) -> Planted:
    """北１条西 with its 丁目 in the lot."""
    made = _origin(desk, person, ("011011", "北海道", "札幌市中央区", "北１条西", "３－１２"), ORIGIN[3])
    made.beside = (("ADR-007", ORIGIN[4], "PROPOSE", None),)
    return made


def other_postal_code(desk: Desk, person: int, variant: int) -> Planted:
    """The postal code of another town of the city."""
    row = desk.last(person)
    own = desk.value(row, "郵便番号")
    others = sorted({code for code in _own().values() if code != own})
    return Planted(row, {"郵便番号": desk.text("郵便番号", others[variant])}, "郵便番号")


def abroad(desk: Desk, person: int, variant: int) -> Planted:
    """A foreign country where a city belongs."""
    name = ("米国シアトル市", "大韓民国釜山広域市")[variant]
    return Planted(desk.last(person), _cells(desk, DESTINATION, ("", "", name, "", "")), DESTINATION[2])


def without_cho(desk: Desk, person: int, variant: int) -> Planted:
    """A town without its 町."""
    row = desk.last(person)
    return Planted(row, {"町名": desk.text("町名", desk.value(row, "町名")[:-1])}, "町名")


def refers_back(desk: Desk, person: int, variant: int) -> Planted:
    """同上 where a lot belongs."""
    return _lot(desk, person, ("同上", "同番地")[variant])


def no_origin(desk: Desk, person: int, variant: int) -> Planted:
    """Nobody wrote down where somebody came from."""
    return _origin(desk, person, ("", "", "", "", ""), ORIGIN[2])


def own_city(desk: Desk, person: int, variant: int) -> Planted:
    """The last address within the city where the origin belongs."""
    return _origin(desk, person, (_OWN_CODE, PREFECTURE, MUNICIPALITY, "松風町", "１番２号"), ORIGIN[0])


def numbers_of_lot(desk: Desk, person: int, variant: int) -> Planted:
    """The numbers of a lot stand beside it."""
    row = desk.last(person)
    lot = desk.value(row, "番地").translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    numbers = re.findall("[0-9]+", lot)
    return Planted(row, {}, "住所_番地枝番数値", after="-".join(number.zfill(5) for number in numbers))


def place_as_it_is(place: int) -> Callable[[Desk, int, int], Planted]:
    """A maker of rows whose origin is one of RIGHT_AS_THEY_ARE, two a kind."""

    def right_place(desk: Desk, person: int, variant: int) -> Planted:
        """A name that looks wrong."""
        return _origin(desk, person, RIGHT_AS_THEY_ARE[(place + person) % len(RIGHT_AS_THEY_ARE)], ORIGIN[3])

    return right_place


def building_like_town(desk: Desk, person: int, variant: int) -> Planted:
    """三ノ宮荘 has its の by name."""
    return Planted(desk.last(person), {"方書": desk.text("方書", "三ノ宮荘")}, "方書")


def branch_lot(desk: Desk, person: int, variant: int) -> Planted:
    """１０番地３ is as it should be."""
    return _lot(desk, person, "１０番地３")


def two_branches(desk: Desk, person: int, variant: int) -> Planted:
    """Three numbers are no room."""
    return _lot(desk, person, "１２番地３－４")


def _building(name: str) -> Callable[[Desk, int, int], Planted]:
    def named_building(desk: Desk, person: int, variant: int) -> Planted:
        """A building whose name is made of what a lot may say."""
        return Planted(desk.last(person), {"方書": desk.text("方書", name)}, "方書")

    return named_building


def not_arrived(desk: Desk) -> Flags:
    """Residents whose latest row is no moving in from within the country."""
    return mask(present(desk) & (desk.rows["異動事由"][desk.people["last_row"]] != "01"))


ADDRESS_KINDS: tuple[Kind, ...] = (
    Kind("ADR-003", ORIGIN[0], other_code, arrived, often=5),
    Kind("ADR-004", ORIGIN[1], no_prefecture, arrived, "PROPOSE", 5),
    Kind("ADR-004", ORIGIN[2], no_district, arrived, "PROPOSE", 4),
    Kind("ADR-005", "町名", with_oaza, in_plain_town, "PROPOSE", 5),
    Kind("ADR-007", "番地", bare_numbers, present, "PROPOSE", 5),
    Kind("ADR-008", "番地", numbers_of_lot, present, "AUTO", 20),
    Kind("ADR-010", "番地", no_in_lot, present, "PROPOSE", 5),
    Kind("ADR-011", ORIGIN[3], small_ke, arrived, "PROPOSE", 5),
    Kind("ADR-012", ORIGIN[3], old_form, arrived, "PROPOSE", 5),
    Kind("ADR-013", "町名", town_of_old, present, often=5),
    Kind("ADR-014", "番地", building_in_lot, present, "PROPOSE", 5),
    Kind("ADR-015", "番地", four_numbers, present, often=5),
    Kind("ADR-016", "番地", letter_in_lot, present, often=5),
    Kind("ADR-017", "番地", no_lot_number, present, "NONE", 5),
    Kind("ADR-018", ORIGIN[3], kyoto_street, arrived, "NONE", 4),
    Kind("ADR-019", ORIGIN[3], chome_in_lot, arrived, "PROPOSE", 4),
    Kind("ADR-021", "郵便番号", other_postal_code, in_plain_town, "PROPOSE", 5),
    Kind("ADR-022", DESTINATION[2], abroad, gone, "PROPOSE", 4),
    Kind("ADR-023", "町名", without_cho, in_cho, often=5, also_ok=("ADR-013",)),
    Kind("ADR-024", "番地", refers_back, present, often=5),
    Kind("ADR-025", ORIGIN[2], no_origin, arrived, often=5),
    Kind("ADR-026", ORIGIN[0], own_city, arrived, often=5),
    *(
        Kind(rule, ORIGIN[3], place_as_it_is(place), arrived, planted=False, often=10)
        for place, rule in enumerate(
            ("ADR-003", "ADR-004", "ADR-005", "ADR-011", "ADR-012", "ADR-013", "ADR-018", "ADR-019", "ADR-022")
        )
    ),
    Kind("ADR-010", "方書", building_like_town, present, planted=False, often=10),
    Kind("ADR-007", "番地", branch_lot, present, planted=False, often=10),
    Kind("ADR-014", "番地", branch_lot, present, planted=False, often=10),
    Kind("ADR-002", "町名", kept, present, planted=False, often=10),
    Kind("ADR-008", "方書", kept, present, planted=False, often=10),
    Kind("ADR-015", "番地", two_branches, present, planted=False, often=10),
    Kind("ADR-016", "方書", _building("甲南荘"), present, planted=False, often=10),
    Kind("ADR-017", "方書", _building("番外地荘"), present, planted=False, often=10),
    Kind("ADR-021", "郵便番号", kept, present, planted=False, often=20),
    Kind("ADR-023", "町名", kept, in_cho, planted=False, often=10),
    Kind("ADR-024", "方書", _building("同仁荘"), present, planted=False, often=10),
    Kind("ADR-025", ORIGIN[2], kept, not_arrived, planted=False, often=20),
    Kind("ADR-026", ORIGIN[0], kept, arrived, planted=False, often=20),
)
