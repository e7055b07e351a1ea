"""RPT-20: what the meeting decides, and how the criteria changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.reports.judgement import CONDITIONAL, MISSED, NO, NOT_DONE, REASONED, AreaVerdict, changed_criteria
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import MADE, Sheet, worded

_FIRST = (MISSED, NOT_DONE, REASONED)


def decision_sheet(run: RunFiles, areas: Sequence[AreaVerdict]) -> Sheet:
    """RPT-20: the agreed criteria of the whole run first, then every area with its gates, the missed ones on top."""
    rows: list[Sequence[Any]] = []
    for gate in run.statistics.get("gates", []):
        missed = gate["verdict"] != "可"
        rows.append(
            (
                "全体",
                gate["item"],
                gate["verdict"],
                gate["value"] if gate["value"] is not None else NOT_DONE,
                f"{gate['at_most']:,} 以下",
                gate.get("if_missed", "") if missed else "",
                gate.get("rollback", "") if missed else "",
                gate.get("department", ""),
                gate.get("agreed_on", ""),
                f"合意した基準 {gate['id']}",
            )
        )
    told = run.statistics.get("areas", {})
    for area in areas:
        known = told.get(area.area, {})
        name, who, due = f"{area.area} {area.label}", known.get("department", ""), known.get("due", "")
        rows.append((name, "業務の判定", area.verdict, None, "", "", "", who, due, "RPT-20"))
        gates = sorted(
            area.gates, key=lambda g: _FIRST.index(g["verdict"]) if g["verdict"] in _FIRST else len(_FIRST)
        )
        rows += [
            (
                name,
                f"　{gate['item']}",
                gate["verdict"],
                gate["differences"],
                "",
                worded(run, area.area, gate["note"]),
                "",
                who if gate["verdict"] in _FIRST else "",
                due if gate["verdict"] in _FIRST else "",
                gate["report"],
            )
            for gate in gates
        ]
    verdicts = {area.verdict for area in areas}
    state = NO if NO in verdicts else CONDITIONAL if CONDITIONAL in verdicts else "可"
    return Sheet(
        "RPT-20",
        "移行判定書・切戻し条件",
        state,
        "全ての合否と、未達のときの扱い・切戻し条件・期限。会議で決裁する。"
        "「全体」は移行リハーサルの前に合意した基準、業務ごとの行は各報告書の合否。",
        (
            ("業務", 24),
            ("項目", 38),
            ("判定", 10),
            ("差・値", 11),
            ("基準", 12),
            ("未達の内容・扱い", 46),
            ("切戻し条件", 22),
            ("担当", 18),
            ("期限・合意日", 13),
            ("根拠", 15),
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
        "合意した基準（acceptance.yml）が前回の実行から変わったところ。合意は移行リハーサルの前にする。",
        (("基準", 10), ("変わったもの", 20), ("前回", 56), ("今回", 56)),
        rows,
        why="前回の実行から基準は変わっていない。" if previous else "比べる前回の実行がない。",
    )
