"""Tables of the 移行結果報告書 that the meeting reads: figures, integrity, duplicates, what was found after loading.

Counts, names of figures, groups and items, and the first key of a difference; never a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.reports.judgement import (
    COLUMNS,
    NOT_DONE,
    PROTECTED_KEY,
    REASONED,
    SUPPORT,
    WORST,
    AreaVerdict,
    figures_of,
    read_reconciled,
    standing_issues,
    verdicts_by_column,
)
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import group_name, source_name, worded

CLASSES = {"A": "源泉不備", "B": "変換規則", "C": "仕様差", "D": "取込", "E": "許容", "": "未分類"}
"""差異分類 (RPT-18). B and D are repaired and loaded again; unclassified is not passed."""
LISTED = 60
_LEVELS = {
    "certain": "確定", "A": "A 強", "B": "B 中", "C": "C 弱", "twins": "双子・同姓同名（候補ではない）",
    "returned": "転出して戻った人", "refused": "反証があり候補から除いた",
}
_AFTER_LOADING = {
    "RPT-02": "件数", "RPT-03": "金額", "RPT-04": "人数", "RPT-05": "項目値", "RPT-06": "分布", "RPT-07": "文字",
    "RPT-15": "帳票", "RPT-16": "計算", "RPT-17": "支援措置", "RCN-014": "相手先", "RPT-18": "分類",
}
_LINKS = ("現行値", "源泉値", "出力値", "取込値", "差_源泉", "差_出力", "差_取込")


def area_label(run: RunFiles, area: str) -> str:
    """``住民基本台帳（001）``."""
    label = run.statistics.get("areas", {}).get(area, {}).get("label", "")
    return f"{label}（{area}）" if label else area


def verdict_matrix(areas: Sequence[AreaVerdict]) -> dict[str, Any]:
    """Page 1: one row an area, its verdict and that of each gate; a gate not asked of an area is "—"."""
    rows = []
    for area in areas:
        told = verdicts_by_column(area)
        rows.append({
            "area": area.area, "label": area.label, "verdict": area.verdict,
            "gates": [told.get(column, "―") for column in COLUMNS],
        })
    return {"columns": COLUMNS, "rows": rows}


def after_loading(run: RunFiles, reconciled: Path | None) -> dict[str, Any] | None:
    """The gates after loading, one row an area, and in full those that are not 差0 and say why; None before loading."""
    gates = read_reconciled(reconciled, "gates")
    if gates is None:
        return None
    asked = set(gates["report"])
    columns = [report for report in _AFTER_LOADING if report in asked] + sorted(asked - set(_AFTER_LOADING))
    rows = []
    for (area,), mine in gates.group_by(["area"], maintain_order=True):
        told: dict[str, list[str]] = {}
        for report, verdict in mine.select("report", "verdict").iter_rows():
            told.setdefault(report, []).append(verdict)
        cells = [next((v for v in WORST if v in told.get(column, ())), "―") for column in columns]
        rows.append({"area": area_label(run, str(area)), "gates": cells})
    standing = gates.filter((pl.col("verdict") == "未達") | ((pl.col("verdict") != "差0") & (pl.col("note") != "")))
    return {
        "columns": [f"{_AFTER_LOADING.get(report, '')} {report}".strip() for report in columns], "rows": rows,
        "standing": [
            {**row, "area": area_label(run, row["area"]), "note": worded(run, row["area"], row["note"])}
            for row in standing.iter_rows(named=True)
        ],
    }


def figure_tables(run: RunFiles, reconciled: Path | None) -> dict[str, list[dict[str, Any]]]:
    """The chain of every figure: ``money`` in yen, ``people`` all others, and ``counted``, of which only we counted."""
    loaded = read_reconciled(reconciled, "figures")
    chain = figures_of(run) if loaded is None else loaded
    tables: dict[str, list[dict[str, Any]]] = {"money": [], "people": [], "counted": []}
    named = {"帳票名": "form", "項目": "item", "区分": "division"}
    for row in chain.iter_rows(named=True):
        tables["money" if row.get("単位") == "円" else "people"].append({
            **{name: row.get(name) for name in _LINKS}, **{to: row.get(name) or "" for name, to in named.items()},
            "area": area_label(run, row["area"]),
            "verdict": "不一致" if row.get("差_取込") else row["判定"] or NOT_DONE,
        })
    key = ["area", "帳票名", "項目", "区分"]
    others = run.controls().sort(key, nulls_last=True).join(chain.select(key), on=key, how="anti", nulls_equal=True)
    for row in others.iter_rows(named=True):
        done = row["判定"] in ("一致", "不一致")
        tables["counted"].append({
            "area": area_label(run, row["area"]), **{to: row[name] or "" for name, to in named.items()},
            "ours": row["移行値"], "theirs": row["現行値"] if done else None, "difference": row["差"] if done else None,
            "verdict": row["判定"] if done else NOT_DONE,
        })
    return tables


def declared_rows(run: RunFiles) -> list[dict[str, Any]]:
    """RPT-02b: mappings that declare other than one row a record, beside what was made of them."""
    path = run.folder / "reconcile" / "expansion.parquet"
    if not path.is_file():
        return []
    found = pl.read_parquet(path).filter(pl.col("declared") != "1:1")
    return [
        {**row, "area": area_label(run, row["area"]), "source": source_name(run, row["area"], row["source"]),
         "group_id": group_name(run, row["area"], row["group_id"])}
        for row in found.iter_rows(named=True)
    ]


def identity_table(run: RunFiles) -> list[dict[str, Any]] | None:
    """By area: identities checked, rows looked at, findings, differences with a lawful reason, those not tried and why;
    None where none are declared.
    """
    path = run.folder / "reconcile" / "identities.parquet"
    if not path.is_file():
        return None
    checked = pl.col("state") == "checked"
    outcomes = pl.read_parquet(path)
    if "reasons" not in outcomes.columns:  # a run of an earlier version knows no reasons
        outcomes = outcomes.with_columns(reasons=pl.lit(""))
    found = (
        outcomes.group_by("area")
        .agg(
            checked=checked.sum(), rows=pl.col("rows").sum(), findings=pl.col("findings").sum(),
            broken=(checked & (pl.col("findings") > 0)).sum(), untried=(~checked).sum(),
            why=pl.col("why").filter(~checked).drop_nulls().unique().sort(),
            told=pl.concat_str(pl.col("note").fill_null(pl.col("identity")), pl.lit(" "), pl.col("findings"))
            .filter(checked & (pl.col("findings") > 0)),
            reasons=pl.col("reasons").filter(pl.col("reasons") != "").sort(),
        )
        .sort("area")
    )
    rows = []
    for row in found.iter_rows(named=True):
        agreed = REASONED if row["reasons"] else "差0"
        verdict = NOT_DONE if row["untried"] else agreed if not row["findings"] else "指摘"
        told = [f"{text}件" for text in row["told"]] + [f"理由付き {why}" for why in row["reasons"]]
        told += [f"未実施 {row['untried']:,}：{why}" for why in row["why"]]
        rows.append({**row, "area": area_label(run, row["area"]), "verdict": verdict, "told": told})
    return rows


def pair_table(run: RunFiles) -> dict[str, Any]:
    """Duplicates: 種ア left, and pairs that may be one person by level; ``levels`` is None where nothing was linked."""
    double = standing_issues(run).filter(pl.col("rule_id") == "DUP-001").height
    path = run.folder / "links" / "pairs.parquet"
    if not path.is_file():
        return {"double": double, "levels": None}
    counts = dict(pl.read_parquet(path, columns=["level"]).group_by("level").len().iter_rows())
    order = [*_LEVELS, *sorted(str(level) for level in counts if level not in _LEVELS)]
    levels = [{"level": _LEVELS.get(level, level), "pairs": counts[level]} for level in order if level in counts]
    return {"double": double, "levels": levels}


def loaded_differences(run: RunFiles, reconciled: Path | None) -> dict[str, Any] | None:
    """RPT-18: what differs after loading by group, item, kind and class; None where nothing was reconciled."""
    found = read_reconciled(reconciled, "differences")
    extra, figures = read_reconciled(reconciled, "compared"), read_reconciled(reconciled, "figures")
    if found is None:
        return None
    place = ["area", "group_id", "item", "kind", "class"]
    shown = (
        found.group_by(place).agg(count=pl.len(), key=pl.col("key").min(), reason=pl.col("reason").drop_nulls().first())
        .sort(pl.col("class").is_in(["", "B", "D"]), *place, descending=[True, *([False] * len(place))])
    )
    parts = [found.select("class")]
    if extra is not None:
        parts.append(extra.select("class"))
    if figures is not None and "class" in figures.columns:
        parts.append(figures.filter(pl.col("差_取込").fill_null(0) != 0).select(pl.col("class").fill_null("")))
    counts = dict(pl.concat(parts).group_by("class").len().iter_rows())
    rows = []
    for row in shown.head(LISTED).iter_rows(named=True):
        key = PROTECTED_KEY if row["group_id"] == SUPPORT else row["key"]
        rows.append({**row, "area": area_label(run, row["area"]), "key": key, "reason": row["reason"] or "",
                     "group": group_name(run, row["area"], row["group_id"]),
                     "class": CLASSES.get(row["class"], row["class"])})
    return {
        "classes": [{"letter": one, "name": name, "count": counts.get(one, 0)} for one, name in CLASSES.items()],
        "rows": rows, "more": max(shown.height - LISTED, 0),
    }
