"""Residents other files know of: under 支援措置, or with their number in the file of 住登外 persons as well."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.sample_city.addressees import AREA, GROUP, SOURCE, Addressee, copy_of
from pipelines.sample_city.areas.people import unknown_number
from pipelines.sample_city.calendar_dates import parts
from pipelines.sample_city.desk import Desk, mask
from pipelines.sample_city.names import wide_kana
from pipelines.sample_city.population import CHILD, HEAD, LISTED, MOVED_OUT
from pipelines.sample_city.support_measures import Measure
from pipelines.sample_city.towns import MUNICIPALITY, PREFECTURE, own_towns
from pipelines.sample_city.truth import TruthRow

Flags = NDArray[np.bool_]
ALL = (1, 2, 3)

UNREGISTERED = 90_000
"""From here on numbers nobody has are given to measures."""
_SWAPPED_GLYPHS = ["檜", "籠", "藪", "壷"]
"""First characters of family names whose JIS78 and JIS83 glyphs are exchanged."""


def calm(desk: Desk) -> Flags:
    """Persons whose rows are the same in all generations."""
    people = desk.people
    still = ~people["event"] & ~people["deleted"] & (people["appears"] == 1) & (people["removed_in"] <= 1)
    return mask(still & ~people["twin"] & ~people["old_number"])


def grown_up(desk: Desk) -> Flags:
    """Japanese residents who are no children, the same in all generations."""
    people = desk.people
    return mask(calm(desk) & (people["status"] == LISTED) & (people["role"] != CHILD) & ~people["foreign"])


def take(candidates: Flags, used: Flags, often: float) -> list[int]:
    """Evenly spread persons, ``often`` in 20,000 but one at least; they are marked in ``used``."""
    free = np.flatnonzero(candidates & ~used)
    number = min(len(free), max(1, round(often * len(used) / 20_000)))
    chosen = np.unique(free[np.linspace(0, len(free) - 1, number).astype(int)]) if number else free[:0]
    used[chosen] = True
    return [int(person) for person in chosen]


def choose_measures(desk: Desk, used: Flags, measures: list[Measure]) -> None:
    """Add the 支援措置 of a chunk; some of the applicants have a name whose glyph no policy has decided."""
    rows, present = desk.rows, grown_up(desk)
    rare = np.isin(np.strings.slice(rows["氏"][desk.people["last_row"]], 0, 1), _SWAPPED_GLYPHS)
    for person in take(mask(present & rare), used, 6) + take(present, used, 60):
        i, row = len(measures), desk.last(person)
        measures.append(
            Measure(
                # A few stand under a number nobody has: the person's own record was never received.
                number=int(unknown_number(UNREGISTERED + i)) if i % 11 == 7 else int(rows["宛名番号"][row]),
                history=1000 + i if i % 17 == 5 else 999 if i % 17 == 6 else 1,
                kind=str(i % 4 + 1),
                start=int(rows["異動日"][row]),
                end=99999999 if i % 3 else 20240331 if i % 2 else 20991231,
                applicant=str(rows["氏名漢字"][row]),
                generation=2 if i % 23 == 9 else 1,
                registered=i % 11 != 7,
            )
        )


def choose_copies(desk: Desk, used: Flags, copies: list[Addressee]) -> None:
    """Add the addressees of a chunk with a resident's number: stale and right copies, former residents, others."""
    people, present = desk.people, grown_up(desk)
    for person in take(mask(present & (people["last_row"] > people["first_row"])), used, 8):
        _stale_copy(desk, person, copies)
    for person in take(present, used, 20):
        copy = kept_copy(desk, person, desk.last(person))
        for rule in ("REF-023", "DUP-001"):
            _oddity(desk, copy, person, rule, "現在値と同じ写し")
        copies.append(copy)
    left = mask(calm(desk) & (people["status"] == MOVED_OUT) & ~people["foreign"])
    for person in take(left, used, 12):
        row = desk.last(person)
        copy = kept_copy(desk, person, row)
        own = ("転出先市区町村コード", "転出先都道府県", "転出先市区町村", "転出先町名", "転出先番地")
        columns = ("市区町村コード", "都道府県", "市区町村", "町字", "番地")
        copy.cells.update({column: desk.value(row, item) for column, item in zip(columns, own, strict=True)})
        copy.cells.update({"方書": "", "郵便番号": ""})
        _oddity(desk, copy, person, "REF-023", "転出者の新しい住所")
        copies.append(copy)
    for person in take(mask(present & (people["role"] == HEAD)), used, 5):
        _other_person(desk, person, copies)
    for person in take(present, used, 7):
        _name_alone(desk, person, copies, other=True)
    for person in take(present, used, 12):
        _name_alone(desk, person, copies, other=False)
    former = desk.rows["旧氏"][people["last_row"]]
    own_glyphs = np.array([any("\ue000" <= c <= "\uf8ff" for c in name) for name in former.tolist()], bool)
    for person in take(mask(present & (former != "") & ~own_glyphs), used, 8):
        copy = _name_alone(desk, person, copies, other=False)
        copy.cells.update({"氏名": f"{former[person]}\u3000{copy.cells['名']}", "氏": str(former[person])})


def _stale_copy(desk: Desk, person: int, copies: list[Addressee]) -> None:
    """A copy that still has the address of the person's first row."""
    first, last = desk.first(person), desk.last(person)
    copy = kept_copy(desk, person, first)
    different = [
        (column, standard)
        for own, column, standard in (("町名", "町字", "住所_町字"), ("番地", "番地", "住所_番地号表記"))
        if desk.value(first, own) != desk.value(last, own)
    ]
    if not different:
        return
    known = {desk.value(first, "町名"), desk.value(last, "町名")}
    towns = own_towns()[desk.chunk.ward - 1]
    column, standard = different[0]
    other = {"番地": "９９番地"}
    if column == "町字":
        town = next(t for t in towns if not t.chome and t.name not in known)
        other |= {"町字": town.name, "郵便番号": town.postal_code}
    generations = _later(copy, len(copies), other, right=kept_copy(desk, person, last).cells)
    row = TruthRow(
        AREA, GROUP, SOURCE, pair(desk, copy, person), column, standard, "REF-023", "REVIEW", note="古い写し"
    )
    copy.truth.append((row, generations))
    copies.append(copy)


def _other_person(desk: Desk, person: int, copies: list[Addressee]) -> None:
    """Somebody else under a resident's number (種ア)."""
    copy = kept_copy(desk, person, desk.last(person))
    right, woman, i = dict(copy.cells), copy.cells["性別"] == "2", len(copies)
    given, kana = ("人美", "ヒトミ") if woman else ("人助", "ジンスケ")
    year = 1950 + i % 40
    copy.cells.update({
        "氏名": f"異田\u3000{given}", "氏": "異田", "名": given, "フリガナ": f"イダ\u3000{kana}",
        "生年月日": f"{year}/03/1{i % 10}",
    })  # fmt: skip
    generations = _later(copy, i, {"生年月日": f"{year}/08/2{i % 10}"}, right=right)
    row = TruthRow(
        AREA, GROUP, SOURCE, pair(desk, copy, person), "宛名番号", "宛名番号", "DUP-001", "REVIEW",
        also_ok=("IDN-006", "REF-023"),
    )  # fmt: skip
    copy.truth.append((row, generations))
    copies.append(copy)


def _name_alone(desk: Desk, person: int, copies: list[Addressee], *, other: bool) -> Addressee:
    """A copy with neither birth date nor kana: all there is to compare is the name."""
    copy = kept_copy(desk, person, desk.last(person))
    copy.cells.update({"生年月日": "", "フリガナ": ""})
    if other:
        copy.cells.update({"氏名": "異田\u3000某", "氏": "異田", "名": "某"})
        row = TruthRow(
            AREA, GROUP, SOURCE, pair(desk, copy, person), "宛名番号", "宛名番号", "IDN-006", "REVIEW",
            note="氏名だけが残る別の名",
        )  # fmt: skip
        copy.truth.append((row, ALL))
    else:
        for rule in ("IDN-006", "REF-023"):
            _oddity(desk, copy, person, rule, "氏名だけが残る写し")
    copies.append(copy)
    return copy


def pair(desk: Desk, copy: Addressee, person: int) -> str:
    """The subject of a finding about the addressee and the resident."""
    return "|".join(sorted([copy.number, desk.subject(desk.last(person))]))


def _oddity(desk: Desk, copy: Addressee, person: int, rule: str, note: str) -> None:
    row = TruthRow(
        AREA, GROUP, SOURCE, pair(desk, copy, person), "町字", "住所_町字", rule, "NONE", planted=False, note=note
    )
    copy.truth.append((row, ALL))


def _later(copy: Addressee, turn: int, changed: dict[str, str], right: dict[str, str]) -> tuple[int, ...]:
    """Let one copy in four be put right in the second generation, and one show another wrong value from then on.

    Returns:
        The generations in which the copy is wrong.
    """
    if turn % 4 == 1:
        copy.later_from, copy.later_cells = 2, changed
    elif turn % 4 == 3:
        copy.later_from, copy.later_cells = 2, right
        return (1,)
    return ALL


def kept_copy(desk: Desk, person: int, row: int) -> Addressee:
    """The values of a row of the register as the tax department keeps them."""
    year, month, day = (int(part[0]) for part in parts(np.array([desk.people["birth"][person]])))
    kept = ("氏", "名", "性別", "郵便番号", "番地", "方書")
    same = {"氏名": "氏名漢字", "町字": "町名"} | dict(zip(kept, kept, strict=True))
    return copy_of({
        **{column: desk.value(row, item) for column, item in same.items()},
        "宛名番号": f"{int(desk.rows['宛名番号'][row]):010d}", "フリガナ": wide_kana(desk.value(row, "氏名カナ")),
        "生年月日": f"{year:04d}/{month:02d}/{day:02d}", "市区町村コード": "012025", "都道府県": PREFECTURE,
        "市区町村": MUNICIPALITY,
    })  # fmt: skip
