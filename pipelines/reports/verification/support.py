"""RPT-17: 抑止・支援措置, all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, AreaVerdict
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import Sheet, area_name


def support_sheet(run: RunFiles, areas: Sequence[AreaVerdict]) -> Sheet:
    """RPT-17: 抑止・支援措置 counted in full."""
    columns = (("業務", 24), ("確認", 34), ("現行", 12), ("新", 12), ("差", 8), ("判定", 9), ("", 44))
    controls = run.controls().filter(pl.col("項目") == "支援措置対象者数")
    rows: list[Sequence[Any]] = [
        (
            area_name(run, r["area"]),
            f"{r['帳票名']} {r['項目']}（現行＝出力）",
            r["現行値"],
            r["移行値"],
            r["差"],
            r["判定"] if r["判定"] != "不一致" else MISSED,
            "",
        )
        for r in controls.iter_rows(named=True)
    ]
    for area in areas:
        rows += [
            (
                f"{area.area} {area.label}",
                f"{g['item']}（出力＝取込後、対象者の突合）",
                None,
                None,
                g["differences"],
                g["verdict"],
                g["note"],
            )
            for g in area.gates
            if g["report"] == "RPT-17"
        ]
    shown = {row[5] for row in rows}
    loaded = any(g["report"] == "RPT-17" for area in areas for g in area.gates)
    state = MISSED if MISSED in shown else NONE if loaded and shown <= {"一致", NONE} else NOT_DONE
    return Sheet(
        "RPT-17",
        "抑止・支援措置 全数確認書",
        state,
        "全数一致のほかは認めない。対象者の一覧は担当者だけに別に渡す（住所は載せない）。",
        columns,
        rows,
    )
