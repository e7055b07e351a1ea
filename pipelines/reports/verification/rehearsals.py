"""RPT-19: how the rehearsals moved."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.reports.judgement import NOT_DONE
from pipelines.reports.run_files import RunFiles
from pipelines.reports.verification.sheet import MADE, Sheet

_COUNTS = (("total", "指摘の件数"), ("open", "未解決の指摘"), ("individual", "個別の判断の残り"))
_SHOWN = 6
"""Rehearsals beside each other; older ones are left out."""
_MINUTE = 60
_DURATION = "所要時間"


def rehearsal_sheet(run: RunFiles) -> Sheet:
    """RPT-19: the rehearsals so far, the last one to the right, and how it moved against the one before.

    Earlier runs are those that lie beside this one; where there are none, what statistics.json keeps of the previous
    run stands for it. How long a run took is told once it is complete: at work, two equal runs would differ.
    """
    earlier = _earlier_runs(run)
    columns: tuple[tuple[str, float], ...]
    if not earlier:
        return Sheet(
            "RPT-19",
            "リハーサル比較",
            NOT_DONE,
            "回次ごとの差異・不備の数と所要時間。",
            (("項目", 46), ("前回", 16), ("今回", 16), ("増減", 14)),
            why="比べる前回の実行がない。",
        )
    told = [*earlier, run.statistics][-_SHOWN:]
    columns = (
        ("項目", 50),
        *((f"{time}\n{one.get('generation', '')}", 17) for time, one in zip(_times(run, len(told)), told, strict=True)),
        ("増減", 14),
    )
    rows: list[Sequence[Any]] = []
    if (run.folder / "run.json").is_file():
        rows.append((_DURATION, *(_duration(one) for one in (*told[:-1], _with_time(run.folder, run.statistics))), ""))
    gates: dict[str, str] = {}
    for one in told:
        gates |= {gate["id"]: f"{gate['id']} {gate['item']}" for gate in one.get("gates") or []}
    for gate, label in gates.items():
        rows.append(_line(label, [_gate(one, gate) for one in told]))
    for key, label in _COUNTS:
        rows.append(_line(label, [(one.get("issues") or {}).get(key) or 0 for one in told]))
    for rule in sorted({rule for one in told for rule in one.get("rules") or {}}):
        left = [int(((one.get("rules") or {}).get(rule) or {}).get("open") or 0) for one in told]
        if len(set(left)) > 1:
            rows.append(_line(f"{rule} {run.rules.get(rule, {}).get('name_ja', '')} の残り", left))
    return Sheet(
        "RPT-19",
        "リハーサル比較",
        MADE,
        "回次ごとの差異・不備の数と所要時間。増減は今回−前回。新規と解消の内訳は ikou compare が示す。"
        "残りの数が変わった規則だけを載せる。",
        columns,
        rows,
    )


def _earlier_runs(run: RunFiles) -> list[Mapping[str, Any]]:
    """Statistics of the runs that ended before this one, the oldest first; 所要時間 where this run is complete too."""
    previous = run.statistics.get("previous")
    found: list[Mapping[str, Any]] = []
    complete = (run.folder / "run.json").is_file()
    if complete:
        for folder in sorted(run.folder.parent.glob("[0-9]*-*")):
            if folder.name >= run.folder.name:
                break
            statistics = _read(folder / "statistics.json")
            # Another choice of areas is no earlier rehearsal of this one.
            if statistics and set(statistics.get("areas", {})) == set(run.statistics.get("areas", {})):
                found.append(_with_time(folder, statistics))
    return found or ([previous] if previous else [])


def _with_time(folder: Path, statistics: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**statistics, _DURATION: _read(folder / "run.json").get("seconds")}


def _read(path: Path) -> Mapping[str, Any]:
    try:
        told: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return told


def _times(run: RunFiles, size: int) -> list[str]:
    """第n回 by the number of the run's folder, counted back from this one; without a number the last are told apart."""
    head = run.folder.name.split("-")[0]
    if not head.isdigit() or int(head) < size:
        return [*("以前" for _ in range(size - 2)), "前回", "今回"][-size:]
    return [f"第{int(head) - size + 1 + place}回" for place in range(size)]


def _duration(one: Mapping[str, Any]) -> str:
    seconds = one.get(_DURATION)
    return NOT_DONE if seconds is None else f"{int(seconds) // _MINUTE}分{int(seconds) % _MINUTE:02d}秒"


def _gate(one: Mapping[str, Any], gate: str) -> int | None:
    value = next((told.get("value") for told in one.get("gates") or [] if told["id"] == gate), None)
    return None if value is None else int(value)


def _line(label: str, values: Sequence[int | None]) -> tuple[Any, ...]:
    last, before = values[-1], values[-2]
    gap = last - before if last is not None and before is not None else ""
    return (label, *(NOT_DONE if value is None else value for value in values), gap)
