"""Gates of the 移行判定: what was not compared says 未実施, never 差0, and a fault shuts its gate."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.ledger import Approval, Proposal, open_ledger
from pipelines.reports.judgement import (
    COLUMNS,
    AreaVerdict,
    changed_criteria,
    judge_areas,
    standing_issues,
    verdicts_by_column,
)
from pipelines.reports.run_files import open_run

CHAIN = {
    "area": "001", "帳票名": "調定簿", "項目": "調定額", "区分": "", "単位": "円", "現行値": 100, "源泉値": 100,
    "出力値": 100, "非数値": 0, "差_源泉": 0, "差_出力": 0, "判定": "一致",
}  # fmt: skip
MONEY, PEOPLE = "金額（現行＝源泉＝出力）", "人数（現行＝出力）"
DONE = {
    "area": "001", "identity": "household_known", "rule_id": "REF-006", "group_id": "resident", "note": "世帯がない",
    "state": "checked", "why": "", "rows": 100, "findings": 0,
}  # fmt: skip


def put(run: Path, name: str, rows: list[dict[str, Any]]) -> None:
    pl.DataFrame(rows, infer_schema_length=None).write_parquet(run / "reconcile" / f"{name}.parquet")


def judged(run: Path, area: str = "001") -> tuple[AreaVerdict, dict[str, dict[str, Any]]]:
    found = next(one for one in judge_areas(open_run(run), None) if one.area == area)
    return found, {str(gate["item"]): dict(gate) for gate in found.gates}


@pytest.mark.parametrize(("changes", "verdict", "note"), [
    ({}, "差0", ""),
    ({"判定": "不一致", "差_源泉": 1, "源泉値": 101}, "未達", "調定簿 調定額 　源泉−現行 +1"),
    ({"判定": "不一致", "差_出力": -1, "出力値": 99}, "未達", "調定簿 調定額 　出力−源泉 -1"),
    ({"判定": "不一致", "非数値": 2}, "未達", "調定簿 調定額　数でない金額 2件"),
    ({"判定": "理由付き", "差_出力": -5, "出力値": 95}, "理由付き", ""),
    ({"判定": "未実施", "現行値": None, "差_源泉": None}, "未実施", "調定簿 調定額は現行値がない"),
])  # fmt: skip
def test_a_figure_says_what_it_is_and_names_itself(
    changes: dict[str, Any], verdict: str, note: str, make_run: Any
) -> None:
    run = make_run(rows=[])
    put(run, "figures", [{**CHAIN, **changes}])
    _, gates = judged(run)
    assert (gates[MONEY]["verdict"], gates[MONEY]["note"]) == (verdict, note)


def test_one_figure_that_was_not_compared_leaves_the_gate_untried(make_run: Any) -> None:
    """That the others agree proves nothing about it; a difference of another still counts more."""
    run = make_run(rows=[])
    blank = {**CHAIN, "項目": "収入額", "判定": "未実施", "現行値": None, "差_源泉": None}
    put(run, "figures", [CHAIN, blank])
    assert judged(run)[1][MONEY]["verdict"] == "未実施"
    put(run, "figures", [{**CHAIN, "判定": "不一致", "差_源泉": 1}, blank])
    assert judged(run)[1][MONEY]["verdict"] == "未達"


def test_an_area_that_levies_and_hands_in_no_amount_was_not_compared(make_run: Any) -> None:
    run = make_run(rows=[])
    assert MONEY not in judged(run)[1]
    path = run / "items.json"
    items = json.loads(path.read_text(encoding="utf-8"))
    model = next(one for one in items if one["area"] == "001")
    items.append({**model, "item": "年税額", "meaning": "levy.amount", "key": -1})
    path.write_text(json.dumps(items), encoding="utf-8")
    gate = judged(run)[1][MONEY]
    assert (gate["verdict"], gate["differences"], gate["note"]) == ("未実施", None, "金額の現行値の提出がない")


def test_a_control_without_a_value_is_not_compared(make_run: Any) -> None:
    """031 has one figure and the city left it blank; the register's 人数 differ by one."""
    run = make_run(rows=[])
    gate = judged(run, "031")[1][PEOPLE]
    assert (gate["verdict"], gate["differences"]) == ("未実施", None)
    assert "住登外者数" in gate["note"]
    gate = judged(run)[1][PEOPLE]
    assert (gate["verdict"], gate["note"]) == ("未達", "人口月報 男女別人口 男 差 -1")


def test_an_area_whose_reference_area_was_not_run_is_never_a_pass(make_run: Any) -> None:
    run = make_run(rows=[])
    agree = pl.read_parquet(run / "reconcile" / "controls.parquet").filter(pl.col("判定") == "一致")
    put(run, "controls", agree.to_dicts())
    records = pl.read_parquet(run / "reconcile" / "records.parquet")
    put(run, "records", records.with_columns(isolated=pl.lit(0)).to_dicts())
    put(run, "identities", [DONE])
    assert judged(run)[1]["表間整合"]["verdict"] == "差0"
    put(run, "identities", [DONE, {**DONE, "state": "not_run", "why": "031 を実行していない", "findings": None}])
    area, gates = judged(run)
    assert (gates["表間整合"]["verdict"], gates["表間整合"]["differences"]) == ("未実施", None)
    assert area.verdict == "条件付"
    assert "表間整合：未実施（031 を実行していない）" in area.against


def test_one_number_on_two_persons_shuts_the_area(make_run: Any) -> None:
    issue = ("DUP-001", 0, "宛名番号", "0000000101", None, "")
    run = make_run(rows=[issue])
    gate = judged(run)[1]["重複（一つの番号が別の人に付く）"]
    assert (gate["report"], gate["verdict"], gate["differences"]) == ("RPT-11", "未達", 1)
    run = make_run("none", rows=[])
    assert judged(run)[1]["重複（一つの番号が別の人に付く）"]["verdict"] == "未実施"
    (run / "links").mkdir()
    pl.DataFrame({"level": ["A"]}).write_parquet(run / "links" / "pairs.parquet")
    assert judged(run)[1]["重複（一つの番号が別の人に付く）"]["verdict"] == "差0"


def gate_of(report: str, item: str, verdict: str, rule: str = "RCN-001") -> dict[str, Any]:
    return {"report": report, "item": item, "verdict": verdict, "rule_id": rule}


def test_page_1_shows_the_worst_of_each_kind_of_gate() -> None:
    gates = (
        gate_of("RPT-02", "件数（受領＝復号＝変換）", "差0"),
        gate_of("RPT-04", "件数・人数（現行＝源泉＝出力）", "差0"),
        gate_of("RPT-04", "人数（現行＝出力）", "未達"), gate_of("RPT-12", "残っている誤り", "理由付き"),
        gate_of("RPT-02", "件数・キー（出力＝取込後）", "差0"), gate_of("RPT-05", "項目値（全件・全項目）", "未実施"),
        gate_of("RPT-02", "差分の二重反映", "理由付き", "RCN-012"),
    )  # fmt: skip
    told = verdicts_by_column(AreaVerdict("001", "住民基本台帳", "否", gates, ()))
    assert told == {"件数": "差0", "人数": "未達", "残る誤り": "理由付き", "取込後": "未実施"}
    assert set(told) < set(COLUMNS)


def test_what_changed_in_the_criteria_is_told(make_run: Any) -> None:
    run = make_run()
    gates = open_run(run).statistics["gates"]
    before = [{**gates[0], "at_most": 5}, {**gates[0], "id": "G99", "item": "消えた項目"}]
    run = make_run("later", extra={"previous": {"generation": "g0", "rules": {}, "gates": before}})
    told = {(row["gate"], row["what"]): (row["before"], row["now"]) for row in changed_criteria(open_run(run))}
    assert told[gates[0]["id"], "基準"] == ("5", str(gates[0]["at_most"]))
    assert told["G99", "削除"][0] == "消えた項目"
    assert {what for (_, what) in told} >= {"基準", "削除", "追加"}


def test_a_decision_on_a_value_closes_its_issues_in_the_judgement_too(make_run: Any, tmp_path: Path) -> None:
    run = make_run()
    standing = standing_issues(open_run(run))
    at = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
    on_a_value = Proposal("DAT-007", 1, "", "", "accept_as_is", "市民課 花子", "戸籍も同じ", scope="value",
                          selector={"item": "氏名_フリガナ", "value": "値1"})  # fmt: skip
    with open_ledger(tmp_path) as ledger:
        ledger.decide([Approval(id_, "課長 二郎", reference="1") for id_ in ledger.propose([on_a_value], at=at)], at=at)
        ledger.freeze(run / "decisions.parquet")
    assert standing.height - standing_issues(open_run(run)).height == 30
