"""What is planted in records and bytes: broken shifts, codes that no table has, unset fields, doubled records."""

from __future__ import annotations

import numpy as np

from pipelines.sample_city.desk import Desk, Flags, Kind, Planted, kept, mask, texts
from pipelines.sample_city.eligible import moved_in, present, spouse, with_history
from pipelines.sample_city.hosts import GAIJI_BASE, UNDECIDED

SHIFTING = ("jef", "keis", "jips", "ibm")
"""Hosts whose mixed fields shift in and out of kanji."""


def with_gaiji(desk: Desk) -> Flags:
    """Japanese residents with a user-defined character in the family name."""
    family = desk.rows["氏"][desk.people["last_row"]]
    found = np.zeros(len(family), bool)
    for place in range(8):
        found |= np.strings.find(family, chr(GAIJI_BASE + place)) >= 0
    return mask(present(desk) & found)


def broken_shift(desk: Desk, person: int, variant: int) -> Planted:
    """A kanji run that is never closed: the text was cut."""
    item = "備考"
    text = desk.encoder.double(np.array(["郵送請求あり"]), 6).tobytes()
    cell = (desk.encoder.system.shift_in[0] + text).ljust(desk.length(item), bytes([desk.encoder.blank]))
    return Planted(desk.last(person), {item: cell}, item)


def broken_shift_in_building(desk: Desk, person: int, variant: int) -> Planted:
    """The same in a certified item."""
    item = "方書"
    text = desk.encoder.double(np.array(["松風コーポ"]), 5).tobytes()
    cell = (desk.encoder.system.shift_in[0] + text).ljust(desk.length(item), bytes([desk.encoder.blank]))
    return Planted(desk.last(person), {item: cell}, item)


def undefined_code(desk: Desk, person: int, variant: int) -> Planted:
    """A two-byte code that no table has."""
    item = "転入前町名"
    row = desk.last(person)
    cell = bytearray(desk.text(item, desk.value(row, item)))
    cell[0:2] = desk.encoder.undefined_code
    return Planted(row, {item: bytes(cell)}, item)


def undecided_gaiji(desk: Desk, person: int, variant: int) -> Planted:
    """A user-defined character the 外字対応表 does not decide."""
    row = desk.last(person)
    cells = {"旧氏": desk.text("旧氏", UNDECIDED + "田"), "旧氏カナ": desk.text("旧氏カナ", "ﾅｶﾞﾀ")}
    return Planted(row, cells, "旧氏", note="外字未同定")


def control_character(desk: Desk, person: int, variant: int) -> Planted:
    """A tabulator inside a remark."""
    item = "備考"
    tab = desk.encoder.system.single_codes["\t"]
    cell = bytearray(desk.text(item, "TEL 0138"))
    cell[3] = tab
    return Planted(desk.last(person), {item: bytes(cell)}, item)


def low_value(desk: Desk, person: int, variant: int) -> Planted:
    """An item that was never set."""
    return Planted(desk.last(person), {"方書": bytes(desk.length("方書"))}, "方書", after="")


def high_value(desk: Desk, person: int, variant: int) -> Planted:
    """An item filled with X'FF'."""
    return Planted(desk.last(person), {"操作者": b"\xff" * desk.length("操作者")}, "操作者")


def doubled_record(desk: Desk, person: int, variant: int) -> Planted:
    """The first history row stands in the file twice, byte for byte."""
    return Planted(desk.first(person), {}, "", repeat=True, beside=(("HSE-017", "履歴番号", "REVIEW", None),))


def two_kanji_runs(desk: Desk, person: int, variant: int) -> Planted:
    """Two well-formed kanji runs around Roman letters."""
    return texts(desk, desk.last(person), "備考", "郵送 ABC 請求")


def blank_inside(desk: Desk, person: int, variant: int) -> Planted:
    """A full-width blank inside a remark is no control character."""
    return texts(desk, desk.last(person), "備考", "要\u3000確認")


def blank_building(desk: Desk, person: int, variant: int) -> Planted:
    """Blanks are blanks, not LOW-VALUE."""
    return texts(desk, desk.last(person), "方書", "", after="")


def last_letters(desk: Desk, person: int, variant: int) -> Planted:
    """ZZZZZZZZ is a name of an operator, not HIGH-VALUE."""
    return texts(desk, desk.last(person), "操作者", "ZZZZZZZZ")


DEFECTS: tuple[Kind, ...] = (
    Kind("FIL-003", "備考", broken_shift, present, "BLOCK", 4, hosts=SHIFTING),
    Kind("FIL-003", "方書", broken_shift_in_building, present, "BLOCK", 4, hosts=SHIFTING),
    Kind("FIL-006", "転入前町名", undefined_code, moved_in, often=5),
    Kind("FIL-006", "旧氏", undecided_gaiji, spouse, often=6, also_ok=("MOJ-001", "MOJ-002")),
    Kind("FIL-007", "備考", control_character, present, often=5),
    Kind("FIL-008", "方書", low_value, present, "AUTO", 30),
    Kind("FIL-009", "操作者", high_value, present, "PROPOSE", 5),
    Kind("FIL-016", "", doubled_record, with_history, "PROPOSE", 7),
)
ODDITIES: tuple[Kind, ...] = (
    Kind("FIL-003", "備考", two_kanji_runs, present, planted=False, often=20),
    Kind("FIL-006", "氏", kept, with_gaiji, planted=False, often=60),
    Kind("FIL-007", "備考", blank_inside, present, planted=False, often=20),
    Kind("FIL-008", "方書", blank_building, present, planted=False, often=30),
    Kind("FIL-009", "操作者", last_letters, present, planted=False, often=20),
    Kind("FIL-016", "", kept, with_history, planted=False, often=30),
    Kind("HSE-017", "履歴番号", kept, with_history, planted=False, often=30),
)
