"""RPT-12, RPT-13 and RCN-016: what is wrong with the data, by rule."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipelines.reports.correction_requests import correction_kind
from pipelines.reports.judgement import AreaVerdict, standing_issues
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import MADE, SEVERITIES, Sheet, area_name, source_name, state_of

_TREATMENTS = {
    "fix_at_source": "現行で直す",
    "approve": "候補を承認する",
    "judge": "一件ずつ判断する",
    "policy": "方針を決める",
    "confirm": "確認だけ",
}
_KINDS = {"DUP": "重複", "REF": "不整合（表間）", "HSE": "不整合（世帯）", "ARE": "不整合（業務固有）"}


def issue_sheet(run: RunFiles, areas: Sequence[AreaVerdict]) -> Sheet:
    """RPT-12: issues by rule."""
    left = standing_issues(run)
    found = run.issues().group_by("rule_id").agg(
        total=pl.len(), severity=pl.col("severity").min(), owners=pl.col("owner").drop_nulls().unique().sort()
    )  # fmt: skip
    open_ = dict(left.group_by("rule_id").len().iter_rows())
    by_rule = {rule: (total, severity, owners) for rule, total, severity, owners in found.iter_rows()}
    told = run.statistics.get("rules", {})
    rows = []
    for rule in {*by_rule, *told}:
        known = run.rules.get(rule, {})
        total, severity, owners = by_rule.get(rule, (0, known.get("severity", ""), []))
        cured = int(told.get(rule, {}).get("cured") or 0)
        if not total and not cured:
            continue
        rest = open_.get(rule, 0)
        treated = "自動で整える" if not total else _TREATMENTS.get(str(known.get("ask") or ""), "")
        weight, owner = SEVERITIES.get(severity, severity), "、".join(owners)
        counts = (total + cured, cured, total - rest, rest)
        rows.append((rule, known.get("name_ja", ""), weight, treated, owner, *counts))
    order = list(SEVERITIES.values())
    rows.sort(key=lambda row: (order.index(row[2]) if row[2] in order else len(order), -row[8], row[0]))
    return Sheet(
        "RPT-12",
        "不備データ一覧（規則別）",
        state_of(areas, "RPT-12"),
        "規則ごとの件数と処置。一件ずつ（issue_id・番号・項目）は主管課の確認票にある。"
        "重さ「誤り」の残りが0か、許容の決裁があること。",
        (
            ("規則", 10),
            ("名称", 34),
            ("重さ", 8),
            ("処置", 18),
            ("担当", 34),
            ("件数", 11),
            ("自動で整えた", 13),
            ("判断済", 10),
            ("残り", 10),
        ),
        rows,
        why="不備は見つからなかった。",
    )


def useless_data_sheet(run: RunFiles, fates: pl.DataFrame) -> Sheet:
    """RCN-016: what the city is told about useless and bad data; ``fates`` as ``RunFiles.fates``."""
    issues = run.issues()
    rows = [
        (
            area_name(run, r["area"]),
            "不要データ（移行対象外）" if r["fate"] == "excluded" else "不正データ（隔離）",
            source_name(run, r["area"], r["source"]),
            r["reason"],
            r["records"],
        )
        for r in fates.iter_rows(named=True)
        if r["fate"] in ("excluded", "isolated")
    ]
    counted = issues.group_by("area_id", "rule_id").len().sort("area_id", "rule_id")
    for area, rule, count in counted.iter_rows():
        kind = _KINDS.get(rule[:3], "不正データ（項目）")
        rows.append((area_name(run, area), kind, rule, run.rules.get(rule, {}).get("name_ja", ""), count))
    rows.sort(key=lambda row: (row[0], row[1], row[2]))
    return Sheet(
        "RCN-016",
        "不要・不正データ報告",
        MADE,
        "見つかった不要データ・不正データ・不整合・重複（納品用）。",
        (("業務", 26), ("種別", 26), ("源泉・規則", 24), ("理由・名称", 50), ("件数", 11)),
        rows,
        why="不要データも不正データも見つからなかった。",
    )


def correction_sheet(run: RunFiles) -> Sheet:
    """RPT-13: what is to be mended at the source, counted."""
    asks = {r for r, told in run.rules.items() if told.get("ask") == "fix_at_source"}
    left = standing_issues(run).filter(pl.col("rule_id").is_in(sorted(asks)))
    counted = left.group_by("area_id", "rule_id").len().sort("area_id", "rule_id")
    departments = run.statistics.get("areas", {})
    rows = [
        (
            area_name(run, a),
            departments.get(a, {}).get("department", ""),
            r,
            run.rules.get(r, {}).get("name_ja", ""),
            correction_kind(r),
            n,
            departments.get(a, {}).get("due", ""),
        )
        for a, r, n in counted.iter_rows()
    ]
    return Sheet(
        "RPT-13",
        "修正依頼（件数）",
        MADE,
        "現行で直すもの。軽微・職権・誤記の別は案で、主管課が決める。"
        "一件ずつの修正依頼リストと一括変更CSV（RPT-13b）は ikou issues requests が書く。",
        (("業務", 26), ("主管課", 22), ("規則", 10), ("名称", 36), ("修正の別", 16), ("件数", 10), ("回答期限", 12)),
        rows,
        why="現行で直すものはない。",
    )
