"""A run folder with everything that reports read, made of marker strings (a canary city)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import fastexcel
import polars as pl
import pytest
import xlsxwriter

from pipelines.ledger import IssueIdentity
from pipelines.reports.workbook import write_workbooks
from rules.contract import ISSUE_SCHEMA

KEY = bytes(range(32))
MARKERS = ("髙橋　太郎", "𠮷田　花子", "渡邉　一郎", "カナリア町", "１番６号", "マーカー")

PEOPLE = [
    # number, household, name, under 支援措置
    ("0000000101", "H001", "髙橋　太郎", False),
    ("0000000102", "H001", "髙橋　花", False),
    ("0000000203", "H002", "𠮷田　花子", True),
    ("0000000204", "H002", "𠮷田　次郎", False),
    ("0000000305", "H003", "渡邉　一郎", False),
    ("0000000406", "H004", "=1+1", False),
]

RULES = {
    "NAM-020": ("氏名の空・記号", "E", "REVIEW", "fix_at_source", "氏名が空、または記号だけのもの"),
    "DAT-003": ("元号範囲外(過去事象)", "E", "REVIEW", "fix_at_source", "昭和65年など、元号の範囲を超える日付"),
    "NAM-013": ("小書きカナの大書き化", "W", "PROPOSE", "approve", "大書きになった拗音・促音の候補を示す"),
    "ADR-014": ("方書の分離", "W", "PROPOSE", "approve", "番地に続く建物名を方書に分ける候補を示す"),
    "HSE-003": ("世帯員0の世帯", "W", "REVIEW", "judge", "世帯員のいない世帯"),
    "DUP-001": ("同一番号別人", "E", "REVIEW", "judge", "同じ宛名番号が別の人に付いている"),
    "ADR-003": ("コードと文字列の一致", "W", "REVIEW", "judge", "住所のコードと文字列が合わない"),
    "ADR-006": ("丁目の数字表記", "I", "PROPOSE", "policy", "丁目の数字を漢数字にそろえる"),
    "NAM-001": ("氏名の区切り", "W", "PROPOSE", "policy", "氏と名の区切りがない"),
    "DAT-007": ("暦上日でない日", "W", "REVIEW", "confirm", "平年の2月29日など、戸籍と合わせて許す日"),
    "IDN-007": ("個人番号の検査数字", "E", "REVIEW", "fix_at_source", "個人番号の検査数字が合わない"),
    "DAT-001": ("元号→西暦変換", "I", "AUTO", "confirm", "元号の日付を西暦にする"),
    "FIL-002": ("受領件数照合", "E", "BLOCK", "fix_at_source", "受領票と実測の件数を比べる"),
}

ITEMS = {
    "氏名": ("person.name", True),
    "氏名_フリガナ": ("person.kana", False),
    "生年月日": ("person.birth_date", True),
    "住所_町字": ("address.town", True),
    "住所_方書": ("address.building", False),
    "世帯番号": ("person.household_number", False),
    "個人番号": ("person.my_number", True),
    "宛名番号": ("person.number", False),
    "備考": ("none", False),
}

Issue = tuple[str, int, str | None, str | None, str | None, str]


def issue_rows() -> list[Issue]:
    """rule, person (index), item, before, candidate, evidence."""
    rows: list[Issue] = [
        ("DAT-003", 0, "生年月日", "3650101", None, "昭和は64年1月7日まで"),
        ("NAM-013", 0, "氏名_フリガナ", "キヨウコ", "キョウコ", "小書きの候補"),
        ("ADR-014", 1, "住所_方書", "カナリア町マーカーハイツ", "マーカーハイツ", "番地に建物名"),
        ("ADR-014", 2, "住所_方書", "カナリア町秘密荘", "秘密荘", "秘密荘と読める"),
        ("ADR-003", 3, "住所_町字", "カナリア町秘密", None, "町字コードは秘密を指す"),
        ("NAM-020", 4, "氏名", "渡邉　\x01郎", None, ""),
        ("NAM-013", 5, "氏名_フリガナ", "=cmd|' /C calc'!A0", "@SUM(1)", "+1-1"),
        ("HSE-003", 4, "世帯番号", "H003", None, ""),
        ("IDN-007", 0, "個人番号", "123456789018", None, "123456789018"),
        ("HSE-003", 0, "備考", "本人の番号 123456789018 を控えた", None, ""),
        ("DAT-007", 4, "生年月日", "1975-02-29", None, "戸籍も同日"),
    ]
    rows += [
        ("ADR-006", i % 6, "住所_町字", f"カナリア町{i % 3 + 1}丁目", f"カナリア町{'一二三'[i % 3]}丁目", "")
        for i in range(12)
    ]
    rows += [("NAM-001", i % 6, "氏名", PEOPLE[i % 6][2].replace("　", ""), PEOPLE[i % 6][2], "") for i in range(6)]
    rows += [("DAT-007", i % 6, "氏名_フリガナ", f"値{i % 2}", None, "") for i in range(60)]
    return rows


def write_run(
    folder: Path,
    *,
    rows: list[Issue] | None = None,
    generation: str = "g1-2026-01",
    extra: dict[str, Any] | None = None,
) -> Path:
    """Write a run folder; issue ids depend on rule, person, item and position only."""
    rows = issue_rows() if rows is None else rows
    identity = IssueIdentity(KEY)
    seen: dict[tuple[object, ...], int] = {}
    issues = []
    for rule, person, item, before, candidate, evidence in rows:
        number = PEOPLE[person][0]
        ordinal = seen[rule, number, item] = seen.get((rule, number, item), -1) + 1
        _, severity, action, _, _ = RULES[rule]
        issues.append(
            {
                "issue_id": identity.issue_id(
                    source="jumin",
                    area="001",
                    group="resident",
                    subject=f"{number}/1",
                    rule_id=rule,
                    item_path=item,
                    ordinal=ordinal,
                ),
                "value_hash": identity.value_hash(before),
                "rule_id": rule,
                "rule_version": 1,
                "source": "jumin",
                "area_id": "001",
                "group_id": "resident",
                "subject": f"{number}/1",
                "item_path": item,
                "file": "JUMIN_EAST.dat",
                "record_no": person + 2,
                "byte_offset": 0,
                "raw_bytes": b"\x01",
                "before": before,
                "candidate": candidate,
                "severity": severity,
                "action": action,
                "blocks": "release" if rule in ("DAT-003", "NAM-020") else "none",
                "confidence": "",
                "evidence": evidence,
                "owner": "市民課",
                "due": "2026-05-29",
            }
        )
    whole = {
        **dict.fromkeys(ISSUE_SCHEMA),
        "value_hash": "0" * 32,
        "rule_version": 1,
        "area_id": "031",
        "source": "juutogai",
        "file": "juutogai.csv",
        "severity": "E",
        "owner": "税務課",
        "due": "2026-05-29",
    }
    pair = {
        **whole,
        "rule_id": "DUP-001",
        "subject": "0000000101|0000000203/1",
        "group_id": "addressee",
        "record_no": 1,
        "before": "髙橋　太郎・カナリア町",
        "evidence": "カナリア町が同じ",
        "action": "REVIEW",
        "blocks": "release",
        "issue_id": identity.issue_id(
            source="juutogai", area="031", group="addressee", subject="p", rule_id="DUP-001", item_path=None
        ),
    }
    file_issue = {
        **whole,
        "rule_id": "FIL-002",
        "subject": "juutogai.csv",
        "action": "BLOCK",
        "blocks": "file",
        "evidence": "受領票 120件、実測 119件",
        "issue_id": identity.issue_id(
            source="juutogai", area="031", group=None, subject="juutogai.csv", rule_id="FIL-002", item_path=None
        ),
    }
    _parquet(folder / "issues/001.parquet", issues, ISSUE_SCHEMA)
    _parquet(folder / "issues/031.parquet", [pair, file_issue], ISSUE_SCHEMA)
    _parquet(
        folder / "keys/001/resident.parquet",
        [
            {
                "file": "JUMIN_EAST.dat",
                "record_no": i + 2,
                "subject": f"{number}/1",
                "person_number": number,
                "person_household_number": home,
                "person_name": name,
            }
            for i, (number, home, name, _) in enumerate(PEOPLE)
        ],
    )
    _parquet(
        folder / "keys/001/support_measure.parquet",
        [
            {
                "file": "SHIEN.dat",
                "record_no": i + 1,
                "subject": f"{number}/1",
                "person_number": number,
                "support_kind": "1",
            }
            for i, (number, _, _, sheltered) in enumerate(PEOPLE)
            if sheltered
        ],
    )
    _parquet(
        folder / "keys/031/addressee.parquet",
        [
            {
                "file": "juutogai.csv",
                "record_no": 1,
                "subject": "0000000101",
                "person_number": "0000000101",
                "person_name": "髙橋　太郎",
            },
        ],
    )
    fates = ["converted"] * 100 + ["excluded"] * 3 + ["isolated"] * 2 + ["control"] * 2
    _parquet(
        folder / "fates/001.parquet",
        [
            {
                "source": "jumin",
                "file": "JUMIN_EAST.dat",
                "record_no": i + 1,
                "fate": fate,
                "rows": int(fate == "converted"),
                "reason": {"excluded": "D01 論理削除", "isolated": "キー項目が復号できない"}.get(fate, ""),
            }
            for i, fate in enumerate(fates)
        ],
    )
    _parquet(
        folder / "reconcile/round_trips.parquet",
        [{"area": "001", "source": "jumin", "file": "JUMIN_EAST.dat", "records": 98, "same": 95}],
    )
    _parquet(
        folder / "reconcile/records.parquet",
        [
            {
                "area": "001",
                "source": "jumin",
                "file": "JUMIN_EAST.dat",
                "received": 107,
                "decoded": 107,
                "converted": 100,
                "isolated": 2,
                "excluded": 3,
                "collapsed": 0,
                "control": 2,
                "rows": 100,
                "difference": 0,
            },
            {
                "area": "001",
                "source": "shien",
                "file": "SHIEN.dat",
                "received": 1,
                "decoded": 1,
                "converted": 1,
                "isolated": 0,
                "excluded": 0,
                "collapsed": 0,
                "control": 0,
                "rows": 1,
                "difference": 0,
            },
            {
                "area": "031",
                "source": "juutogai",
                "file": "juutogai.csv",
                "received": 120,
                "decoded": 119,
                "converted": 119,
                "isolated": 0,
                "excluded": 0,
                "collapsed": 0,
                "control": 0,
                "rows": 119,
                "difference": 1,
            },
        ],
    )
    _parquet(
        folder / "reconcile/controls.parquet",
        [
            {
                "area": "001",
                "帳票名": "人口月報",
                "項目": "人口総数",
                "区分": "",
                "現行値": 100,
                "移行値": 100,
                "差": 0,
                "判定": "一致",
            },
            {
                "area": "001",
                "帳票名": "人口月報",
                "項目": "男女別人口",
                "区分": "男",
                "現行値": 48,
                "移行値": 47,
                "差": -1,
                "判定": "不一致",
            },
            {
                "area": "031",
                "帳票名": "",
                "項目": "住登外者数",
                "区分": "",
                "現行値": None,
                "移行値": 119,
                "差": None,
                "判定": "未実施",
            },
        ],
    )
    _parquet(
        folder / "characters/001.parquet",
        [
            {"group_id": "resident", **row} for row in (
                {"stage": "in", "item": "氏名", "code_point": 0x9AD9, "count": 3, "explained_by": "JEF 変換表"},
                {"stage": "in", "item": "氏名", "code_point": 0xE000, "count": 1, "explained_by": ""},
                {"stage": "out", "item": "氏名", "code_point": 0x9AD9, "count": 3, "explained_by": "同じ字"},
            )
        ],
    )
    statistics: dict[str, Any] = {
        "city": {"name": "見本市", "code": "012025"},
        "generation": generation,
        "as_of": "2026-04-01",
        "fingerprint": "f" * 32,
        "areas": {
            "001": {"label": "住民基本台帳", "department": "市民課", "due": "2026-05-29"},
            "031": {"label": "住登外者宛名番号管理", "department": "税務課", "due": "2026-05-29"},
        },
        "departments": {
            "市民課": {"areas": ["001"], "due": "2026-05-29"},
            "税務課": {"areas": ["031"], "due": "2026-05-29"},
            "保険課": {"areas": [], "due": "2026-05-29"},
        },
        "people": {"人口総数": 100},
        "population": {"current": 100, "migrated": 100},
        "rules": {rule: {"found": 5, "cured": 0, "open": 5, "decided": 0} for rule in RULES}
        | {"DAT-001": {"found": 412, "cured": 412, "open": 0, "decided": 0}},
        "gates": [
            {
                "id": "G01",
                "item": "件数照合",
                "measure": "records.unexplained",
                "value": 1,
                "at_most": 0,
                "verdict": "未達",
                "department": "情報政策課",
                "if_missed": "取込を中止し原因を特定する",
                "rollback": "現行の運用を続ける",
            },
            {
                "id": "G06",
                "item": "文字照合",
                "measure": "characters.unexplained",
                "value": 0,
                "at_most": 0,
                "verdict": "可",
                "department": "情報政策課",
                "if_missed": "説明されない文字を同定する",
                "rollback": "",
            },
            {
                "id": "G03",
                "item": "人数照合",
                "measure": "controls.mismatch",
                "value": None,
                "at_most": 0,
                "verdict": "未実施",
                "department": "市民課",
                "if_missed": "帳票の基準日を確かめる",
                "rollback": "",
            },
        ],
        "laws": {
            "1": {"held": True, "how": "全ファイルの行き先を数え直した"},
            "2": {"held": True, "how": "出力の文字を数え直した"},
            "3": {"held": True, "how": "変更を逆順に戻して一致を確かめた"},
            "5": {"held": True, "how": "番号の列を突き合わせた"},
        },
    } | (extra or {})
    _json(folder / "statistics.json", statistics)
    _json(
        folder / "rules.json",
        {
            rule: {"name_ja": name, "severity": severity, "action": action, "ask": ask, "description": text}
            for rule, (name, severity, action, ask, text) in RULES.items()
        },
    )
    _json(
        folder / "items.json",
        [
            {
                "area": "001",
                "group": "resident",
                "item": item,
                "certified": certified,
                "owner": "市民課",
                "meaning": meaning,
            }
            for item, (meaning, certified) in ITEMS.items()
        ],
    )
    _json(folder / "manifest.json", {"fingerprint": statistics["fingerprint"], "run_id": folder.name})
    return folder


def _parquet(path: Path, rows: list[dict[str, Any]], schema: dict[str, Any] | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows, schema=schema, infer_schema_length=None).write_parquet(path)


def _json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


Grid = dict[str, list[list[str]]]


def read_grid(workbook: Path) -> Grid:
    """All sheets of a workbook as text, hidden ones too."""
    reader = fastexcel.read_excel(workbook)
    return {
        name: [
            list(row)
            for row in reader.load_sheet(name, header_row=None, dtypes="string").to_polars().fill_null("").iter_rows()
        ]
        for name in reader.sheet_names
    }


def write_grid(grid: Grid, path: Path) -> Path:
    """Save sheets as an office program would: the same cells, nothing else."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
        for name, rows in grid.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value:
                        sheet.write_string(number, column, value)
    return path


def fill_in(grid: Grid, sheet: str, *, where: dict[str, str] | None = None, **cells: str) -> int:
    """Write ``cells`` (heading → text) into the rows of a sheet whose cells match ``where``; returns how many."""
    rows = grid[sheet]
    header = next(number for number, row in enumerate(rows) if "issue_id" in row)
    place = {name: index for index, name in enumerate(rows[header])}
    hits = 0
    for row in rows[header + 1 :]:
        if all(row[place[name]] == value for name, value in (where or {}).items()):
            hits += 1
            for name, value in cells.items():
                row[place[name]] = value
    return hits


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str = "run-1", **changes: Any) -> Path:
        return write_run(tmp_path / "data" / "runs" / name, **changes)

    return make


@pytest.fixture(scope="session")
def usual_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The canary run with its workbooks written; not to be changed."""
    run = write_run(tmp_path_factory.mktemp("usual") / "runs" / "run-1")
    write_workbooks(run)
    return run


@pytest.fixture(scope="session")
def sheets() -> ModuleType:
    """This module: the helpers above, for tests that are not in a package."""
    return sys.modules[__name__]
