"""RPT-12, RPT-13 and RCN-016: what is wrong with the data, by rule."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.reports.judgement import AreaVerdict, standing_issues
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import MADE, Sheet, area_name, state_of


def issue_sheet(run: RunFiles, areas: Sequence[AreaVerdict]) -> Sheet:
    """RPT-12: issues by rule."""
    left = standing_issues(run)
    found = run.issues().group_by("rule_id").agg(total=pl.len(), severity=pl.col("severity").min())
    open_ = dict(left.group_by("rule_id").len().iter_rows())
    by_rule = {rule: (total, severity) for rule, total, severity in found.iter_rows()}
    told = run.statistics.get("rules", {})
    rows = []
    for rule in sorted({*by_rule, *told}):
        total, severity = by_rule.get(rule, (0, run.rules.get(rule, {}).get("severity", "")))
        cured = int(told.get(rule, {}).get("cured") or 0)
        if total or cured:
            rest = open_.get(rule, 0)
            rows.append(
                (rule, run.rules.get(rule, {}).get("name_ja", ""), severity, total + cured, cured, total - rest, rest)
            )
    return Sheet(
        "RPT-12",
        "不備データ一覧（規則別）",
        state_of(areas, "RPT-12"),
        "規則ごとの件数と処置。一件ずつは主管課の確認票にある。重さ E の残りが0か、許容の決裁があること。",
        (("規則", 10), ("名称", 36), ("重さ", 7), ("件数", 11), ("自動で整えた", 13), ("判断済", 10), ("残り", 10)),
        rows,
    )


def useless_data_sheet(run: RunFiles) -> Sheet:
    """RCN-016: what the city is told about useless and bad data."""
    issues = run.issues()
    rows = [
        (
            area_name(run, r["area"]),
            "不要データ（移行対象外）" if r["fate"] == "excluded" else "不正データ（隔離）",
            r["source"],
            r["reason"],
            r["records"],
        )
        for r in run.fates().iter_rows(named=True)
        if r["fate"] in ("excluded", "isolated")
    ]
    kinds = {"DUP": "重複", "REF": "不整合（表間）", "HSE": "不整合（世帯）", "ARE": "不整合（業務固有）"}
    counted = issues.group_by("area_id", "rule_id").len().sort("area_id", "rule_id")
    for area, rule, count in counted.iter_rows():
        kind = kinds.get(rule[:3], "不正データ（項目）")
        rows.append((area_name(run, area), kind, rule, run.rules.get(rule, {}).get("name_ja", ""), count))
    return Sheet(
        "RCN-016",
        "不要・不正データ報告",
        MADE,
        "見つかった不要データ・不正データ・不整合（納品用）。",
        (("業務", 26), ("種別", 24), ("源泉・規則", 16), ("理由・名称", 44), ("件数", 10)),
        rows,
    )


def correction_sheet(run: RunFiles) -> Sheet:
    """RPT-13: what is to be mended at the source, counted."""
    asks = {r for r, told in run.rules.items() if told.get("ask") == "fix_at_source"}
    left = standing_issues(run).filter(pl.col("rule_id").is_in(sorted(asks)))
    counted = left.group_by("area_id", "rule_id").len().sort("area_id", "rule_id")
    rows = [(area_name(run, a), r, run.rules.get(r, {}).get("name_ja", ""), n) for a, r, n in counted.iter_rows()]
    return Sheet(
        "RPT-13",
        "修正依頼（件数）",
        MADE,
        "源泉で直すもの。一件ずつの修正依頼リストと一括変更CSV（RPT-13b）は ikou issues requests が書く。",
        (("業務", 26), ("規則", 10), ("名称", 40), ("件数", 10)),
        rows,
    )
