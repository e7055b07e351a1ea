"""RPT-03 and RPT-04: amounts and people, 現行帳票値 = 源泉復号 = 出力 = 取込後."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipelines.reports.judgement import MISSED, NOT_DONE, AreaVerdict, figures_of, read_reconciled
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import Sheet, area_name, listed, state_of


def figure_sheets(run: RunFiles, areas: Sequence[AreaVerdict], reconciled: Path | None) -> list[Sheet]:
    """RPT-03 and RPT-04: the chain of every figure of the city."""
    loaded = read_reconciled(reconciled, "figures")
    chain = figures_of(run) if loaded is None else loaded
    columns = (
        ("業務", 17),
        ("帳票名", 17),
        ("項目", 16),
        ("区分", 17),
        ("現行帳票値", 14),
        ("源泉復号", 14),
        ("除外", 10),
        ("隔離", 10),
        ("保留", 10),
        ("規則・判断", 10),
        ("出力", 14),
        ("取込後", 14),
        ("源泉−現行", 10),
        ("出力−源泉", 10),
        ("取込−出力", 10),
        ("数でない", 9),
        ("判定", 9),
        ("理由", 18),
    )
    sheets = []
    for number, name, where in (
        ("RPT-03", "金額照合表", pl.col("単位") == "円"),
        ("RPT-04", "人数照合表", pl.col("単位") != "円"),
    ):
        rows = []
        for r in chain.filter(where).iter_rows(named=True):
            gap = r.get("差_取込")
            verdict = MISSED if r["判定"] == "不一致" or gap else r["判定"] if gap is not None else f"{r['判定']}"
            figures = (r[n] if r[n] is not None else NOT_DONE for n in ("現行値", "源泉値"))
            rows.append(
                (
                    area_name(run, r["area"]),
                    r["帳票名"],
                    r["項目"],
                    r["区分"],
                    *figures,
                    *(r[n] for n in ("除外値", "隔離値", "保留値", "規則値")),
                    r["出力値"] if r["出力値"] is not None else NOT_DONE,
                    r.get("取込値") if r.get("取込値") is not None else NOT_DONE,
                    r["差_源泉"],
                    r["差_出力"],
                    gap,
                    r["非数値"],
                    verdict,
                    r.get("reason") or "",
                )
            )
        if number == "RPT-04":
            described = chain.select("area", "帳票名", "項目", "区分")
            others = run.controls().join(described, on=["area", "帳票名", "項目", "区分"], how="anti", nulls_equal=True)
            rows += [
                (
                    area_name(run, r["area"]),
                    r["帳票名"],
                    r["項目"],
                    r["区分"],
                    r["現行値"] if r["現行値"] is not None else NOT_DONE,
                    "",
                    None,
                    None,
                    None,
                    None,
                    r["移行値"],
                    NOT_DONE,
                    None,
                    r["差"],
                    None,
                    None,
                    r["判定"],
                    "",
                )
                for r in others.iter_rows(named=True)
            ]
        sheets.append(
            Sheet(
                number,
                name,
                state_of(areas, number),
                "現行帳票値＝源泉復号＝出力（＋除外・隔離・保留）＝取込後。提出のないものは未実施で、差0ではない。",
                columns,
                **listed(rows, len(rows)),
            )
        )
    return sheets
