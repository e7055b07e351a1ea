"""What identities say beside yes and no: lawful reasons, universes that are part of another, rows there are none of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from char_mapping.errors import DefinitionError
from layouts.identities import BoundIdentity, load_identities
from rules.identities.evaluation import Evaluated, evaluate

AREA, AS_OF = "014", date(2026, 4, 1)
LINEAGE = {"area": AREA, "source": "s", "file": "f", "byte_offset": 0}
PEOPLE = [
    # number, household, corporate number, status, latest
    ("0001", "H1", None, "1", "1"),
    ("0002", "H2", None, "1", "0"),
    ("0002", "H2", None, "2", "1"),
    ("0003", "H3", None, "3", "1"),
]
Row = dict[str, str | None]


def _identity(folder: Path, text: str) -> BoundIdentity:
    path = folder / "kihon_data_list" / "x" / AREA / "identities.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"identities:\n  - {{id: tested, {text}}}\n", encoding="utf-8")
    load_identities.__globals__["_read"].cache_clear()
    (bound,) = load_identities("kihon_data_list", "x", AREA, root=folder)
    return bound


def _evaluated(bound: BoundIdentity, groups: dict[str, list[Row]]) -> Evaluated:
    with duckdb.connect() as connection:
        people = pl.DataFrame(
            [
                {**LINEAGE, "area": "001", "group_id": "resident", "record_no": n, "subject": f"p{n}",
                 "person_number": number, "person_household_number": home, "person_corporate_number": firm,
                 "person_status": status, "person_latest": latest}
                for n, (number, home, firm, status, latest) in enumerate(PEOPLE)
            ] + [
                {**LINEAGE, "area": "031", "group_id": "addressee", "record_no": 9, "subject": "a9",
                 "person_number": "0009", "person_household_number": None, "person_corporate_number": "7000012050002",
                 "person_status": None, "person_latest": None}
            ],
            infer_schema_length=None,
        )  # fmt: skip
        connection.register("persons", people.to_arrow(compat_level=pl.CompatLevel.oldest()))
        connection.execute("CREATE TABLE addressees AS SELECT * FROM persons WHERE area = '031'")
        connection.execute("CREATE TABLE isolated (person_number VARCHAR, household_number VARCHAR)")
        connection.execute("INSERT INTO isolated VALUES ('0008', 'H8')")
        for group, rows in groups.items():
            frame = pl.DataFrame(
                [{**LINEAGE, "group_id": group, "record_no": n, "subject": f"{group}{n}", **row}
                 for n, row in enumerate(rows, 1)],
                infer_schema_length=None,
            )  # fmt: skip
            connection.register("given", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
            connection.execute(f'CREATE TABLE "{AREA}/{group}" AS SELECT * FROM given')
        return evaluate(connection, [bound], {*((AREA, g) for g in groups), ("001", "resident")}, {}, AS_OF, {})


def _told(done: Evaluated) -> list[tuple[str, str]]:
    return sorted(done.findings.select("subject", "reason").iter_rows())


def _due(number: str, amount: str | None, tax: str = "010") -> Row:
    return {"通知書番号": number, "税目": tax, "調定額": amount}


def _levy(number: str, amount: str | None, why: str = "00") -> Row:
    return {"通知書番号": number, "年税額": amount, "更正事由": why}


LEVIED = (
    "rule: REF-010, kind: sum, group: due, amount: 調定額, by: [通知書番号], where: \"税目 = '010'\", "
    "equals: {group: levy, amount: 年税額, by: [通知書番号]}, explained: ["
    "{code: corrected, note: 更正, group: levy, on: {通知書番号: 通知書番号}, where: \"更正事由 <> '00'\"}, "
    "{code: never, note: 過年度遡及, group: levy, on: {通知書番号: 通知書番号}, where: \"更正事由 = '99'\"}]"
)


def test_a_difference_with_a_reason_is_counted_by_its_reason_and_is_no_finding(tmp_path: Path) -> None:
    due = [_due("A", "100"), _due("B", "100"), _due("C", "100"), _due("F", "1")]
    levy = [_levy("A", "100"), _levy("B", "90"), _levy("C", "90", "03"), _levy("D", "50", "03"), _levy("E", "50")]
    done = _evaluated(_identity(tmp_path, LEVIED), {"due": due, "levy": levy})
    assert _told(done) == [("due4", "tested:no_whole"), ("levy2", "tested"), ("levy5", "tested:no_parts")]
    assert done.outcomes.select("state", "findings", "explained", "reasons").row(0) == ("checked", 3, 2, "更正 2件")


def test_an_amount_that_is_no_number_is_named_whatever_reason_there_is(tmp_path: Path) -> None:
    due = [_due("A", "百円"), _due("B", "100"), _due("C", "7")]
    levy = [_levy("A", "100", "03"), _levy("B", "1OO"), _levy("C", "7")]
    done = _evaluated(_identity(tmp_path, LEVIED), {"due": due, "levy": levy})
    assert _told(done) == [("levy1", "tested:not_a_number"), ("levy2", "tested:not_a_number")]
    assert done.outcomes["explained"].to_list() == [0]


def test_a_tax_the_files_do_not_hold_was_not_compared(tmp_path: Path) -> None:
    done = _evaluated(_identity(tmp_path, LEVIED), {"due": [_due("A", "100", "012")], "levy": [_levy("A", "100")]})
    assert done.findings.is_empty()
    state, why, findings = done.outcomes.select("state", "why", "findings").row(0)
    assert (state, findings) == ("not_run", None)
    assert why == "014/due に税目 = '010'の行がない"


def test_a_refund_counts_against_the_receipts_with_either_sign(tmp_path: Path) -> None:
    text = (
        "rule: ARE-014, kind: sum, group: receipt, amount: 収納額, less: \"収納区分 = '2'\", by: [通知書番号], "
        "equals: {group: due, amount: 調定額, by: [通知書番号]}"
    )
    receipts: list[Row] = [
        {"通知書番号": number, "収納区分": kind, "収納額": amount}
        for number, kind, amount in (
            ("A", "1", "1100"), ("A", "2", "100"), ("B", "1", "1100"), ("B", "2", "-100"), ("C", "1", "1100"),
            ("C", "2", "50"),
        )
    ]  # fmt: skip
    due = [_due(number, "1000") for number in "ABC"]
    done = _evaluated(_identity(tmp_path, text), {"receipt": receipts, "due": due})
    assert _told(done) == [("due3", "tested")]


def test_households_nobody_lives_in_are_told_from_those_nobody_knows(tmp_path: Path) -> None:
    rows: list[Row] = [{"世帯番号": number} for number in ("H1", "H2", "H3", "H8", "H9", None)]
    living = "rule: HSE-003, kind: reference, group: home, item: 世帯番号, to: living_households"
    assert _told(_evaluated(_identity(tmp_path, living), {"home": rows})) == [("home2", "tested"), ("home3", "tested")]
    known = "rule: REF-006, kind: reference, group: home, item: 世帯番号, to: households"
    assert _told(_evaluated(_identity(tmp_path, known), {"home": rows})) == [("home5", "tested")]


def test_a_corporation_is_known_and_no_person(tmp_path: Path) -> None:
    rows: list[Row] = [{"宛名番号": number} for number in ("0001", "0003", "0008", "0009", "0010")]
    people = "rule: REF-002, kind: reference, group: member, item: 宛名番号, to: people"
    assert _told(_evaluated(_identity(tmp_path, people), {"member": rows})) == [("member4", "tested")]
    known = "rule: REF-001, kind: reference, group: member, item: 宛名番号, to: addressees"
    assert _told(_evaluated(_identity(tmp_path, known), {"member": rows})) == [("member5", "tested")]


def test_a_reference_may_ask_for_rows_in_force(tmp_path: Path) -> None:
    text = (
        "rule: REF-015, kind: reference, group: due, item: 通知書番号, to: {group: account, item: 通知書番号, "
        "where: \"振替終了年月日 IS NULL OR 振替終了年月日 >= as_of()\"}"
    )
    accounts: list[Row] = [
        {"通知書番号": number, "振替終了年月日": end}
        for number, end in (("A", None), ("B", "2026-03-31"), ("C", "2026-04-01"), ("D", "2020-01-01"), ("D", None))
    ]
    due = [_due(number, "1") for number in "ABCD"]
    assert _told(_evaluated(_identity(tmp_path, text), {"due": due, "account": accounts})) == [("due2", "tested")]


def test_the_current_row_of_a_person_is_taken_whole(tmp_path: Path) -> None:
    text = (
        "rule: REF-007, kind: check, group: member, items: [宛名番号], person: 宛名番号, "
        "holds: \"person.status = '1'\""
    )
    rows: list[Row] = [{"宛名番号": number} for number in ("0001", "0002", "0003", "0009", "0010")]
    found = _told(_evaluated(_identity(tmp_path, text), {"member": rows}))
    assert found == [("member2", "tested"), ("member3", "tested")]


def test_months_held_end_before_the_month_of_the_loss(tmp_path: Path) -> None:
    text = (
        "rule: REF-009, kind: check, group: levy, items: [月数], "
        "holds: 'num(月数) = months_held(取得, 喪失, 年度)'"
    )
    cases = [
        ("2018-04-01", None, "12"), ("2025-10-10", None, "6"), ("2018-04-01", "2025-10-05", "6"),
        ("2025-06-30", "2025-06-30", "0"), ("2025-06-30", "2025-07-01", "1"), ("2018-04-01", "2025-04-01", "0"),
        ("2018-04-01", "2024-12-31", "0"), ("2018-04-01", "2026-03-31", "11"), ("2018-04-01", "2026-04-01", "12"),
        ("2018-04-01", "9999-12-31", "12"), ("2026-05-01", None, "0"), (None, None, "3"),
    ]  # fmt: skip
    rows: list[Row] = [{"月数": months, "取得": got, "喪失": lost, "年度": "2025"} for got, lost, months in cases]
    assert _told(_evaluated(_identity(tmp_path, text), {"levy": rows})) == []
    wrong: list[Row] = [{**row, "月数": "13"} for row in rows if row["取得"]]
    assert len(_told(_evaluated(_identity(tmp_path, text), {"levy": wrong}))) == len(cases) - 1


def test_a_reason_must_name_keys_of_its_sum(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="key items of the sum") as caught:
        _identity(tmp_path, LEVIED.replace("on: {通知書番号: 通知書番号}", "on: {税目: 通知書番号}", 1))
    assert "identities.yml:" in str(caught.value)
