"""RPT-15, RPT-16 and RCN-014: forms, calculations and counterparts, old beside new."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.reports.judgement import NOT_DONE, AreaVerdict, read_reconciled
from pipelines.reports.verification.masking import masked, shown_key
from pipelines.reports.verification.sheet import Sheet, listed, state_of

CLASSES = {"A": "A 源泉不備", "B": "B 変換規則", "C": "C 仕様差", "D": "D 取込", "E": "E 許容", "": "未分類"}


def compared_sheets(areas: Sequence[AreaVerdict], reconciled: Path | None, *, unmasked: bool) -> list[Sheet]:
    """RPT-15, RPT-16 and RCN-014: lists of the old system beside lists of the new one."""
    found, totals = read_reconciled(reconciled, "compared"), read_reconciled(reconciled, "totals")
    sheets = []
    for number, name, lead in (
        ("RPT-15", "帳票比較結果", "旧・新で出した帳票（住民票の写し・納税通知書・課税証明書など）の項目差。"),
        ("RPT-16", "計算比較結果", "税額・保険料などを旧・新で計算した差（対象者数・金額帯・数でない金額を含む）。"),
        ("RCN-014", "住基ネット・中間サーバ", "相手の一覧と、移行した住民の最新の値の差。"),
    ):
        columns = (
            ("業務", 8),
            ("名称", 26),
            ("キー", 22),
            ("項目", 22),
            ("旧", 18),
            ("新", 18),
            ("差", 12),
            ("理由", 30),
            ("分類", 12),
        )
        done = None if totals is None else totals.filter(pl.col("report") == number)
        if found is None or done is None or done.is_empty():
            sheets.append(Sheet(number, name, NOT_DONE, lead, columns))
            continue
        rows: list[Sequence[Any]] = [
            (r["area"], r["name"], "（計）", f"{r['compared']:,}件中 差 {r['different']:,}件", "", "", None, "", "")
            for r in done.iter_rows(named=True)
        ]
        for r in found.filter(pl.col("report") == number).iter_rows(named=True):
            amounts = number == "RPT-16" or unmasked
            gap = _gap(r["before"], r["after"]) if number == "RPT-16" else None
            show = (lambda text: text or "") if amounts else masked
            rows.append(
                (
                    r["area"],
                    r["name"],
                    shown_key(r["key"], r.get("group_id", "")),
                    r["item"],
                    show(r["before"]),
                    show(r["after"]),
                    gap,
                    r["reason"],
                    CLASSES[r["class"]],
                )
            )
        sheets.append(Sheet(number, name, state_of(areas, number), lead, columns, **listed(rows, len(rows))))
    return sheets


def _gap(before: str, after: str) -> int | str:
    try:
        return int(after.replace(",", "")) - int(before.replace(",", ""))
    except ValueError:
        return "数でない"
