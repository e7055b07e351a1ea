"""住登外者: persons the tax department writes to although they are not in the register, as a CP932 package CSV.

Some are former residents who kept their number, some are copies of present residents (right, or grown old), and
some hold the number of somebody else.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jaconv
import numpy as np

from pipelines.sample_city.check_digits import with_check_digit
from pipelines.sample_city.hosts import canonical
from pipelines.sample_city.names import building_names, family_names, foreign_names, given_names
from pipelines.sample_city.population import WIDE
from pipelines.sample_city.receipts import Receipt
from pipelines.sample_city.towns import other_towns
from pipelines.sample_city.truth import TruthRow

AREA, GROUP, SOURCE = "031", "addressee", "juutogai"
COLUMNS = (
    "宛名番号",
    "氏名",
    "氏",
    "名",
    "フリガナ",
    "ローマ字氏名",
    "通称",
    "性別",
    "生年月日",
    "郵便番号",
    "市区町村コード",
    "都道府県",
    "市区町村",
    "町字",
    "番地",
    "方書",
    "国名コード",
    "国外住所",
    "業務ID",
    "名寄せ元",
    "名寄せ先",
    "他業務参照不可",
    "操作者",
    "操作日",
    "操作時刻",
    "備考",
)
STANDARD_NAMES = {
    "宛名番号": "宛名番号",
    "氏名": "氏名",
    "フリガナ": "氏名_フリガナ",
    "ローマ字氏名": "氏名_外国人ローマ字",
    "生年月日": "生年月日",
    "郵便番号": "住所_郵便番号",
    "市区町村コード": "住所_市区町村コード",
    "町字": "住所_町字",
    "番地": "住所_番地号表記",
    "方書": "住所_方書",
}


@dataclass
class Addressee:
    """One row of the CSV; ``cells`` by column name, ``generation`` from which on it is there.

    ``later_cells`` take the place of the first ones from the generation ``later_from`` on.
    """

    cells: dict[str, str]
    generation: int = 1
    truth: list[tuple[TruthRow, tuple[int, ...]]] = field(default_factory=list)
    later_from: int = 9
    later_cells: dict[str, str] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """宛名番号."""
        return self.cells["宛名番号"]

    def at(self, generation: int) -> dict[str, str]:
        """The cells as one generation shows them."""
        return {**self.cells, **self.later_cells} if generation >= self.later_from else self.cells


def copy_of(row: dict[str, str]) -> Addressee:
    """A copy of a resident's values; ``row`` is keyed by the columns of the CSV."""
    return Addressee({**_blank(), **row})


def _blank() -> dict[str, str]:
    cells = dict.fromkeys(COLUMNS, "")
    cells.update(
        {
            "業務ID": "010",
            "名寄せ元": "0",
            "他業務参照不可": "0",
            "操作者": "TAX01",
            "操作日": "2025-06-02",
            "操作時刻": "09:30:00",
        }
    )
    return cells


def plain_addressees(rng: np.random.Generator, count: int, first: int) -> list[Addressee]:
    """``count`` persons who live elsewhere; every twentieth is a foreigner."""
    families, towns, aliens, buildings = family_names(), other_towns(), foreign_names(), building_names()
    numbers = with_check_digit(300_000_000 + (first + np.arange(count)) * 3, 9)
    family = rng.choice(len(families.name), count, p=families.odds)
    sex = rng.integers(1, 3, count)
    given, town = rng.integers(0, 10_000, count), rng.integers(0, len(towns), count)
    birth = np.array("1935-01-01", "datetime64[D]") + rng.integers(0, 24_000, count)
    block, house, room = rng.integers(1, 60, count), rng.integers(1, 40, count), rng.integers(101, 999, count)
    draw = rng.random(count)
    found = []
    for i in range(count):
        place, names = towns[town[i]], given_names(int(sex[i]))
        index = int(given[i]) % len(names.name)
        cells = _blank()
        year, month, day = str(birth[i]).split("-")
        cells.update(
            {
                "宛名番号": f"{numbers[i]:010d}",
                "性別": str(sex[i]),
                "生年月日": f"{year}/{month}/{day}",
                "郵便番号": place.postal_code,
                "市区町村コード": place.code,
                "都道府県": place.prefecture,
                "市区町村": place.municipality,
                "町字": place.name,
                "番地": f"{WIDE[block[i]]}番{WIDE[house[i]]}号",
                "方書": f"{buildings[room[i] % len(buildings)]}\u3000{WIDE[room[i]]}号室" if draw[i] < 0.3 else "",
            }
        )
        if i % 20 == 19:
            alien = int(np.flatnonzero(aliens.sex == sex[i])[index % int((aliens.sex == sex[i]).sum())])
            cells.update(
                {
                    "氏名": str(aliens.roman[alien]),
                    "フリガナ": str(aliens.kana[alien]),
                    "ローマ字氏名": str(aliens.roman[alien]),
                }
            )
        else:
            cells.update(
                {
                    "氏名": f"{families.name[family[i]]}\u3000{names.name[index]}",
                    "氏": str(families.name[family[i]]),
                    "名": str(names.name[index]),
                    "フリガナ": f"{families.kana[family[i]]}\u3000{names.kana[index]}",
                }
            )
        found.append(Addressee(cells, generation=2 if i % 97 == 60 else 3 if i % 97 == 61 else 1))
    return found


Change = Callable[[dict[str, str]], dict[str, str]]


@dataclass(frozen=True, slots=True)
class AddresseeKind:
    """A defect or legal oddity of the CSV.

    ``change`` gives the cells that differ, ``after`` the value once AUTO has run.
    """

    rule: str
    item: str
    change: Change
    action: str = "REVIEW"
    after: Callable[[dict[str, str]], str] | None = None
    often: int = 4
    also_ok: tuple[str, ...] = ()
    planted: bool = True
    foreign: bool = False


def _long_name(length: int) -> Change:
    unit = "ＡＬＥＸＡＮＤＥＲ　"
    text = (unit * (length // len(unit) + 1))[:length]
    text = text if text[-1] != "\u3000" else text[:-1] + "Ａ"
    return lambda cells: {"氏名": text, "ローマ字氏名": text[:100] if text[99:100] != "\u3000" else text[:99]}


def _half_kana(cells: dict[str, str]) -> dict[str, str]:
    return {"フリガナ": str(jaconv.z2h(cells["フリガナ"])).replace("\u3000", " ")}


def _apart(kana: str) -> str:
    voiced = {
        "ガ": "カ゛",
        "ギ": "キ゛",
        "グ": "ク゛",
        "ゲ": "ケ゛",
        "ゴ": "コ゛",
        "ザ": "サ゛",
        "ジ": "シ゛",
        "ズ": "ス゛",
        "ゼ": "セ゛",
        "ダ": "タ゛",
        "ド": "ト゛",
        "デ": "テ゛",
        "バ": "ハ゛",
        "ビ": "ヒ゛",
        "ブ": "フ゛",
        "ベ": "ヘ゛",
        "ボ": "ホ゛",
    }
    return "".join(voiced.get(c, c) for c in kana)


KINDS: tuple[AddresseeKind, ...] = (
    AddresseeKind(
        "NUM-007",
        "市区町村コード",
        lambda c: {"市区町村コード": c["市区町村コード"].lstrip("0")[:5]},
        also_ok=("ADR-001", "IDN-003"),
    ),
    AddresseeKind(
        "ADR-001",
        "市区町村コード",
        lambda c: {"市区町村コード": c["市区町村コード"][:5] + str((int(c["市区町村コード"][5]) + 1) % 10)},
        also_ok=("IDN-003", "ADR-003"),
    ),
    AddresseeKind(
        "IDN-003",
        "市区町村コード",
        lambda c: {"市区町村コード": c["市区町村コード"][:5] + str((int(c["市区町村コード"][5]) + 2) % 10)},
        also_ok=("ADR-001", "ADR-003"),
    ),
    AddresseeKind("NAM-011", "フリガナ", _half_kana, "AUTO", lambda c: c["フリガナ"], 15, ("NAM-012", "MOJ-018")),
    AddresseeKind(
        "NAM-011", "フリガナ", lambda c: {"フリガナ": str(jaconv.kata2hira(c["フリガナ"]))}, "REVIEW", None, 4
    ),
    AddresseeKind(
        "NAM-012",
        "フリガナ",
        lambda c: {
            "フリガナ": "タ゛テ\u3000" + _apart("ジロウ"),
            "氏名": "伊達\u3000次郎",
            "氏": "伊達",
            "名": "次郎",
        },
        "AUTO",
        lambda c: "ダテ\u3000ジロウ",
        12,
        ("NAM-011",),
    ),
    AddresseeKind(
        "NAM-014",
        "フリガナ",
        lambda c: {"フリガナ": "オ‐タ\u3000ユ‐コ", "氏名": "大田\u3000裕子", "氏": "大田", "名": "裕子"},
        "AUTO",
        lambda c: "オータ\u3000ユーコ",
        10,
    ),
    AddresseeKind(
        "NAM-005",
        "ローマ字氏名",
        lambda c: {"ローマ字氏名": c["ローマ字氏名"].translate({k: k + 0x20 for k in range(0xFF22, 0xFF3B)})},
        "AUTO",
        lambda c: c["ローマ字氏名"],
        4,
        foreign=True,
    ),
    AddresseeKind("NAM-023", "氏名", _long_name(103), also_ok=("NAM-006",), foreign=True),
    AddresseeKind("NAM-020", "氏名", lambda c: {"氏名": "■" + c["氏名"][1:]}, also_ok=("NAM-003", "MOJ-022")),
    AddresseeKind("ADR-027", "番地", lambda c: {"番地": "１番２号から" + "３番４号及び" * 8 + "５番"}),
    AddresseeKind(
        "ADR-020",
        "郵便番号",
        lambda c: {"郵便番号": c["郵便番号"][:3] + "-" + c["郵便番号"][3:]},
        "AUTO",
        lambda c: c["郵便番号"],
        20,
    ),
    AddresseeKind(
        "ADR-009", "番地", lambda c: {"番地": "３ー５ー１"}, "AUTO", lambda c: "３－５－１", 12, ("ADR-007",)
    ),
    AddresseeKind("MOJ-018", "番地", lambda c: {"番地": "1-6"}, "AUTO", lambda c: "１－６", 15, ("ADR-007",)),
    AddresseeKind(
        "DAT-015", "生年月日", lambda c: {"生年月日": c["生年月日"].replace("/", "")}, often=4, also_ok=("DAT-001",)
    ),
    AddresseeKind("DAT-007", "生年月日", lambda c: {"生年月日": "1975/02/29"}, often=3),
    AddresseeKind("DAT-009", "生年月日", lambda c: {"生年月日": c["生年月日"][:4] + "/00/00"}, "AUTO", lambda c: "", 6),
    AddresseeKind("MOJ-022", "フリガナ", lambda c: {"フリガナ": c["フリガナ"] + "？"}, also_ok=("NAM-011",)),
    AddresseeKind("NAM-023", "氏名", _long_name(100), "NONE", planted=False, foreign=True, often=4),
    AddresseeKind(
        "ADR-027",
        "番地",
        lambda c: {"番地": "１番２号から" + "３番４号及び" * 7 + "５番"},
        "NONE",
        planted=False,
        often=4,
    ),
    AddresseeKind(
        "ADR-001",
        "市区町村コード",
        lambda c: {
            "市区町村コード": "",
            "都道府県": "",
            "市区町村": "",
            "町字": "",
            "番地": "",
            "方書": "",
            "郵便番号": "",
            "国名コード": "USA",
            "国外住所": "１　ＭＡＩＮ　ＳＴＲＥＥＴ，ＳＥＡＴＴＬＥ",
        },
        "NONE",
        planted=False,
        often=10,
    ),
    AddresseeKind(
        "NAM-011",
        "フリガナ",
        lambda c: {
            "フリガナ": "ヂヅヲ\u3000ヴァイオレット",
            "氏名": "ヂヅヲ\u3000ヴァイオレット",
            "氏": "ヂヅヲ",
            "名": "ヴァイオレット",
        },
        "NONE",
        planted=False,
        often=8,
    ),
    AddresseeKind("MOJ-011", "備考", lambda c: {"備考": "９時～１７時に在宅"}, "NONE", planted=False, often=10),
    AddresseeKind("ADR-009", "方書", lambda c: {"方書": "第３センターハイツ"}, "NONE", planted=False, often=10),
    AddresseeKind("NAM-001", "氏名", lambda c: {}, "NONE", planted=False, foreign=True, often=10),
    AddresseeKind(
        "NAM-014",
        "フリガナ",
        lambda c: {"フリガナ": "ジョン－ポール"},
        "AUTO",
        lambda c: "ジョン－ポール",
        10,
        planted=False,
    ),
    AddresseeKind("NUM-007", "市区町村コード", lambda c: {}, "NONE", planted=False, often=10),
    AddresseeKind("IDN-003", "市区町村コード", lambda c: {}, "NONE", planted=False, often=20),
    AddresseeKind(
        "DAT-015", "生年月日", lambda c: {"生年月日": "1975/2/3"}, "AUTO", lambda c: "1975-02-03", 10, planted=False
    ),
)


def plant_in_addressees(addressees: list[Addressee], people: int) -> None:
    """Plant every kind in its number; an addressee carries at most one. One in three defects is put right later."""
    free = {
        False: [a for a in addressees if a.generation == 1 and a.cells["氏"]],
        True: [a for a in addressees if a.generation == 1 and not a.cells["氏"]],
    }
    for kind in KINDS:
        count = max(1, round(people * kind.often / 20_000))
        for i in range(count):
            if not free[kind.foreign]:
                break
            chosen = free[kind.foreign].pop(len(free[kind.foreign]) * 7 // 11)
            right = dict(chosen.cells)
            after = canonical(kind.after(right)) if kind.after else None
            chosen.cells.update(kind.change(right))
            chosen.later_from = (9, 2, 9, 9, 3)[i % 5] if kind.planted else 9
            chosen.later_cells = right
            row = TruthRow(
                AREA,
                GROUP,
                SOURCE,
                chosen.number,
                kind.item,
                STANDARD_NAMES.get(kind.item, kind.item),
                kind.rule,
                kind.action,
                after,
                kind.also_ok,
                kind.planted,
            )
            chosen.truth.append((row, tuple(g for g in (1, 2, 3) if g < chosen.later_from)))


def write_addressees(folder: Path, addressees: list[Addressee], generation: int, extracted_on: int) -> Receipt:
    """Write ``juutogai.csv`` (CP932, quoted, CRLF, header line)."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    there = [a for a in addressees if a.generation <= generation]
    writer.writerows([a.at(generation)[c] for c in COLUMNS] for a in there)
    data = text.getvalue().encode("cp932")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "juutogai.csv"
    path.write_bytes(data)
    return Receipt(path.name, len(there), len(data), hashlib.sha256(data).hexdigest(), extracted_on)


def truth_of_addressees(addressees: list[Addressee], generation: int) -> Iterator[TruthRow]:
    """The truth rows of one generation, from 1."""
    for a in addressees:
        if a.generation <= generation:
            yield from (row for row, generations in a.truth if generation in generations)
