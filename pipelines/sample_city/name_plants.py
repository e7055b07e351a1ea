"""What is planted in names, kana and sex."""

from __future__ import annotations

import numpy as np

from pipelines.sample_city.desk import Desk, Flags, Kind, Planted, kept, mask, texts
from pipelines.sample_city.eligible import foreigner, japanese, member
from pipelines.sample_city.hosts import canonical
from pipelines.sample_city.names import wide_kana
from pipelines.sample_city.number_plants import sex_not_known
from pipelines.sample_city.population import CHILD, LISTED


def infant(desk: Desk) -> Flags:
    """Children under six who are not the head."""
    return mask(member(desk) & (desk.people["role"] == CHILD) & (desk.people["age"] < 6))


def with_long_vowel(desk: Desk) -> Flags:
    """Foreign residents whose kana has a long vowel mark."""
    return mask(foreigner(desk) & (np.strings.find(desk.rows["氏名カナ"][desk.people["last_row"]], "ｰ") >= 0))


def twin(desk: Desk) -> Flags:
    """Twins."""
    people = desk.people
    return mask(
        people["twin"] & ~people["event"] & ~people["deleted"] & (people["status"] == LISTED) & ~people["old_number"]
    )


def repeated_mark(desk: Desk) -> Flags:
    """Japanese residents with 々, ノ or ヶ in the family name."""
    family = desk.rows["氏"][desk.people["last_row"]]
    found = np.zeros(len(family), bool)
    for mark in "々ノヶ":
        found |= np.strings.find(family, mark) >= 0
    return mask(japanese(desk) & found)


def no_separator(desk: Desk, person: int, variant: int) -> Planted:
    """山田太郎: no blank between 氏 and 名."""
    row = desk.last(person)
    return texts(desk, row, "氏名漢字", desk.value(row, "氏名漢字").replace("\u3000", ""))


def double_separator(desk: Desk, person: int, variant: int) -> Planted:
    """Two full-width blanks between 氏 and 名."""
    row = desk.last(person)
    name = desk.value(row, "氏名漢字")
    return texts(desk, row, "氏名漢字", name.replace("\u3000", "\u3000\u3000"), after=canonical(name))


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


_LOWER = {code: code + 0x20 for code in range(0xFF21, 0xFF3B)}


def lower_case_roman(desk: Desk, person: int, variant: int) -> Planted:
    """Zhang Yuli in full-width small letters."""
    row = desk.last(person)
    name = desk.value(row, "ローマ字氏名")
    return texts(
        desk, row, "ローマ字氏名", "\u3000".join(p[0] + p[1:].translate(_LOWER) for p in name.split("\u3000"))
    )


def hyphen_for_long_vowel(desk: Desk, person: int, variant: int) -> Planted:
    """A hyphen where the former system had no ー."""
    row = desk.last(person)
    kana = desk.value(row, "氏名カナ")
    return texts(desk, row, "氏名カナ", kana.replace("ｰ", "-"), after=wide_kana(kana))


def placeholder(desk: Desk, person: int, variant: int) -> Planted:
    """■田　太郎: a character that was lost."""
    row = desk.last(person)
    name = desk.value(row, "氏名漢字")
    return texts(desk, row, "氏名漢字", ("■", "〓")[variant] + name[1:])


def no_sex(desk: Desk, person: int, variant: int) -> Planted:
    """A blank sex."""
    return texts(desk, desk.last(person), "性別", "")


def code_for_sex(desk: Desk, person: int, variant: int) -> Planted:
    """A sex the list does not have."""
    return texts(desk, desk.last(person), "性別", "9")


def kept_name(desk: Desk, person: int, variant: int) -> Planted:
    """A name with its parts as they should be stays as it is."""
    row = desk.last(person)
    return Planted(row, {}, "氏名漢字", after=canonical(desk.value(row, "氏名漢字")))


def kept_kana(desk: Desk, person: int, variant: int) -> Planted:
    """Half-width kana with voiced marks become full width and nothing else."""
    row = desk.last(person)
    return Planted(row, {}, "氏名カナ", after=wide_kana(desk.value(row, "氏名カナ")))


def kept_roman(desk: Desk, person: int, variant: int) -> Planted:
    """A Roman name in capitals stays as it is."""
    row = desk.last(person)
    return Planted(row, {}, "ローマ字氏名", after=desk.value(row, "ローマ字氏名"))


def name_like_undecided(desk: Desk, person: int, variant: int) -> Planted:
    """末広　定 is a name."""
    cells = {
        "氏名漢字": desk.text("氏名漢字", "末広\u3000定"),
        "氏": desk.text("氏", "末広"),
        "名": desk.text("名", "定"),
        "氏名カナ": desk.text("氏名カナ", "ｽｴﾋﾛ ｻﾀﾞﾑ"),
    }
    return Planted(desk.last(person), cells, "氏名漢字", after="末広\u3000定")


DEFECTS: tuple[Kind, ...] = (
    Kind("NAM-001", "氏名漢字", no_separator, member, "PROPOSE", 6, also_ok=("NAM-003",)),
    Kind("NAM-002", "氏名漢字", double_separator, member, "AUTO", 20),
    Kind("NAM-003", "氏名漢字", other_given_name, member, often=5),
    Kind("NAM-004", "氏名漢字", undecided_name, infant, "AUTO", 8, also_ok=("NUL-001", "NAM-003")),
    Kind("NAM-005", "ローマ字氏名", lower_case_roman, foreigner, "PROPOSE", 6),
    Kind("NAM-014", "氏名カナ", hyphen_for_long_vowel, with_long_vowel, "AUTO", 12, also_ok=("NAM-011", "NAM-012")),
    Kind("NAM-020", "氏名漢字", placeholder, member, often=5, also_ok=("NAM-003", "MOJ-022")),
    Kind("NAM-024", "性別", no_sex, member, often=4, also_ok=("COD-001", "COD-005", "NUL-001")),
    Kind("NAM-024", "性別", code_for_sex, member, often=3, also_ok=("COD-001",)),
)
ODDITIES: tuple[Kind, ...] = (
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
)
