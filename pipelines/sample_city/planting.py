"""What is planted in the resident master: one entry a kind of defect or legal oddity, and the desk they are made on.

A kind names the persons it may befall (``eligible``) and the cells it changes (``make``). A person carries at most one
kind, so that every finding of a rule can be told to be planted or not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.sample_city.calendar_dates import day
from pipelines.sample_city.hosts import GAIJI_BASE, UNDECIDED, Encoder, canonical
from pipelines.sample_city.names import wide_kana
from pipelines.sample_city.population import CHILD, HEAD, LISTED, SPOUSE, Chunk

Flags = NDArray[np.bool_]
Action = Literal["AUTO", "PROPOSE", "REVIEW", "BLOCK", "NONE"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the items of a record stand: name → (byte offset, byte length, codec ``N``/``X``/``9``/``P``)."""

    length: int
    fields: Mapping[str, tuple[int, int, str]]


@dataclass
class Planted:
    """The cells one plant changes in one row, and what its truth row says.

    ``cells`` item → bytes of the whole field. ``item`` is the source item the finding names; ``after`` the standard's
    value once an AUTO rule has run; ``repeat`` doubles the record. ``beside`` are (rule, source item,
    action, after) of what other rules rightly find.
    """

    row: int
    cells: dict[str, bytes]
    item: str
    after: str | None = None
    note: str = ""
    repeat: bool = False
    subject: str | None = None
    beside: tuple[tuple[str, str, Action, str | None], ...] = ()


class Desk:
    """A chunk with the encoder of its ward: what kinds look at and write with."""

    def __init__(self, chunk: Chunk, encoder: Encoder, layout: Layout) -> None:
        self.chunk = chunk
        self.encoder = encoder
        self.layout = layout
        self.people = chunk.people
        self.rows = chunk.rows

    def last(self, person: int) -> int:
        """The person's latest row."""
        return int(self.people["last_row"][person])

    def first(self, person: int) -> int:
        """The person's first row."""
        return int(self.people["first_row"][person])

    def subject(self, row: int) -> str:
        """The key of a row as it stands in the file."""
        return f"{int(self.rows['宛名番号'][row]):010d}/{int(self.rows['履歴番号'][row]):03d}"

    def value(self, row: int, item: str) -> str:
        """The text of a cell as generated."""
        return str(self.rows[item][row])

    def text(self, item: str, text: str) -> bytes:
        """A text as the bytes of the item's field."""
        _, length, codec = self.layout.fields[item]
        return self.encoder.text(text, length, double=codec == "N")

    def number(self, item: str, number: int) -> bytes:
        """A number as the bytes of the item's field."""
        _, length, codec = self.layout.fields[item]
        column = np.array([number], np.int64)
        if codec == "P":
            return self.encoder.packed(column, length * 2 - 1).tobytes()
        return self.encoder.zoned(column, length).tobytes()

    def length(self, item: str) -> int:
        """Bytes of the item's field."""
        return self.layout.fields[item][1]


@dataclass(frozen=True)
class Kind:
    """One kind of defect, or (``planted`` false) of legal oddity on which ``rule`` must not fire.

    ``often`` is the number in a city of 20,000 people. ``also_ok`` are rules that may rightly fire on the same record.
    ``hosts`` are the machines on which the kind can be made (empty: all). ``everyone``: the kind is in the population
    itself, and all rows of all eligible persons are its truth.
    """

    rule: str
    item: str
    make: Callable[[Desk, int, int], Planted]
    eligible: Callable[[Desk], Flags]
    action: Action = "REVIEW"
    often: int = 5
    also_ok: tuple[str, ...] = ()
    planted: bool = True
    hosts: tuple[str, ...] = ()
    everyone: bool = False

    @property
    def name(self) -> str:
        """The kind in one word, for messages and tests."""
        return f"{self.rule}:{self.item}:{'defect' if self.planted else 'oddity'}:{self.make.__name__}"


SHIFTING = ("jef", "keis", "jips", "ibm")


def mask(flags: Any) -> Flags:
    """Flags, one a person, as an array of truth values."""
    return np.asarray(flags, dtype=np.bool_)


# --- whom a kind may befall -----------------------------------------------------------------------------------------


def anyone(desk: Desk) -> Flags:
    """Everybody whose rows stay the same in all generations."""
    people = desk.people
    return mask(
        ~people["event"]
        & ~people["deleted"]
        & ~people["old_number"]
        & (people["appears"] == 1)
        & ~people["twin"]
        & (people["removed_in"] <= 1)
    )


def present(desk: Desk) -> Flags:
    """Present residents."""
    return mask(anyone(desk) & (desk.people["status"] == LISTED))


def member(desk: Desk) -> Flags:
    """Japanese residents who are not the head: their name stands in no other record."""
    return mask(present(desk) & (desk.people["role"] != HEAD) & ~desk.people["foreign"])


def japanese(desk: Desk) -> Flags:
    """Japanese residents."""
    return mask(present(desk) & ~desk.people["foreign"])


def migrated(desk: Desk) -> Flags:
    """Japanese residents who came from elsewhere, so that their birth is far before everything else."""
    return mask(japanese(desk) & (desk.people["resident_since"] - desk.people["birth"] > 800))


def foreigner(desk: Desk) -> Flags:
    """Foreign residents."""
    return mask(present(desk) & desk.people["foreign"])


def with_history(desk: Desk) -> Flags:
    """Persons with more than one row."""
    return mask(anyone(desk) & (desk.people["last_row"] > desk.people["first_row"]))


def born_in_overflow(desk: Desk) -> Flags:
    """Born in the first year of 平成 or 令和, whose year the former era would have had too."""
    birth = desk.people["birth"]
    return mask(
        japanese(desk)
        & (
            ((birth >= day(1989, 1, 8)) & (birth <= day(1989, 12, 31)))
            | ((birth >= day(2019, 5, 1)) & (birth <= day(2019, 12, 31)))
        )
    )


def moved_in_overflow(desk: Desk) -> Flags:
    """Latest change of address in the first year of 平成 or 令和."""
    here = desk.people["here"]
    return mask(
        present(desk)
        & (
            ((here >= day(1989, 1, 8)) & (here <= day(1989, 12, 31)))
            | ((here >= day(2019, 5, 1)) & (here <= day(2019, 12, 31)))
        )
    )


def migrated_not_born_in_year_one(desk: Desk) -> Flags:
    """Those whose birth has a year before it in the same era."""
    return mask(migrated(desk) & (desk.rows["生年月日"][desk.people["last_row"]] // 10000 % 100 > 1))


def old(desk: Desk) -> Flags:
    """Japanese residents of 85 and more who came from elsewhere."""
    return mask(migrated(desk) & (desk.people["age"] >= 80))


def with_chome(desk: Desk) -> Flags:
    """Residents of a town with 丁目."""
    return mask(present(desk) & desk.people["chome"])


def infant(desk: Desk) -> Flags:
    """Children under six who are not the head."""
    return mask(member(desk) & (desk.people["role"] == CHILD) & (desk.people["age"] < 6))


def in_single_household(desk: Desk) -> Flags:
    """Residents living alone."""
    return mask(japanese(desk) & (desk.people["household_size"] == 1))


def spouse(desk: Desk) -> Flags:
    """Spouses whose head is a present resident."""
    return mask(member(desk) & (desk.people["role"] == SPOUSE))


def couple_head(desk: Desk) -> Flags:
    """Heads of households of two."""
    return mask(japanese(desk) & (desk.people["role"] == HEAD) & (desk.people["household_size"] == 2))


def moved_in(desk: Desk) -> Flags:
    """Residents whose latest row names where they came from."""
    rows = desk.rows
    return mask(present(desk) & (rows["転入前市区町村コード"][desk.people["last_row"]] != ""))


def old_child(desk: Desk) -> Flags:
    """Children whose 続柄 is coded in the former way (長男, 長女)."""
    return mask(np.isin(desk.rows["続柄コード"][desk.people["last_row"]], ["11", "12"]))


def with_gaiji(desk: Desk) -> Flags:
    """Japanese residents with a user-defined character in the family name."""
    family = desk.rows["氏"][desk.people["last_row"]]
    found = np.zeros(len(family), bool)
    for place in range(8):
        found |= np.strings.find(family, chr(GAIJI_BASE + place)) >= 0
    return mask(present(desk) & found)


def twin(desk: Desk) -> Flags:
    """Twins."""
    people = desk.people
    return mask(
        people["twin"] & ~people["event"] & ~people["deleted"] & (people["status"] == LISTED) & ~people["old_number"]
    )


def leaver(desk: Desk) -> Flags:
    """Persons who have moved out."""
    return mask(anyone(desk) & (desk.people["status"] == 2))


def with_long_vowel(desk: Desk) -> Flags:
    """Foreign residents whose kana has a long vowel mark."""
    return mask(foreigner(desk) & (np.strings.find(desk.rows["氏名カナ"][desk.people["last_row"]], "ｰ") >= 0))


def leap_born(desk: Desk) -> Flags:
    """Born on 29 February."""
    return mask(japanese(desk) & (desk.rows["生年月日"][desk.people["last_row"]] % 10000 == 229))


def with_old_number(desk: Desk) -> Flags:
    """Persons whose 宛名番号 is from before check digits."""
    return mask(desk.people["old_number"])


# --- what a kind does -----------------------------------------------------------------------------------------------


def _texts(desk: Desk, row: int, item: str, text: str, **more: Any) -> Planted:
    return Planted(row, {item: desk.text(item, text)}, item, **more)


def _numbers(desk: Desk, row: int, item: str, number: int, **more: Any) -> Planted:
    return Planted(row, {item: desk.number(item, number)}, item, **more)


def _iso(era_date: int) -> str:
    offset = (1867, 1911, 1925, 1988, 2018)[era_date // 1_000_000 - 1]
    return f"{offset + era_date // 10000 % 100:04d}-{era_date // 100 % 100:02d}-{era_date % 100:02d}"


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
    return _texts(desk, desk.last(person), "異動事由", ("99", "98")[variant])


def former_child_code(desk: Desk, person: int, variant: int) -> Planted:
    """長男, 長女: the standard has only 子."""
    return Planted(desk.last(person), {}, "続柄コード", after="20")


def unknown_era(desk: Desk, person: int, variant: int) -> Planted:
    """An era code that no era has."""
    return _numbers(desk, desk.last(person), "住所を定めた日", (6080401, 7080401)[variant])


def _former_era(value: int) -> int:
    """平成元年 as 昭和64年, 令和元年 as 平成31年."""
    return value - 1_000_000 + ((64 if value // 1_000_000 == 4 else 31) - 1) * 10000


def birth_after_era(desk: Desk, person: int, variant: int) -> Planted:
    """昭和64年2月10日: a birth date in an era that had ended."""
    row = desk.last(person)
    return _numbers(desk, row, "生年月日", _former_era(int(desk.rows["生年月日"][row])))


def change_after_era(desk: Desk, person: int, variant: int) -> Planted:
    """A change dated in an era that had ended."""
    row = desk.last(person)
    return _numbers(desk, row, "異動日", _former_era(int(desk.rows["異動日"][row])))


def expiry_in_former_era(desk: Desk, person: int, variant: int) -> Planted:
    """平成39年3月31日: a limit set before the era changed is right."""
    return _numbers(desk, desk.last(person), "在留期間満了日", 4390331, after="2027-03-31")


def era_boundary(desk: Desk, person: int, variant: int) -> Planted:
    """大正15年12月25日 was also 昭和元年12月25日."""
    return _numbers(desk, desk.last(person), "生年月日", 2151225)


def boundary_without_fault(desk: Desk, person: int, variant: int) -> Planted:
    """The same day as a legal oddity: in its era, noticed and left alone."""
    made = era_boundary(desk, person, variant)
    made.beside = (("DAT-005", "生年月日", "NONE", None),)
    return made


def off_calendar_birth_allowed(desk: Desk, person: int, variant: int) -> Planted:
    """A birth on 29 February of a common year as a legal oddity: noticed as such, never as an error."""
    made = off_calendar_birth(desk, person, variant)
    made.beside = (("DAT-007", "生年月日", "REVIEW", None),)
    return made


def year_zero(desk: Desk, person: int, variant: int) -> Planted:
    """令和00年: the first year of an era is 01."""
    row = desk.last(person)
    return _numbers(desk, row, "住所を定めた日", int(desk.rows["住所を定めた日"][row]) - 10000)


def off_calendar_birth(desk: Desk, person: int, variant: int) -> Planted:
    """29 February of a year without one, as it stands in the 戸籍."""
    row = desk.last(person)
    value = int(desk.rows["生年月日"][row])
    return _numbers(desk, row, "生年月日", _common_year(value) + 229)


def _common_year(value: int) -> int:
    """Era and year of a date, moved to a neighbour without 29 February."""
    year = int(_iso(value)[:4])
    leap = year % 4 == 0
    head = value // 10000
    return (head + 1 if leap and head % 100 < 15 else head - 1 if leap else head) * 10000


def off_calendar_report(desk: Desk, person: int, variant: int) -> Planted:
    """30 February in an item where it cannot be, before the day of processing."""
    row = desk.last(person)
    day_of_report = int(desk.rows["届出日"][row])
    year = day_of_report // 10000 - (day_of_report % 10000 < 301)
    return _numbers(desk, row, "届出日", year * 10000 + (230, 231)[variant])


def unknown_birth(desk: Desk, person: int, variant: int) -> Planted:
    """昭和２０年　月日不詳."""
    row = desk.last(person)
    return _numbers(desk, row, "生年月日", int(desk.rows["生年月日"][row]) // 10000 * 10000, after="")


def unknown_report(desk: Desk, person: int, variant: int) -> Planted:
    """不詳 where the item does not allow it."""
    row = desk.last(person)
    return _numbers(desk, row, "届出日", int(desk.rows["届出日"][row]) // 100 * 100)


def future_report(desk: Desk, person: int, variant: int) -> Planted:
    """A report dated decades ahead."""
    return _numbers(
        desk,
        desk.last(person),
        "届出日",
        (20620510, 20530510)[variant],
        beside=(("HSE-012", "処理日", "REVIEW", None),),
    )


def no_separator(desk: Desk, person: int, variant: int) -> Planted:
    """山田太郎: no blank between 氏 and 名."""
    row = desk.last(person)
    return _texts(desk, row, "氏名漢字", desk.value(row, "氏名漢字").replace("\u3000", ""))


def double_separator(desk: Desk, person: int, variant: int) -> Planted:
    """Two full-width blanks between 氏 and 名."""
    row = desk.last(person)
    name = desk.value(row, "氏名漢字")
    return _texts(desk, row, "氏名漢字", name.replace("\u3000", "\u3000\u3000"), after=canonical(name))


def other_given_name(desk: Desk, person: int, variant: int) -> Planted:
    """名 does not agree with 氏名."""
    return Planted(desk.last(person), {"名": desk.text("名", ("別人", "別者")[variant])}, "氏名漢字")


def undecided_name(desk: Desk, person: int, variant: int) -> Planted:
    """A child without a name yet."""
    row = desk.last(person)
    cells = {
        "氏名漢字": desk.text("氏名漢字", "未定"),
        "氏名カナ": desk.text("氏名カナ", ""),
        "名": desk.text("名", ""),
        "氏": desk.text("氏", ""),
    }
    return Planted(row, cells, "氏名漢字", after="")


def lower_case_roman(desk: Desk, person: int, variant: int) -> Planted:
    """Zhang Yuli in full-width small letters."""
    row = desk.last(person)
    name = desk.value(row, "ローマ字氏名")
    return _texts(
        desk, row, "ローマ字氏名", "\u3000".join(p[0] + p[1:].translate(_LOWER) for p in name.split("\u3000"))
    )


_LOWER = {code: code + 0x20 for code in range(0xFF21, 0xFF3B)}


def hyphen_for_long_vowel(desk: Desk, person: int, variant: int) -> Planted:
    """A hyphen where the former system had no ー."""
    row = desk.last(person)
    kana = desk.value(row, "氏名カナ")
    return _texts(desk, row, "氏名カナ", kana.replace("ｰ", "-"), after=wide_kana(kana))


def placeholder(desk: Desk, person: int, variant: int) -> Planted:
    """■田　太郎: a character that was lost."""
    row = desk.last(person)
    name = desk.value(row, "氏名漢字")
    return _texts(desk, row, "氏名漢字", ("■", "〓")[variant] + name[1:])


def no_sex(desk: Desk, person: int, variant: int) -> Planted:
    """A blank sex."""
    return _texts(desk, desk.last(person), "性別", "")


def code_for_sex(desk: Desk, person: int, variant: int) -> Planted:
    """A sex the list does not have."""
    return _texts(desk, desk.last(person), "性別", "9")


def wrong_origin_code(desk: Desk, person: int, variant: int) -> Planted:
    """A municipality code with a wrong check digit."""
    row = desk.last(person)
    code = desk.value(row, "転入前市区町村コード")
    return _texts(
        desk,
        row,
        "転入前市区町村コード",
        code[:5] + str((int(code[5]) + 1 + variant) % 10),
        beside=(("IDN-003", "転入前市区町村コード", "REVIEW", None),),
    )


def arabic_chome(desk: Desk, person: int, variant: int) -> Planted:
    """美原２丁目."""
    row = desk.last(person)
    return _texts(desk, row, "町名", desk.value(row, "町名").translate(str.maketrans("一二三", "１２３")))


def long_vowel_as_hyphen(desk: Desk, person: int, variant: int) -> Planted:
    """１２ー３: a long vowel mark between numbers."""
    row = desk.last(person)
    return _texts(desk, row, "番地", "１２ー３", after="１２－３")


def hyphen_in_postal_code(desk: Desk, person: int, variant: int) -> Planted:
    """040-0053."""
    row = desk.last(person)
    code = desk.value(row, "郵便番号")
    return _texts(desk, row, "郵便番号", f"{code[:3]}-{code[3:]}", after=code)


def short_postal_code(desk: Desk, person: int, variant: int) -> Planted:
    """A code of before 1998."""
    row = desk.last(person)
    return _texts(desk, row, "郵便番号", desk.value(row, "郵便番号")[:3])


def wrong_my_number(desk: Desk, person: int, variant: int) -> Planted:
    """個人番号 with a wrong check digit."""
    row = desk.last(person)
    number = int(desk.rows["個人番号"][row])
    return Planted(
        row, {"個人番号": desk.text("個人番号", f"{number - number % 10 + (number + 3) % 10:012d}")}, "個人番号"
    )


def number_before_check_digits(desk: Desk, person: int, variant: int) -> Planted:
    """A 宛名番号 from before check digits is kept."""
    return Planted(desk.last(person), {}, "宛名番号")


def half_width_room(desk: Desk, person: int, variant: int) -> Planted:
    """A room number in half width inside a full-width item."""
    return _texts(desk, desk.last(person), "方書", "松風ハイツ101", after="松風ハイツ１０１")


def lost_character_in_building(desk: Desk, person: int, variant: int) -> Planted:
    """〓 in a 方書."""
    return _texts(desk, desk.last(person), "方書", ("〓風荘", "□風荘")[variant])


def second_head(desk: Desk, person: int, variant: int) -> Planted:
    """The spouse is coded as head too."""
    row = desk.last(person)
    cells = {"続柄コード": desk.text("続柄コード", "01"), "続柄": desk.text("続柄", "世帯主")}
    household = desk.people["household"]
    head = int(np.flatnonzero(household == household[person])[0])
    return Planted(
        row, cells, "続柄コード", subject="|".join(sorted([desk.subject(desk.last(head)), desk.subject(row)]))
    )


def no_head(desk: Desk, person: int, variant: int) -> Planted:
    """The head is coded as 同居人; nobody else is head."""
    row = desk.last(person)
    cells = {"続柄コード": desk.text("続柄コード", "40"), "続柄": desk.text("続柄", "同居人")}
    people = desk.people
    same = np.flatnonzero((people["household"] == people["household"][person]) & (people["status"] == LISTED))
    return Planted(row, cells, "続柄コード", subject="|".join(sorted(desk.subject(desk.last(int(p))) for p in same)))


def resident_before_birth(desk: Desk, person: int, variant: int) -> Planted:
    """住民となった日 before the birth."""
    row = desk.last(person)
    birth = int(desk.rows["生年月日"][row])
    return _numbers(desk, row, "住民となった日", birth - 10000)


def kept(desk: Desk, person: int, variant: int) -> Planted:
    """Nothing is changed: the latest record is odd and right by itself."""
    return Planted(desk.last(person), {}, "")


def kept_kana(desk: Desk, person: int, variant: int) -> Planted:
    """Half-width kana with voiced marks become full width and nothing else."""
    row = desk.last(person)
    return Planted(row, {}, "氏名カナ", after=wide_kana(desk.value(row, "氏名カナ")))


def kept_name(desk: Desk, person: int, variant: int) -> Planted:
    """A name with its parts as they should be stays as it is."""
    row = desk.last(person)
    return Planted(row, {}, "氏名漢字", after=canonical(desk.value(row, "氏名漢字")))


def kept_roman(desk: Desk, person: int, variant: int) -> Planted:
    """A Roman name in capitals stays as it is."""
    row = desk.last(person)
    return Planted(row, {}, "ローマ字氏名", after=desk.value(row, "ローマ字氏名"))


def kept_birth(desk: Desk, person: int, variant: int) -> Planted:
    """A full birth date is no 不詳 date."""
    row = desk.last(person)
    return Planted(row, {}, "生年月日", after=_iso(int(desk.rows["生年月日"][row])))


def kept_expiry(desk: Desk, person: int, variant: int) -> Planted:
    """A limit in the present era."""
    row = desk.last(person)
    return Planted(row, {}, "在留期間満了日", after=_iso(int(desk.rows["在留期間満了日"][row])))


def kept_relation(desk: Desk, person: int, variant: int) -> Planted:
    """子 in the present code."""
    return Planted(desk.last(person), {}, "続柄コード", after="20")


def kept_postal_code(desk: Desk, person: int, variant: int) -> Planted:
    """Seven digits stay as they are."""
    row = desk.last(person)
    return Planted(row, {}, "郵便番号", after=desk.value(row, "郵便番号"))


def two_kanji_runs(desk: Desk, person: int, variant: int) -> Planted:
    """Two well-formed kanji runs around Roman letters."""
    return _texts(desk, desk.last(person), "備考", "郵送 ABC 請求")


def blank_inside(desk: Desk, person: int, variant: int) -> Planted:
    """A full-width blank inside a remark is no control character."""
    return _texts(desk, desk.last(person), "備考", "要\u3000確認")


def blank_building(desk: Desk, person: int, variant: int) -> Planted:
    """Blanks are blanks, not LOW-VALUE."""
    return _texts(desk, desk.last(person), "方書", "", after="")


def last_letters(desk: Desk, person: int, variant: int) -> Planted:
    """ZZZZZZZZ is a name of an operator, not HIGH-VALUE."""
    return _texts(desk, desk.last(person), "操作者", "ZZZZZZZZ")


def zero_association(desk: Desk, person: int, variant: int) -> Planted:
    """Zeros are digits."""
    return _numbers(desk, desk.last(person), "自治会番号", 0)


def born_in_meiji(desk: Desk, person: int, variant: int) -> Planted:
    """明治45年7月29日: the oldest era is an era."""
    return _numbers(desk, desk.last(person), "生年月日", 1450729)


def white_circle(desk: Desk, person: int, variant: int) -> Planted:
    """○ is no substitute for a character."""
    return _texts(desk, desk.last(person), "方書", "○×荘")


def name_like_undecided(desk: Desk, person: int, variant: int) -> Planted:
    """末広　定 is a name."""
    cells = {
        "氏名漢字": desk.text("氏名漢字", "末広\u3000定"),
        "氏": desk.text("氏", "末広"),
        "名": desk.text("名", "定"),
        "氏名カナ": desk.text("氏名カナ", "ｽｴﾋﾛ ｻﾀﾞﾑ"),
    }
    return Planted(desk.last(person), cells, "氏名漢字", after="末広\u3000定")


def _ends_in_zero(item: str) -> Callable[[Desk], Flags]:
    """Present residents whose number ends in 0: the check digit of the remainders 0 and 1."""

    def eligible(desk: Desk) -> Flags:
        return mask(present(desk) & (desk.rows[item][desk.people["last_row"]] % 10 == 0))

    return eligible


def repeated_mark(desk: Desk) -> Flags:
    """Japanese residents with 々, ノ or ヶ in the family name."""
    family = desk.rows["氏"][desk.people["last_row"]]
    found = np.zeros(len(family), bool)
    for mark in "々ノヶ":
        found |= np.strings.find(family, mark) >= 0
    return mask(japanese(desk) & found)


def young_child(desk: Desk) -> Flags:
    """Children coded 子 in the present way."""
    return mask(anyone(desk) & (desk.rows["続柄コード"][desk.people["last_row"]] == "10"))


def dead_long_ago(desk: Desk) -> Flags:
    """Removed by death, came from elsewhere."""
    people = desk.people
    return mask(
        anyone(desk) & (people["status"] == 3) & ~people["foreign"] & (people["resident_since"] - people["birth"] > 800)
    )


def sex_not_known(desk: Desk, person: int, variant: int) -> Planted:
    """0 不明 is a value of the list."""
    return _texts(desk, desk.last(person), "性別", "0")


def positive_sign(desk: Desk, person: int, variant: int) -> Planted:
    """The sign nibble C is positive as well."""
    return Planted(desk.last(person), {"記載順位": bytes([0x00, 0x2C])}, "記載順位")


def center_building(desk: Desk, person: int, variant: int) -> Planted:
    """The ー of センター is a letter."""
    return _texts(desk, desk.last(person), "方書", "第２センター１号", after="第２センター１号")


def future_leaving(desk: Desk, person: int, variant: int) -> Planted:
    """A leaving date after the report and the day of processing is right."""
    return Planted(desk.last(person), {}, "異動日")


def expiry_as_it_is(desk: Desk, person: int, variant: int) -> Planted:
    """平成39年 in a limit is no date after its era: DAT-004 converts it."""
    made = expiry_in_former_era(desk, person, variant)
    return Planted(made.row, made.cells, made.item, beside=(("DAT-004", made.item, "AUTO", made.after),))


def first_day_of_era(desk: Desk, person: int, variant: int) -> Planted:
    """昭和64年1月7日, the last day of an era."""
    return _numbers(desk, desk.last(person), "生年月日", 3640107)


def unknown_resident_since(desk: Desk, person: int, variant: int) -> Planted:
    """住民となった日 may be 不詳: DAT-009 makes it a triple."""
    item, row = "住民となった日", desk.last(person)
    value = int(desk.rows[item][row]) // 10000 * 10000
    return _numbers(desk, row, item, value, beside=(("DAT-009", item, "AUTO", ""),))


def _child_of_1989(desk: Desk) -> Flags:
    birth = desk.people["birth"]
    return mask(migrated(desk) & (birth >= day(1988, 1, 1)) & (birth <= day(1990, 12, 31)))


def _calm_couple(desk: Desk) -> Flags:
    """Heads of two where both are present and nothing else is planted on either."""
    people = desk.people
    there = np.bincount(people["household"][people["status"] == LISTED], minlength=int(people["household"].max()) + 1)
    return mask(couple_head(desk) & (there[people["household"]] == 2))


def _spouse_with_head(desk: Desk) -> Flags:
    people = desk.people
    head_there = np.zeros(int(people["household"].max()) + 1, bool)
    head_there[people["household"][(people["role"] == HEAD) & (people["status"] == LISTED)]] = True
    return mask(spouse(desk) & head_there[people["household"]])


KINDS: tuple[Kind, ...] = (
    Kind("FIL-003", "備考", broken_shift, present, "BLOCK", 4, hosts=SHIFTING),
    Kind("FIL-003", "方書", broken_shift_in_building, present, "BLOCK", 4, hosts=SHIFTING),
    Kind("FIL-006", "転入前町名", undefined_code, moved_in, often=5),
    Kind("FIL-006", "旧氏", undecided_gaiji, spouse, often=6, also_ok=("MOJ-001", "MOJ-002")),
    Kind("FIL-007", "備考", control_character, present, often=5),
    Kind("FIL-008", "方書", low_value, present, "AUTO", 30),
    Kind("FIL-009", "操作者", high_value, present, "PROPOSE", 5),
    Kind("FIL-016", "", doubled_record, with_history, "PROPOSE", 5),
    Kind("NUM-001", "記載順位", packed_sign, present, "BLOCK", 5),
    Kind("NUM-002", "記載順位", packed_digit, present, often=4),
    Kind("NUM-002", "在留期間満了日", packed_blank, japanese, often=4, hosts=SHIFTING),
    Kind("NUM-003", "自治会番号", zoned_sign, present, often=5),
    Kind("COD-001", "異動事由", unknown_reason, present, "BLOCK", 5),
    Kind("COD-003", "続柄コード", former_child_code, old_child, "AUTO", everyone=True),
    Kind("DAT-002", "住所を定めた日", unknown_era, present, "BLOCK", 5),
    Kind("DAT-003", "生年月日", birth_after_era, born_in_overflow, often=5),
    Kind("DAT-003", "異動日", change_after_era, moved_in_overflow, often=4),
    Kind("DAT-004", "在留期間満了日", expiry_in_former_era, foreigner, "AUTO", 15, also_ok=("DAT-017", "DAT-001")),
    Kind("DAT-005", "生年月日", era_boundary, old, "NONE", 6),
    Kind("DAT-006", "住所を定めた日", year_zero, moved_in_overflow, "PROPOSE", 5),
    Kind("DAT-007", "生年月日", off_calendar_birth, migrated, often=6),
    Kind("DAT-008", "届出日", off_calendar_report, present, often=5),
    Kind("DAT-009", "生年月日", unknown_birth, old, "AUTO", 12),
    Kind("DAT-010", "届出日", unknown_report, present, often=5),
    Kind("DAT-020", "届出日", future_report, present, often=5, also_ok=("HSE-013",)),
    Kind("NAM-001", "氏名漢字", no_separator, member, "PROPOSE", 6, also_ok=("NAM-003",)),
    Kind("NAM-002", "氏名漢字", double_separator, member, "AUTO", 20),
    Kind("NAM-003", "氏名漢字", other_given_name, member, often=5),
    Kind("NAM-004", "氏名漢字", undecided_name, infant, "AUTO", 8, also_ok=("NUL-001", "NAM-003")),
    Kind("NAM-005", "ローマ字氏名", lower_case_roman, foreigner, "PROPOSE", 6),
    Kind("NAM-014", "氏名カナ", hyphen_for_long_vowel, with_long_vowel, "AUTO", 12, also_ok=("NAM-011", "NAM-012")),
    Kind("NAM-020", "氏名漢字", placeholder, member, often=5, also_ok=("NAM-003", "MOJ-022")),
    Kind("NAM-024", "性別", no_sex, member, often=4, also_ok=("COD-001", "COD-005", "NUL-001")),
    Kind("NAM-024", "性別", code_for_sex, member, often=3, also_ok=("COD-001",)),
    Kind("ADR-001", "転入前市区町村コード", wrong_origin_code, moved_in, often=5, also_ok=("ADR-003",)),
    Kind("ADR-006", "町名", arabic_chome, with_chome, "PROPOSE", 6),
    Kind("ADR-009", "番地", long_vowel_as_hyphen, present, "AUTO", 20, ("ADR-007",)),
    Kind("ADR-020", "郵便番号", hyphen_in_postal_code, present, "AUTO", 30),
    Kind("ADR-020", "郵便番号", short_postal_code, present, often=3),
    Kind("IDN-001", "個人番号", wrong_my_number, present, often=5),
    Kind("IDN-005", "宛名番号", number_before_check_digits, with_old_number, "NONE", everyone=True),
    Kind("MOJ-018", "方書", half_width_room, present, "AUTO", 20),
    Kind("MOJ-022", "方書", lost_character_in_building, present, often=4),
    Kind("HSE-001", "続柄コード", second_head, _spouse_with_head, often=4, also_ok=("HSE-005", "HSE-008", "HSE-011")),
    Kind("HSE-002", "続柄コード", no_head, _calm_couple, often=5, also_ok=("HSE-011", "HSE-015")),
    Kind("HSE-012", "住民となった日", resident_before_birth, migrated_not_born_in_year_one, often=4),
    # legal oddities: the rule named must not fire, or must not change more than it should
    Kind("FIL-003", "備考", two_kanji_runs, present, planted=False, often=20),
    Kind("FIL-006", "氏", kept, with_gaiji, planted=False, often=60),
    Kind("FIL-007", "備考", blank_inside, present, planted=False, often=20),
    Kind("FIL-008", "方書", blank_building, present, planted=False, often=30),
    Kind("FIL-009", "操作者", last_letters, present, planted=False, often=20),
    Kind("FIL-016", "", kept, with_history, planted=False, often=30),
    Kind("HSE-017", "履歴番号", kept, with_history, planted=False, often=30),
    Kind("NUM-001", "記載順位", positive_sign, present, planted=False, often=20),
    Kind("NUM-002", "在留期間満了日", kept, japanese, planted=False, often=20),
    Kind("NUM-003", "自治会番号", zero_association, present, planted=False, often=20),
    Kind("COD-001", "性別", sex_not_known, member, planted=False, often=8),
    Kind("COD-003", "続柄コード", kept_relation, young_child, planted=False, often=240),
    Kind("DAT-002", "生年月日", born_in_meiji, dead_long_ago, planted=False, often=8),
    Kind("DAT-003", "在留期間満了日", expiry_as_it_is, foreigner, planted=False, often=10),
    Kind("DAT-003", "生年月日", first_day_of_era, _child_of_1989, planted=False, often=8),
    Kind("DAT-003", "生年月日", boundary_without_fault, old, planted=False, often=4),
    Kind("DAT-004", "在留期間満了日", kept_expiry, foreigner, planted=False, often=20),
    Kind("DAT-005", "生年月日", first_day_of_era, _child_of_1989, planted=False, often=8),
    Kind("DAT-006", "住所を定めた日", kept, moved_in_overflow, planted=False, often=20),
    Kind("DAT-007", "生年月日", kept, leap_born, planted=False, often=12),
    Kind("DAT-008", "生年月日", off_calendar_birth_allowed, migrated, planted=False, often=6),
    Kind("DAT-009", "生年月日", kept_birth, old, planted=False, often=20),
    Kind("DAT-010", "住民となった日", unknown_resident_since, migrated, planted=False, often=8),
    Kind("DAT-020", "異動日", future_leaving, leaver, planted=False, often=40),
    Kind("DUP-001", "氏名漢字", kept, twin, planted=False, often=40),
    Kind("NAM-001", "氏名漢字", kept, foreigner, planted=False, often=40),
    Kind("NAM-002", "氏名漢字", kept_name, member, planted=False, often=30),
    Kind("NAM-003", "氏名漢字", kept, foreigner, planted=False, often=40),
    Kind("NAM-004", "氏名漢字", name_like_undecided, member, planted=False, often=15),
    Kind("NAM-005", "ローマ字氏名", kept_roman, foreigner, planted=False, often=30),
    Kind("NAM-011", "氏名カナ", kept_kana, japanese, planted=False, often=40),
    Kind("NAM-012", "氏名カナ", kept_kana, japanese, planted=False, often=40),
    Kind("NAM-020", "氏名漢字", kept, repeated_mark, planted=False, often=30),
    Kind("NAM-024", "性別", sex_not_known, member, planted=False, often=8),
    Kind("ADR-006", "町名", kept, with_chome, planted=False, often=40),
    Kind("ADR-009", "方書", center_building, present, planted=False, often=20),
    Kind("ADR-020", "郵便番号", kept_postal_code, present, planted=False, often=50),
    Kind("IDN-001", "個人番号", kept, _ends_in_zero("個人番号"), planted=False, often=30),
    Kind("IDN-005", "宛名番号", kept, _ends_in_zero("宛名番号"), planted=False, often=160),
    Kind("MOJ-018", "方書", center_building, present, planted=False, often=20),
    Kind("MOJ-022", "方書", white_circle, present, planted=False, often=20),
    Kind("HSE-001", "続柄コード", kept, spouse, planted=False, often=60),
    Kind("HSE-002", "続柄コード", kept, in_single_household, planted=False, often=60),
    Kind("HSE-012", "異動日", future_leaving, leaver, planted=False, often=40),
)
