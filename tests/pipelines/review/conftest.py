"""A small run of marker strings, its ledger and one account a role: what every page of the review is tried on."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from pipelines.ledger import IssueIdentity
from pipelines.review.accounts import Account, Accounts
from pipelines.review.app import create_app
from pipelines.review.desk import Desk
from rules.contract import ISSUE_SCHEMA

PASSWORD = "correct-horse-9"
AREAS = {"001": "住民基本台帳", "031": "住登外者宛名番号管理"}
PEOPLE = [
    # number, household, name, kana, birth, town, under 支援措置
    ("0000000101", "H001", "髙橋　太郎", "タカハシ　タロウ", "1964-01-07", "本町"),
    ("0000000102", "H001", "髙橋　花", "タカハシ　ハナ", "1990-05-05", "本町"),
    ("0000000203", "H002", "𠮷田　花子", "ヨシダ　ハナコ", "1980-02-02", "秘密町"),
    ("0000000204", "H002", "𠮷田　次郎", "ヨシダ　ジロウ", "2010-03-03", "秘密町"),
    ("0000000305", "H003", "渡邉　一郎", "ワタナベ　イチロウ", "1975-03-01", "東町"),
]
SHELTERED = ("0000000203",)
ITEMS = {
    "氏名": ("person.name", True), "氏名_フリガナ": ("person.kana", False), "生年月日": ("person.birth_date", True),
    "住所_町字": ("address.town", True), "住所_方書": ("address.building", False), "備考": ("none", False),
    "個人番号": ("person.my_number", True), "宛名番号": ("person.number", False),
}
RULES = {
    "DAT-003": ("元号範囲外", "E", "REVIEW", "元号の範囲を超える日付"),
    "NAM-013": ("小書きカナ", "W", "PROPOSE", "大書きになった拗音・促音の候補を示す"),
    "ADR-014": ("方書の分離", "W", "PROPOSE", "番地に続く建物名を方書に分ける候補を示す"),
    "ADR-006": ("丁目の数字表記", "I", "PROPOSE", "丁目の数字を漢数字にそろえる"),
    "IDN-007": ("個人番号の検査数字", "E", "REVIEW", "個人番号の検査数字が合わない"),
    "MOJ-007": ("未同定の外字", "E", "REVIEW", "表で読めない文字"),
    "DUP-010": ("重複候補", "W", "REVIEW", "同じ人と思われる宛名"),
    "HSE-003": ("備考の確認", "W", "REVIEW", "備考に番号がある"),
}
# rule, person, item, before, candidate, blocks
ISSUES: list[tuple[str, int, str, str | None, str | None, str]] = [
    ("DAT-003", 0, "生年月日", "3650101", "昭和64年1月1日", "release"),
    ("NAM-013", 0, "氏名_フリガナ", "キヨウコ", "キョウコ", "none"),
    ("ADR-014", 1, "住所_方書", "本町マーカーハイツ", "マーカーハイツ", "none"),
    ("ADR-014", 2, "住所_方書", "秘密町秘密荘", "秘密荘", "none"),
    ("IDN-007", 0, "個人番号", "123456789018", None, "none"),
    ("HSE-003", 4, "備考", "控え 123456789018", None, "none"),
    ("MOJ-007", 4, "氏名", "{F0A1}邉　一郎", None, "release"),
    ("NAM-013", 4, "氏名_フリガナ", "=1+1", "@SUM(1)", "none"),
    *[("ADR-006", n % 2, "住所_町字", f"本町{n % 3 + 1}丁目", f"本町{'一二三'[n % 3]}丁目", "none") for n in range(6)],
    *[("ADR-014", 4, "住所_方書", f"東町{n}号", f"{n}号", "none") for n in range(55)],
]


def _parquet(path: Path, rows: list[dict[str, Any]], schema: dict[str, Any] | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows, schema=schema, infer_schema_length=None).write_parquet(path)


def write_run(data: Path, run_id: str = "0001-g1", *, generation: str = "g1", issues: Any = ISSUES) -> Path:
    identity = IssueIdentity(bytes(32))
    folder = data / "runs" / run_id
    seen: dict[tuple[Any, ...], int] = {}
    rows = []
    for rule, person, item, before, candidate, blocks in issues:
        subject = f"{PEOPLE[person][0]}/1"
        ordinal = seen[rule, person, item] = seen.get((rule, person, item), -1) + 1
        rows.append({
            "issue_id": identity.issue_id(source="jumin", area="001", group="resident", subject=subject, rule_id=rule,
                                          item_path=item, ordinal=ordinal),
            "value_hash": identity.value_hash(before), "rule_id": rule, "rule_version": 1, "source": "jumin",
            "area_id": "001", "group_id": "resident", "subject": subject, "item_path": item, "file": "JUMIN.dat",
            "record_no": person + 1, "byte_offset": person * 100, "raw_bytes": b"\xf0\xa1\x20",
            "before": None if rule == "IDN-007" else before, "candidate": candidate, "severity": RULES[rule][1],
            "action": RULES[rule][2], "blocks": blocks, "confidence": "", "evidence": None, "owner": "市民課",
            "due": "2026-05-29",
        })
    _parquet(folder / "issues/001.parquet", rows, ISSUE_SCHEMA)
    pair = {
        **dict.fromkeys(ISSUE_SCHEMA), "issue_id": "f" * 32, "value_hash": "1" * 32, "rule_id": "DUP-010",
        "rule_version": 1, "source": "juutogai", "area_id": "031", "group_id": "addressee",
        "subject": "0000000102/1|0000009001", "item_path": "宛名番号", "file": "juutogai.csv", "record_no": 1,
        "severity": "W", "action": "REVIEW", "blocks": "none", "evidence": "カナと生年月日が同じ", "owner": "税務課",
        "due": "2026-05-29", "before": "0000009001",
    }
    other = pair | {"issue_id": "e" * 32, "subject": "0000009001|0000009002"}
    _parquet(folder / "issues/031.parquet", [pair, other], ISSUE_SCHEMA)
    people = [
        {"file": "JUMIN.dat", "record_no": n + 1, "subject": f"{number}/1", "person_number": number,
         "person_household_number": home, "person_name": name, "person_kana": kana, "person_birth_date": birth,
         "person_sex": "1", "address_town": town, "person_my_number_digest": "00ff"}
        for n, (number, home, name, kana, birth, town) in enumerate(PEOPLE)
    ]
    _parquet(folder / "keys/001/resident.parquet", people)
    _parquet(folder / "keys/001/support_measure.parquet", [
        {"file": "SHIEN.dat", "record_no": 1, "subject": f"{n}/1", "person_number": n, "support_kind": "1"}
        for n in SHELTERED
    ])
    _parquet(folder / "keys/031/addressee.parquet", [
        {"file": "juutogai.csv", "record_no": n + 1, "subject": number, "person_number": number, "person_name": name,
         "person_kana": "タカハシ　ハナ", "person_birth_date": birth, "person_sex": "1", "address_town": "東町"}
        for n, (number, name, birth) in enumerate([
            ("0000009001", "高橋　花", "1990-05-05"), ("0000009002", "高橋　ハナ", "1991-05-05"),
        ])
    ])
    _parquet(folder / "code_tables/001.parquet", [
        {"source": "jumin", "table": "gaiji/jumin_east.csv", "code_system": "jef", "page": "double", "code": "F0A1",
         "text": None, "explained_by": "", "count": 3},
        {"source": "jumin", "table": "gaiji/jumin_east.csv", "code_system": "jef", "page": "double", "code": "B0A1",
         "text": "亜", "explained_by": "文字コード表 jef", "count": 9},
    ], {**dict.fromkeys(("source", "table", "code_system", "page", "code", "text", "explained_by"), pl.String),
        "count": pl.Int64})
    standard = folder / "standard/001"
    standard.mkdir(parents=True)
    pl.DataFrame([
        {"宛名番号": number, "氏名": name, "住所_町字": town, "個人番号": "123456789018"}
        for number, _, name, _, _, town in PEOPLE
    ]).write_ipc(standard / "resident.arrow")
    _parquet(standard / "resident.lineage.parquet", [
        {"file": "JUMIN.dat", "record_no": n + 1, "ordinal": 0} for n in range(len(PEOPLE))
    ])
    statistics = {
        "city": {"name": "見本市", "code": "012025"}, "generation": generation, "as_of": "2026-04-01",
        "fingerprint": run_id, "departments": {"市民課": {"areas": ["001"], "due": ""}},
        "areas": {a: {"label": label, "department": "", "due": ""} for a, label in AREAS.items()},
        "gates": [{"id": "G05", "item": "未解決の誤り", "value": 3, "at_most": 0, "verdict": "未達"}],
        "issues": {"total": len(rows) + 2, "open": len(rows) + 2, "individual": 5},
    }
    _json(folder / "statistics.json", statistics)
    _json(folder / "rules.json", {
        rule: {"name_ja": name, "severity": severity, "action": action, "ask": "judge", "description": text}
        for rule, (name, severity, action, text) in RULES.items()
    })
    _json(folder / "items.json", [
        {"area": area, "group": group, "item": item, "certified": certified and area == "001", "owner": "市民課",
         "meaning": meaning}
        for area, group in (("001", "resident"), ("031", "addressee"))
        for item, (meaning, certified) in ITEMS.items()
    ])
    _json(folder / "manifest.json", {"fingerprint": run_id, "run_id": run_id})
    return folder


def _json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: int) -> None:
        self.now += timedelta(**by)


ACCOUNTS = (
    Account("jimu", "移行事務局 三郎", "office"),
    Account("tanaka", "市民課 田中", "department", ("001",)),
    Account("suzuki", "市民課 鈴木", "department", ("001",), shelter=True),
    Account("ito", "税務課 伊藤", "department", ("031",)),
    Account("zenka", "総合窓口 全課", "department", ("001", "031")),
    Account("kato", "ベンダ 加藤", "vendor"),
    Account("sasaki", "閲覧 佐々木", "viewer"),
)


class House:
    """Desk, application and a browser a person."""

    def __init__(self, data: Path) -> None:
        self.data, self.clock = data, Clock()
        data.mkdir(parents=True, exist_ok=True)
        self.desk = Desk(data, areas=AREAS, departments={"市民課": ("001",), "税務課": ("031",)}, clock=self.clock,
                         memory_mib=256)
        # Cheap hashes: what is tried here is who may do what, not argon2.
        self.desk.accounts = Accounts(self.desk.ledger.engine, hasher=PasswordHasher(1, 8, 1))
        for account in ACCOUNTS:
            self.desk.accounts.save(account, PASSWORD)
        self.app = create_app(self.desk)

    def visitor(self, login: str | None) -> TestClient:
        client = TestClient(self.app, follow_redirects=False)
        if login:
            answer = client.post("/login", data={"login": login, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return client

    def post(self, client: TestClient, path: str, **fields: Any) -> Any:
        """Send a form as a page would, with the token of the session."""
        page = client.get("/account").text
        return client.post(path, data={"csrf": page.split('name="csrf" value="')[1].split('"')[0], **fields})

    def issue(self, rule: str, person: int = 0) -> str:
        rows = self.desk.store().matchable(self.desk.seen_by(ACCOUNTS[4]))
        mine = rows.filter((pl.col("rule_id") == rule) & (pl.col("number") == PEOPLE[person][0]))
        return str(mine["issue_id"][0])

    def decisions(self) -> pl.DataFrame:
        return self.desk.ledger.decisions()


@pytest.fixture
def house(tmp_path):
    write_run(tmp_path / "data")
    made = House(tmp_path / "data")
    yield made
    made.desk.close()


@pytest.fixture
def make_run():
    return write_run
