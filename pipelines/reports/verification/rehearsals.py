"""RPT-19: how the rehearsals moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.reports.judgement import NOT_DONE
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import MADE, Sheet


def rehearsal_sheet(run: RunFiles) -> Sheet:
    """RPT-19: the last run beside this one."""
    previous = run.statistics.get("previous") or {}
    columns = (("項目", 46), ("前回", 16), ("今回", 16), ("増減", 14))
    if not previous:
        return Sheet("RPT-19", "リハーサル比較", NOT_DONE, "比べる前回がない。", columns)
    before = {g["id"]: g for g in previous.get("gates", [])}
    rows: list[Sequence[Any]] = [("抽出世代", previous.get("generation", ""), run.statistics.get("generation", ""), "")]
    for gate in run.statistics.get("gates", []):
        then = before.get(gate["id"], {}).get("value")
        now = gate.get("value")
        known = then is not None and now is not None
        rows.append(
            (
                f"{gate['id']} {gate['item']}",
                then if then is not None else NOT_DONE,
                now if now is not None else NOT_DONE,
                now - then if known else "",
            )
        )
    for key, label in (("total", "指摘の件数"), ("open", "未解決"), ("individual", "個別の判断")):
        then, now = (s.get("issues", {}).get(key) or 0 for s in (previous, run.statistics))
        rows.append((label, then, now, now - then))
    old, new = previous.get("rules", {}), run.statistics.get("rules", {})
    for rule in sorted({*old, *new}):
        then, now = (int(one.get(rule, {}).get("open") or 0) for one in (old, new))
        if then != now:
            rows.append((f"{rule} {run.rules.get(rule, {}).get('name_ja', '')} の残り", then, now, now - then))
    return Sheet(
        "RPT-19",
        "リハーサル比較",
        MADE,
        "前回の実行との比較（所要時間と新規・解消の内訳は ikou compare）。",
        columns,
        rows,
    )
