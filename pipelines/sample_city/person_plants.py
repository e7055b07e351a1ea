"""What is planted between the items of one person: 続柄 and sex, death and removal, 住民票コード, residence card, the
former address; and what looks like it and is lawful.
"""

from __future__ import annotations

import numpy as np

from pipelines.sample_city.desk import Desk, Flags, Kind, Planted, kept, mask
from pipelines.sample_city.eligible import foreigner, japanese, leaver, present
from pipelines.sample_city.household_plants import child_of_present_head, spouse_of_present_head
from pipelines.sample_city.population import DEAD, HEAD

_SEX, _CODE, _CARD = "性別", "住民票コード", "在留カード番号"
_HEAD_NAME, _FORMER_TOWN = "世帯主氏名", "転居前町名"


def moved_within(desk: Desk) -> Flags:
    """Residents whose latest row says where in the city they lived before."""
    return mask(present(desk) & (desk.rows[_FORMER_TOWN][desk.people["last_row"]] != ""))


def _dead(desk: Desk) -> Flags:
    people = desk.people
    return mask((people["status"] == DEAD) & (people["removed_in"] <= 1) & ~people["event"] & ~people["old_number"])


def _ends_in_zero(desk: Desk) -> Flags:
    return mask(present(desk) & (desk.rows[_CODE][desk.people["last_row"]] % 10 == 0))


def five_generations(desk: Desk, person: int, variant: int) -> Planted:
    """Five words joined by の: the standard says 縁故者."""
    text = ("子の子の子の子の子", "母の子の子の子の子")[variant]
    return Planted(desk.last(person), {"続柄": desk.text("続柄", text)}, "続柄")


def four_generations(desk: Desk, person: int, variant: int) -> Planted:
    """Four words are written out."""
    return Planted(desk.last(person), {"続柄": desk.text("続柄", "子の子の子の子")}, "続柄")


def other_sex(desk: Desk, person: int, variant: int) -> Planted:
    """A husband who is a woman, or a wife who is a man."""
    row = desk.last(person)
    sex = "2" if desk.value(row, _SEX) == "1" else "1"
    return Planted(row, {_SEX: desk.text(_SEX, sex)}, _SEX)


def not_registered(desk: Desk, person: int, variant: int) -> Planted:
    """妻（未届）: a wife without a registered marriage."""
    row = desk.last(person)
    return Planted(row, {"続柄": desk.text("続柄", desk.value(row, "続柄") + "（未届）")}, "続柄")


def former_head(desk: Desk, person: int, variant: int) -> Planted:
    """The name of whoever was the head before."""
    name = ("前田\u3000太郎", "前野\u3000花子")[variant]
    return Planted(desk.last(person), {_HEAD_NAME: desk.text(_HEAD_NAME, name)}, _HEAD_NAME)


def head_without_blank(desk: Desk, person: int, variant: int) -> Planted:
    """The head's name without the blank between its parts is the same name."""
    row = desk.last(person)
    name = desk.value(row, _HEAD_NAME).replace("\u3000", "")
    return Planted(row, {_HEAD_NAME: desk.text(_HEAD_NAME, name)}, _HEAD_NAME)


def dead_who_left(desk: Desk, person: int, variant: int) -> Planted:
    """Removed because of a death; the status says they moved out."""
    return Planted(desk.last(person), {"消除事由": desk.text("消除事由", "23")}, "消除事由")


def card_of_japanese(desk: Desk, person: int, variant: int) -> Planted:
    """A residence card of somebody who is Japanese."""
    return Planted(desk.last(person), {_CARD: desk.text(_CARD, ("AB12345678CD", "CD87654321AB")[variant])}, _CARD)


def short_card(desk: Desk, person: int, variant: int) -> Planted:
    """A card number without its last letter, or without a digit."""
    row = desk.last(person)
    card = desk.value(row, _CARD)
    return Planted(row, {_CARD: desk.text(_CARD, (card[:-1], card[:9] + card[-2:])[variant])}, _CARD)


def other_check_digit(desk: Desk, person: int, variant: int) -> Planted:
    """A 住民票コード whose last digit is another."""
    row = desk.last(person)
    code = int(desk.rows[_CODE][row])
    code += (code % 10 + 1 + variant) % 10 - code % 10
    return Planted(row, {_CODE: desk.number(_CODE, code)}, _CODE)


def another_former_town(desk: Desk, person: int, variant: int) -> Planted:
    """The former address is in a town they never lived in."""
    row = desk.last(person)
    known = {desk.value(row, "町名"), desk.value(row, _FORMER_TOWN)}
    town = [t for t in ("松風町", "本町", "千代台町", "元町") if t not in known][variant]
    return Planted(row, {_FORMER_TOWN: desk.text(_FORMER_TOWN, town)}, _FORMER_TOWN)


def _member_of_japanese_home(desk: Desk) -> Flags:
    people = desk.people
    head_foreign = np.zeros(int(people["household"].max()) + 1, bool)
    head_foreign[people["household"][(people["role"] == HEAD) & people["foreign"]]] = True
    near = spouse_of_present_head(desk) | child_of_present_head(desk)
    return mask(near & ~head_foreign[people["household"]])


PERSON_KINDS: tuple[Kind, ...] = (
    Kind("HSE-007", "続柄", five_generations, child_of_present_head, "PROPOSE", 7, also_ok=("HSE-005",)),
    Kind("HSE-008", _SEX, other_sex, spouse_of_present_head, often=7),
    Kind("HSE-011", _HEAD_NAME, former_head, _member_of_japanese_home, "PROPOSE", 7),
    Kind("HSE-015", "消除事由", dead_who_left, leaver, often=7),
    Kind("HSE-019", _FORMER_TOWN, another_former_town, moved_within, often=7),
    Kind("HSE-020", _CARD, card_of_japanese, japanese, often=7),
    Kind("IDN-004", _CODE, other_check_digit, present, often=7),
    Kind("IDN-011", _CARD, short_card, foreigner, often=7),
    # lawful
    Kind("HSE-005", "続柄", not_registered, spouse_of_present_head, planted=False, often=15),
    Kind("HSE-007", "続柄", four_generations, child_of_present_head, planted=False, often=15),
    Kind("HSE-008", _SEX, not_registered, spouse_of_present_head, planted=False, often=15),
    Kind("HSE-011", _HEAD_NAME, head_without_blank, _member_of_japanese_home, planted=False, often=15),
    Kind("HSE-015", "消除事由", kept, _dead, planted=False, often=15),
    Kind("HSE-019", _FORMER_TOWN, kept, moved_within, planted=False, often=30),
    Kind("HSE-020", _CARD, kept, japanese, planted=False, often=15),
    Kind("HSE-022", "本籍", kept, foreigner, planted=False, often=15),
    Kind("IDN-004", _CODE, kept, _ends_in_zero, planted=False, often=20),
    Kind("IDN-011", _CARD, kept, foreigner, planted=False, often=15),
)
