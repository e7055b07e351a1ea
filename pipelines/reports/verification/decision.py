"""RPT-20: what the meeting decides, and how the criteria changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.reports.judgement import CONDITIONAL, NO, NOT_DONE, AreaVerdict, changed_criteria
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import MADE, Sheet


def decision_sheet(run: RunFiles, areas: Sequence[AreaVerdict]) -> Sheet:
    """RPT-20: everything judged, what happens when it is missed."""
    rows: list[Sequence[Any]] = []
    for area in areas:
        rows.append((area.area, area.label, "判定", area.verdict, None, "", "", "", ""))
        rows += [
            (area.area, "", g["item"], g["verdict"], g["differences"], g["note"], g["report"], "", "")
            for g in area.gates
        ]
    for gate in run.statistics.get("gates", []):
        rows.append(
            (
                "全体",
                f"{gate['id']} 基準 {gate['at_most']:,} 以下",
                gate["item"],
                gate["verdict"],
                gate["value"],
                gate.get("if_missed", ""),
                "acceptance",
                gate.get("rollback", ""),
                gate.get("department", ""),
            )
        )
    verdicts = {area.verdict for area in areas}
    state = NO if NO in verdicts else CONDITIONAL if CONDITIONAL in verdicts else "可"
    return Sheet(
        "RPT-20",
        "移行判定書・切戻し条件",
        state,
        "全ての合否と、未達のときの扱い・切戻し条件。会議で決裁する。",
        (
            ("業務", 8),
            ("", 26),
            ("項目", 34),
            ("判定", 9),
            ("差・値", 12),
            ("未達の内容・扱い", 48),
            ("根拠", 11),
            ("切戻し条件", 26),
            ("担当・期限", 18),
        ),
        rows,
    )


def criteria_sheet(run: RunFiles) -> Sheet:
    """RPT-20b: how the criteria changed since the last run."""
    rows = [(r["gate"], r["what"], r["before"], r["now"]) for r in changed_criteria(run)]
    previous = (run.statistics.get("previous") or {}).get("gates")
    return Sheet(
        "RPT-20b",
        "判定基準の変更",
        MADE if previous else NOT_DONE,
        "acceptance.yml が前回の実行から変わったところ（合意は移行リハーサルの前にする）。",
        (("門", 8), ("変わったもの", 20), ("前回", 50), ("今回", 50)),
        rows,
    )
