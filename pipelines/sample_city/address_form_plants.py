"""What is planted in the written form of addresses: 丁目, hyphens, postal codes, a code's check digit."""

from __future__ import annotations

from pipelines.sample_city.desk import Desk, Flags, Kind, Planted, kept, mask, texts
from pipelines.sample_city.eligible import moved_in, present


def with_chome(desk: Desk) -> Flags:
    """Residents of a town with 丁目."""
    return mask(present(desk) & desk.people["chome"])


def wrong_origin_code(desk: Desk, person: int, variant: int) -> Planted:
    """A municipality code with a wrong check digit."""
    row = desk.last(person)
    code = desk.value(row, "転入前市区町村コード")
    return texts(
        desk,
        row,
        "転入前市区町村コード",
        code[:5] + str((int(code[5]) + 1 + variant) % 10),
        beside=(("IDN-003", "転入前市区町村コード", "REVIEW", None),),
    )


def arabic_chome(desk: Desk, person: int, variant: int) -> Planted:
    """美原２丁目."""
    row = desk.last(person)
    return texts(desk, row, "町名", desk.value(row, "町名").translate(str.maketrans("一二三", "１２３")))


def long_vowel_as_hyphen(desk: Desk, person: int, variant: int) -> Planted:
    """１２ー３: a long vowel mark between numbers."""
    row = desk.last(person)
    return texts(desk, row, "番地", "１２ー３", after="１２－３")


def hyphen_in_postal_code(desk: Desk, person: int, variant: int) -> Planted:
    """040-0053."""
    row = desk.last(person)
    code = desk.value(row, "郵便番号")
    return texts(desk, row, "郵便番号", f"{code[:3]}-{code[3:]}", after=code)


def short_postal_code(desk: Desk, person: int, variant: int) -> Planted:
    """A code of before 1998."""
    row = desk.last(person)
    return texts(desk, row, "郵便番号", desk.value(row, "郵便番号")[:3])


def center_building(desk: Desk, person: int, variant: int) -> Planted:
    """The ー of センター is a letter."""
    return texts(desk, desk.last(person), "方書", "第２センター１号", after="第２センター１号")


def kept_postal_code(desk: Desk, person: int, variant: int) -> Planted:
    """Seven digits stay as they are."""
    row = desk.last(person)
    return Planted(row, {}, "郵便番号", after=desk.value(row, "郵便番号"))


DEFECTS: tuple[Kind, ...] = (
    Kind("ADR-001", "転入前市区町村コード", wrong_origin_code, moved_in, often=5, also_ok=("ADR-003",)),
    Kind("ADR-006", "町名", arabic_chome, with_chome, "PROPOSE", 6),
    Kind("ADR-009", "番地", long_vowel_as_hyphen, present, "AUTO", 20, ("ADR-007",)),
    Kind("ADR-020", "郵便番号", hyphen_in_postal_code, present, "AUTO", 30),
    Kind("ADR-020", "郵便番号", short_postal_code, present, often=3),
)
ODDITIES: tuple[Kind, ...] = (
    Kind("ADR-006", "町名", kept, with_chome, planted=False, often=40),
    Kind("ADR-009", "方書", center_building, present, planted=False, often=20),
    Kind("ADR-020", "郵便番号", kept_postal_code, present, planted=False, often=50),
)
