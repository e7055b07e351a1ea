"""RPT-17: 抑止・支援措置, all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from pipelines.reports.judgement import MISSED, NONE, NOT_DONE, AreaVerdict
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import Sheet, area_name, worded

_AGREES = "一致"


def support_sheet(run: RunFiles, areas: Sequence[AreaVerdict]) -> Sheet:
    """RPT-17: 抑止・支援措置 counted in full."""
    columns = (("業務", 26), ("確認", 46), ("現行", 12), ("新", 12), ("差", 10), ("判定", 10), ("内容", 44))
    controls = run.controls().filter(pl.col("項目") == "支援措置対象者数")
    rows: list[Sequence[Any]] = [
        (
            area_name(run, r["area"]),
            f"{r['帳票名']} {r['項目']}（現行＝出力）".strip(),
            r["現行値"] if r["現行値"] is not None else NOT_DONE,
            r["移行値"],
            r["差"],
            r["判定"] if r["判定"] != "不一致" else MISSED,
            "",
        )
        for r in controls.iter_rows(named=True)
    ]
    gates = [(area, gate) for area in areas for gate in area.gates if gate["report"] == "RPT-17"]
    rows += [
        (
            f"{area.area} {area.label}",
            f"{gate['item']}（出力＝取込後、対象者の突合）",
            None,
            None,
            gate["differences"],
            gate["verdict"],
            worded(run, area.area, gate["note"]),
        )
        for area, gate in gates
    ]
    if rows and not gates:
        why = "取込後の再抽出がない。"
        rows.append((rows[0][0], "抑止・支援措置の全数（出力＝取込後、対象者の突合）", None, None, None, NOT_DONE, why))
    shown = {row[5] for row in rows}
    state = MISSED if MISSED in shown else NONE if gates and shown <= {_AGREES, NONE} else NOT_DONE
    return Sheet(
        "RPT-17",
        "抑止・支援措置 全数確認書",
        state,
        "全数一致のほかは認めない。対象者の一覧は担当者だけに別に渡す（この表に番号も住所も載せない）。",
        columns,
        rows,
        why="抑止・支援措置の対象者数の提出も、対象者の移行もない。",
    )
