"""RPT-20: what the meeting decides, area by area: 可, 条件付 or 否, with what stands against it.

否: a figure that does not agree, a record without fate, a release that is shut, a broken law, or a gate missed after
loading. 条件付: nothing of that, but something was not tried, or is explained, or waits for somebody's answer. 可: all
of it was tried and nothing is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.ledger import ASKED_COLUMNS, classify
from pipelines.ledger.decision_states import ASK_AGAIN
from pipelines.reports.run_files import RunFiles
from rules.reconciliation.amounts import MONEY_MEANINGS

YES, CONDITIONAL, NO = "可", "条件付", "否"
NONE, REASONED, MISSED, NOT_DONE = "差0", "理由付き", "未達", "未実施"
_CHANGED = {
    "item": "項目",
    "measure": "測り方",
    "at_most": "基準",
    "department": "担当",
    "agreed_on": "合意日",
    "if_missed": "未達のとき",
    "rollback": "切戻し",
}
SUPPORT = "support_measure"
NOT_COMPARED = r"^照合キー/|\|.*\|"
"""Subjects of DUP-005 that are no pair: a key, or more than two numbers."""
_FIGURE = ("帳票名", "項目", "区分")
PROTECTED_KEY = "（支援措置の担当者だけに示す）"
GATE_SCHEMA: dict[str, Any] = {
    "area": pl.String,
    "report": pl.String,
    "rule_id": pl.String,
    "item": pl.String,
    "verdict": pl.String,
    "differences": pl.Int64,
    "note": pl.String,
}


@dataclass(frozen=True, slots=True)
class AreaVerdict:
    """One area: the verdict, its gates (GATE_SCHEMA), and what stands against it in words."""

    area: str
    label: str
    verdict: str
    gates: tuple[Mapping[str, Any], ...]
    against: tuple[str, ...]


COLUMNS = ("件数", "金額", "人数", "文字", "重複", "表間整合", "残る誤り", "引渡し", "取込後")
"""The gates of page 1, left to right; after loading they are one."""
_BY_REPORT = {"RPT-02": "件数", "RPT-03": "金額", "RPT-04": "人数", "RPT-07": "文字", "RPT-11": "重複"}
_BY_ITEM = {"表間整合": "表間整合", "残っている誤り": "残る誤り", "引渡しを止める不備": "引渡し"}
_BEFORE_LOADING = {*_BY_REPORT, "RPT-12"}
WORST = (MISSED, NOT_DONE, REASONED, NONE)


def verdicts_by_column(area: AreaVerdict) -> dict[str, str]:
    """Column of page 1 → the worst verdict of its gates; a column without gates is not asked of the area and absent."""
    found: dict[str, set[str]] = {}
    for gate in area.gates:
        after = gate["rule_id"] == "RCN-012" or "取込後" in str(gate["item"]) or gate["report"] not in _BEFORE_LOADING
        column = "取込後" if after else _BY_ITEM.get(str(gate["item"]), _BY_REPORT.get(str(gate["report"]), "件数"))
        found.setdefault(column, set()).add(str(gate["verdict"]))
    return {column: next(v for v in WORST if v in found[column]) for column in COLUMNS if column in found}


def read_reconciled(folder: Path | None, name: str) -> pl.DataFrame | None:
    """A table of ``ikou reconcile``; None where nothing was reconciled."""
    if folder is None or not (folder / f"{name}.parquet").is_file():
        return None
    return pl.read_parquet(folder / f"{name}.parquet")


def figures_of(run: RunFiles) -> pl.DataFrame:
    """The judged chain of the run's figures; without rows where the project describes none."""
    path = run.folder / "reconcile" / "figures.parquet"
    schema = dict.fromkeys(("area", "帳票名", "項目", "区分", "単位", "判定"), pl.String)
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=schema)


def standing_issues(run: RunFiles) -> pl.DataFrame:
    """Issues of the run that nobody has answered: issue_id, rule_id, area_id, subject, severity, blocks."""
    issues = run.issues().select(*ASKED_COLUMNS, "subject", "severity", "blocks")
    as_of = run.statistics.get("as_of")
    states = classify(
        issues,
        run.decisions(),
        as_of=date.fromisoformat(as_of) if as_of else None,
        generation=run.statistics.get("generation"),
    )
    return issues.filter(states["state"].is_in(list(ASK_AGAIN)))


def judge_areas(run: RunFiles, reconciled: Path | None) -> list[AreaVerdict]:
    """The verdict of every area of the run."""
    issues, records, controls, figures = standing_issues(run), run.records(), run.controls(), figures_of(run)
    loaded = read_reconciled(reconciled, "gates")
    broken = [n for n, law in run.statistics.get("laws", {}).items() if law.get("held") is False]
    found = []
    for area, told in sorted(run.statistics.get("areas", {}).items()):
        gates = _gates(area, issues, records, controls, figures, run)
        if loaded is not None:
            names = told.get("groups", {})
            for gate in loaded.filter(pl.col("area") == area).iter_rows(named=True):
                gates.append(gate | {"note": " ".join(str(names.get(word, word)) for word in gate["note"].split(" "))})
        else:
            gates.append(_gate(area, "RPT-02", "RCN-001", "取込後の照合（ikou reconcile）", None, 0))
        order = (MISSED, NOT_DONE, REASONED)
        standing = sorted((g for g in gates if g["verdict"] in order), key=lambda gate: order.index(gate["verdict"]))
        against = [
            f"{gate['item']}：{gate['verdict']}" + (f"（{gate['note']}）" if gate["note"] else "") for gate in standing
        ]
        verdicts = {gate["verdict"] for gate in gates}
        failed = area in run.statistics.get("failed", {})
        if failed or broken:
            against.insert(
                0, "受領したファイルが使えず、移行していない" if failed else f"移行の法則 {'・'.join(broken)} が不成立"
            )
        verdict = NO if failed or broken or MISSED in verdicts else YES if verdicts <= {NONE} else CONDITIONAL
        found.append(AreaVerdict(area, str(told.get("label") or area), verdict, tuple(gates), tuple(against)))
    return found


def _gate(
    area: str, report: str, rule: str, item: str, differences: int | None, standing: int, note: str = ""
) -> dict[str, Any]:
    verdict = NOT_DONE if differences is None else MISSED if standing else REASONED if differences else NONE
    return dict(zip(GATE_SCHEMA, (area, report, rule, item, verdict, differences, note), strict=True))


def _gates(
    area: str, issues: pl.DataFrame, records: pl.DataFrame, controls: pl.DataFrame, figures: pl.DataFrame, run: RunFiles
) -> list[dict[str, Any]]:
    mine = records.filter(pl.col("area") == area)
    lost = int(mine["difference"].abs().sum() or 0)
    apart = int(mine["isolated"].sum() or 0)
    gates = [
        _gate(
            area,
            "RPT-02",
            "RCN-001",
            "件数（受領＝復号＝変換）",
            lost + apart if mine.height else None,
            lost,
            f"隔離 {apart:,}件" if apart else "",
        )
    ]
    chain = figures.filter(pl.col("area") == area)
    money = run.items.filter((pl.col("area_id") == area) & pl.col("meaning").is_in(list(MONEY_MEANINGS))).height
    for report, rule, item, where in (
        ("RPT-03", "RCN-002", "金額（現行＝源泉＝出力）", pl.col("単位") == "円"),
        ("RPT-04", "RCN-003", "件数・人数（現行＝源泉＝出力）", pl.col("単位") != "円"),
    ):
        of_kind = chain.filter(where)
        off = of_kind.filter(pl.col("判定") == "不一致")
        if of_kind.height:
            known = of_kind.filter(pl.col("判定") == REASONED).height
            gates.append(
                _compared(
                    _gate(area, report, rule, item, off.height + known, off.height, _off(off)), of_kind, "現行値がない"
                )
            )
    others = controls.filter(pl.col("area") == area).join(
        figures.select("area", "帳票名", "項目", "区分"), on=["area", "帳票名", "項目", "区分"], how="anti"
    )
    if others.height:
        off = others.filter(pl.col("判定") == "不一致")
        note = "" if off.is_empty() else "{帳票名} {項目} {区分} 差 {差:+,}".format(**off.row(0, named=True))
        gate = _gate(area, "RPT-04", "RCN-003", "人数（現行＝出力）", off.height, off.height, note)
        gates.append(_compared(gate, others, "比べていない"))
    if not chain.height and not others.height:
        gates.append(_gate(area, "RPT-03", "RCN-002", "現行帳票の値", None, 0, "提出がない"))
    elif money and chain.filter(pl.col("単位") == "円").is_empty():
        # An area that levies or pays and hands in no amount has had none compared.
        gates.append(_gate(area, "RPT-03", "RCN-002", "金額（現行＝源泉＝出力）", None, 0, "金額の現行値の提出がない"))
    path = run.folder / "reconcile" / "identities.parquet"
    if path.is_file():
        held = pl.read_parquet(path).filter(pl.col("area") == area)
        untried = held.filter(pl.col("state") != "checked")
        # A reference to an area that was not run is no orphan and no proof either.
        if untried.height:
            gates.append(_gate(area, "RPT-12", "REF-001", "表間整合", None, 0, str(untried["why"][0])))
        elif held.height:
            told = int(held["findings"].sum())
            # A run of an earlier version knows no reasons.
            reasoned = held.filter(pl.col("explained") > 0) if "explained" in held.columns else held.clear()
            said = [f"指摘 {told:,}件"] if told else []
            said += [f"理由付き {why}" for why in reasoned["reasons"].to_list()] if reasoned.height else []
            differences = told + int(reasoned["explained"].sum()) if reasoned.height else told
            gates.append(_gate(area, "RPT-12", "REF-001", "表間整合", differences, 0, "。".join(said)))
    left = issues.filter(pl.col("area_id") == area)
    characters = run.issues().filter((pl.col("area_id") == area) & (pl.col("rule_id") == "RCN-006")).height
    gates.append(_gate(area, "RPT-07", "RCN-006", "文字（受領＝出力）", characters, characters))
    if run.items.filter((pl.col("area_id") == area) & (pl.col("meaning") == "person.birth_date")).height:
        # 種ア: one number on two persons may not go over; who may be one person (種イ) is a question, not a gate.
        double = left.filter(pl.col("rule_id") == "DUP-001").height
        tried = (run.folder / "links" / "pairs.parquet").is_file()
        note = f"{double:,}件" if double else "" if tried else "名寄せの前に終わった"
        item = "重複（一つの番号が別の人に付く）"
        gates.append(_gate(area, "RPT-11", "DUP-001", item, double if tried or double else None, double, note))
        # A key too many share or a crowd of numbers was not compared: that is no passed comparison.
        large = (pl.col("rule_id") == "DUP-005") & pl.col("subject").str.contains(NOT_COMPARED)
        told, uncompared = (rows.filter((pl.col("area_id") == area) & large).height for rows in (run.issues(), left))
        note = f"{uncompared:,}件" if uncompared else ""
        gates.append(_gate(area, "RPT-11", "DUP-005", "名寄せで比べられなかった値・組", told, uncompared, note))
    shut = left.filter(pl.col("blocks") == "release").height
    gates.append(_gate(area, "RPT-12", "RCN-016", "引渡しを止める不備", shut, shut, f"{shut:,}件" if shut else ""))
    errors = left.filter(pl.col("severity") == "E").height
    # What may remain is agreed before the rehearsal for the whole run, never by us.
    gates_agreed = run.statistics.get("gates", [])
    agreed: Mapping[str, Any] = next((g for g in gates_agreed if g.get("measure") == "issues.open_errors"), {})
    within = agreed.get("verdict") == "可"
    note = f"{errors:,}件" + (f"、合意した基準 全体で{agreed['at_most']:,}以下" if within else "") if errors else ""
    gates.append(_gate(area, "RPT-12", "RCN-016", "残っている誤り", errors, 0 if within else errors, note))
    return gates


def _compared(gate: dict[str, Any], rows: pl.DataFrame, why: str) -> dict[str, Any]:
    """The gate, or 未実施 where a figure of it was not compared: the others agreeing proves nothing about that one."""
    untried = rows.filter(pl.col("判定") == NOT_DONE)
    if untried.is_empty() or gate["verdict"] == MISSED:
        return gate
    first = "{帳票名} {項目} {区分}".format(**untried.select(pl.col(_FIGURE).fill_null("")).row(0, named=True)).strip()
    note = f"{first} ほか {untried.height - 1:,}項目" if untried.height > 1 else first
    tried = rows.height > untried.height
    return gate | {
        "verdict": NOT_DONE,
        "differences": gate["differences"] if tried else None,
        "note": f"{note}は{why}",
    }


def _off(off: pl.DataFrame) -> str:
    if off.is_empty():
        return ""
    row = off.row(0, named=True)
    if row["非数値"]:
        return f"{row['帳票名']} {row['項目']}　数でない金額 {row['非数値']:,}件"
    gap, link = (row["差_源泉"], "源泉−現行") if row["差_源泉"] else (row["差_出力"], "出力−源泉")
    return f"{row['帳票名']} {row['項目']} {row['区分']}　{link} {gap or 0:+,}"


def changed_criteria(run: RunFiles) -> list[dict[str, str]]:
    """How acceptance.yml differs from the last run: gate, what, before, now."""
    previous = run.statistics.get("previous") or {}
    if not previous.get("gates"):
        return []
    before = {gate["id"]: gate for gate in previous["gates"]}
    now = {gate["id"]: gate for gate in run.statistics.get("gates", [])}
    rows = []
    for gate in sorted({*before, *now}):
        if gate not in before:
            rows.append({"gate": gate, "what": "追加", "before": "", "now": str(now[gate]["item"])})
        elif gate not in now:
            rows.append({"gate": gate, "what": "削除", "before": str(before[gate]["item"]), "now": ""})
        else:
            rows += [
                {
                    "gate": gate,
                    "what": label,
                    "before": str(before[gate].get(key, "")),
                    "now": str(now[gate].get(key, "")),
                }
                for key, label in _CHANGED.items()
                if str(before[gate].get(key, "")) != str(now[gate].get(key, ""))
            ]
    return rows
