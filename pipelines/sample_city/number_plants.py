"""What is planted in packed and zoned numbers and in codes of a list."""

from __future__ import annotations

import numpy as np

from pipelines.sample_city.desk import Desk, Flags, Kind, Planted, kept, mask, numbers, texts
from pipelines.sample_city.eligible import anyone, japanese, member, present
from pipelines.sample_city.record_plants import SHIFTING


def old_child(desk: Desk) -> Flags:
    """Children whose 続柄 is coded in the former way (長男, 長女)."""
    return mask(np.isin(desk.rows["続柄コード"][desk.people["last_row"]], ["11", "12"]))


def young_child(desk: Desk) -> Flags:
    """Children coded 子 in the present way."""
    return mask(anyone(desk) & (desk.rows["続柄コード"][desk.people["last_row"]] == "10"))


def packed_sign(desk: Desk, person: int, variant: int) -> Planted:
    """A sign nibble that is none."""
    return Planted(desk.last(person), {"記載順位": bytes([0x00, 0x13 + variant * 0x10])}, "記載順位")


def packed_digit(desk: Desk, person: int, variant: int) -> Planted:
    """A letter where a digit stands."""
    return Planted(desk.last(person), {"記載順位": bytes([0x0A, 0x1F])}, "記載順位")


def packed_blank(desk: Desk, person: int, variant: int) -> Planted:
    """Blanks in a packed item."""
    return Planted(desk.last(person), {"在留期間満了日": bytes([desk.encoder.blank]) * 4}, "在留期間満了日")


def zoned_sign(desk: Desk, person: int, variant: int) -> Planted:
    """A signed last digit in an item without sign."""
    item = "自治会番号"
    cell = bytearray(desk.number(item, 1201))
    cell[-1] = 0xD1 if desk.encoder.host.zone == 0xF0 else 0x71
    return Planted(desk.last(person), {item: bytes(cell)}, item)


def unknown_reason(desk: Desk, person: int, variant: int) -> Planted:
    """A reason of change that the code table does not have."""
    return texts(desk, desk.last(person), "異動事由", ("99", "98")[variant])


def former_child_code(desk: Desk, person: int, variant: int) -> Planted:
    """長男, 長女: the standard has only 子."""
    return Planted(desk.last(person), {}, "続柄コード", after="20")


def positive_sign(desk: Desk, person: int, variant: int) -> Planted:
    """The sign nibble C is positive as well."""
    return Planted(desk.last(person), {"記載順位": bytes([0x00, 0x2C])}, "記載順位")


def zero_association(desk: Desk, person: int, variant: int) -> Planted:
    """Zeros are digits."""
    return numbers(desk, desk.last(person), "自治会番号", 0)


def sex_not_known(desk: Desk, person: int, variant: int) -> Planted:
    """0 不明 is a value of the list."""
    return texts(desk, desk.last(person), "性別", "0")


def kept_relation(desk: Desk, person: int, variant: int) -> Planted:
    """子 in the present code."""
    return Planted(desk.last(person), {}, "続柄コード", after="20")


DEFECTS: tuple[Kind, ...] = (
    Kind("NUM-001", "記載順位", packed_sign, present, "BLOCK", 5),
    Kind("NUM-002", "記載順位", packed_digit, present, often=4),
    Kind("NUM-002", "在留期間満了日", packed_blank, japanese, often=4, hosts=SHIFTING),
    Kind("NUM-003", "自治会番号", zoned_sign, present, often=5),
    Kind("COD-001", "異動事由", unknown_reason, present, "BLOCK", 5),
    Kind("COD-003", "続柄コード", former_child_code, old_child, "AUTO", everyone=True),
)
ODDITIES: tuple[Kind, ...] = (
    Kind("NUM-001", "記載順位", positive_sign, present, planted=False, often=20),
    Kind("NUM-002", "在留期間満了日", kept, japanese, planted=False, often=20),
    Kind("NUM-003", "自治会番号", zero_association, present, planted=False, often=20),
    Kind("COD-001", "性別", sex_not_known, member, planted=False, often=8),
    Kind("COD-003", "続柄コード", kept_relation, young_child, planted=False, often=240),
)
